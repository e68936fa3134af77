import * as z from 'zod';
import { output, runOutput } from './deployed.ts';
import { STAGE, type Deployment } from './cdk.ts';

const environment = z
  .object({
    SLUICE_DEPLOY_FOLDER: z.string(),
    SLUICE_E2E_UPSTREAM_PORT: z.coerce.number(),
    SLUICE_E2E_SIMULATED_URL: z.url(),
  })
  .parse(process.env);

export const deployment: Deployment = { stage: STAGE, folder: environment.SLUICE_DEPLOY_FOLDER };

/** What a user would put in: here the tests' own provider, and the simulated one. */
export const PROVIDERS = {
  openai: {
    api_key: 'sk-upstream',
    base_url: `http://127.0.0.1:${environment.SLUICE_E2E_UPSTREAM_PORT}/v1`,
  },
  anthropic: { base_url: environment.SLUICE_E2E_SIMULATED_URL, simulated: true },
};

const keyView = z.looseObject({
  id: z.string(),
  secret: z.string().default(''),
  spent_micros: z.number(),
  held_micros: z.number(),
});
export type KeyView = z.infer<typeof keyView>;

export interface Caller {
  readonly adminKey: string;
  readonly request: (
    method: string,
    path: string,
    key: string,
    body?: unknown,
  ) => Promise<Response>;
  readonly mint: () => Promise<KeyView>;
  readonly own: (secret: string) => Promise<KeyView>;
  readonly chat: (secret: string, content: string) => Promise<Response>;
  readonly openThread: (secret: string) => Promise<string>;
  readonly turn: (secret: string, threadId: string, content: string) => Promise<Response>;
  readonly messages: (secret: string, threadId: string) => Promise<readonly Message[]>;
}

const message = z.looseObject({ seq: z.number(), role: z.string(), status: z.string() });
export type Message = z.infer<typeof message>;

/** A user of the deployed stage: the base URL and the admin key as the outputs name them. */
export const caller = async (): Promise<Caller> => {
  const url = output(deployment, 'BaseUrl');
  const adminKey = await runOutput(deployment, 'AdminKeyCommand');
  const request: Caller['request'] = async (method, path, key, body) =>
    await fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const parsed = async (answer: Promise<Response>): Promise<KeyView> =>
    keyView.parse(await (await answer).json());
  return {
    adminKey,
    request,
    mint: async () =>
      await parsed(request('POST', '/v1/keys', adminKey, { name: 'deploy', max_spend_usd: 1 })),
    own: async (secret) => await parsed(request('GET', '/v1/key', secret)),
    chat: async (secret, content) =>
      await request('POST', '/v1/chat/completions', secret, {
        model: 'gpt-4o-mini',
        messages: [{ role: 'user', content }],
        max_tokens: 100,
        stream: true,
      }),
    openThread: async (secret) => {
      const answer = await request('POST', '/v1/threads', secret, {});
      return z.looseObject({ id: z.string() }).parse(await answer.json()).id;
    },
    turn: async (secret, threadId, content) =>
      await request('POST', `/v1/threads/${threadId}/messages`, secret, {
        model: 'gpt-4o-mini',
        content,
        max_tokens: 100,
      }),
    messages: async (secret, threadId) => {
      const answer = await request('GET', `/v1/threads/${threadId}/messages?order=asc`, secret);
      return z.looseObject({ data: z.array(message) }).parse(await answer.json()).data;
    },
  };
};

/** What one call of the tests' own provider costs. */
export const COST_MICROS = 13.35;
