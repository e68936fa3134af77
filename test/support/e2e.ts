import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { expect } from 'vitest';
import * as z from 'zod';
import { deployedStage } from './deployed-stage.ts';
import { joinOrStart, sharedStack, type SharedStack } from './shared-stack.ts';
import { eventually, startStack, type Stack, type StackOptions } from './stack.ts';
import { startUpstream, type Upstream } from './upstream.ts';

export const keyView = z.looseObject({
  id: z.string(),
  secret: z.string().default(''),
  status: z.string(),
  spent_micros: z.number(),
  held_micros: z.number(),
  calls_in_flight: z.number(),
  available_micros: z.number().nullable(),
});
export type KeyView = z.infer<typeof keyView>;

/** 9 input and 20 output tokens of gpt-4o-mini at $0.15 and $0.60 a million: 13.35 micro-USD. */
export const CALL_MICROS = 13.35;
/** The same, rounded up once as the wire does. */
export const COST_MICROS = 14;

export const say = (content: string) => ({
  model: 'gpt-4o-mini',
  messages: [{ role: 'user' as const, content }],
  max_tokens: 100,
});

/** One stack and one provider that the themes of a suite share, and what every test asks of them. */
export interface E2e {
  stack: Stack;
  readonly upstream: Upstream;
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
  /** The same state in a new process, at the same address. */
  readonly restart: () => Promise<void>;
  readonly api: (method: string, path: string, key: string, body?: unknown) => Promise<Response>;
  readonly admin: (method: string, path: string, body?: unknown) => Promise<Response>;
  readonly complete: (secret: string, body: unknown) => Promise<Response>;
  readonly mint: (fields?: object) => Promise<KeyView>;
  readonly own: (secret: string) => Promise<KeyView>;
  /** Resolves when a call of this key is admitted and runs. */
  readonly begun: (secret: string) => Promise<void>;
  readonly openai: (secret: string, maxRetries?: number) => OpenAI;
  readonly anthropic: (secret: string, maxRetries?: number) => Anthropic;
}

/** A stack that the file has for itself, as it needs other settings or changes what all would see. */
export const ownE2e = (
  /** More of the environment, by the URL of the test's own provider. */
  envOf: (upstreamUrl: string) => Readonly<Record<string, string>> = () => ({}),
  options: StackOptions = {},
): E2e =>
  e2eOn({
    upstreamPort: async () => await Promise.resolve(undefined),
    start: async (env) => await startStack(env, undefined, undefined, options),
    stop: async (stack) => await stack.stop(),
    envOf,
    options,
  });

/** A stack that other files have used and will use: each with keys, end users and threads of its own. */
export const sharedE2e = (): E2e => {
  let shared: SharedStack | null = null;
  return e2eOn({
    upstreamPort: async () => {
      shared = await sharedStack();
      return shared?.upstreamPort;
    },
    start: async (env) => await (shared === null ? startStack(env) : joinOrStart(shared, env)),
    stop: async (stack) => await (shared === null ? stack.stop() : Promise.resolve()),
    envOf: () => ({}),
    options: {},
  });
};

interface Lifecycle {
  /** Of the file's provider; undefined: any. */
  readonly upstreamPort: () => Promise<number | undefined>;
  readonly start: (env: Readonly<Record<string, string>>) => Promise<Stack>;
  readonly stop: (stack: Stack) => Promise<void>;
  readonly envOf: (upstreamUrl: string) => Readonly<Record<string, string>>;
  readonly options: StackOptions;
}

const e2eOn = (lifecycle: Lifecycle): E2e => {
  let stack: Stack | null = null;
  let upstream: Upstream | null = null;
  const started = <T>(part: T | null): T => {
    if (part === null) throw new Error('the suite has not started its stack');
    return part;
  };
  const environment = (): Record<string, string> => ({
    OPENAI_BASE_URL: started(upstream).url,
    OPENAI_API_KEY: 'sk-upstream',
    // A deployed stage has the providers that its own command has set.
    ...(deployedStage === null
      ? {
          ELEVENLABS_BASE_URL: new URL(started(upstream).url).origin,
          ELEVENLABS_API_KEY: 'xi-upstream',
        }
      : {}),
    ...lifecycle.envOf(started(upstream).url),
  });
  const e2e: E2e = {
    get stack() {
      return started(stack);
    },
    set stack(next) {
      stack = next;
    },
    get upstream() {
      return started(upstream);
    },
    start: async () => {
      upstream = await startUpstream(await lifecycle.upstreamPort());
      stack = await lifecycle.start(environment());
    },
    stop: async () => {
      if (stack !== null) await lifecycle.stop(stack);
      upstream?.stop();
    },
    restart: async () => {
      const { stateDir, baseUrl } = started(stack);
      const { port } = new URL(baseUrl);
      stack = await startStack(environment(), stateDir, port, lifecycle.options);
    },
    api: async (method, path, key, body) =>
      await fetch(`${e2e.stack.baseUrl}${path}`, {
        method,
        headers: { authorization: `Bearer ${key}` },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    admin: async (method, path, body) => await e2e.api(method, path, e2e.stack.adminKey, body),
    complete: async (secret, body) => await e2e.api('POST', '/v1/chat/completions', secret, body),
    mint: async (fields = {}) => {
      const answer = await e2e.admin('POST', '/v1/keys', {
        name: 'test',
        max_spend_usd: 1,
        ...fields,
      });
      expect(answer.status).toBe(201);
      return keyView.parse(await answer.json());
    },
    own: async (secret) => keyView.parse(await (await e2e.api('GET', '/v1/key', secret)).json()),
    begun: async (secret) =>
      await eventually(async () => expect((await e2e.own(secret)).held_micros).toBeGreaterThan(0)),
    openai: (secret, maxRetries = 2) =>
      new OpenAI({ baseURL: `${e2e.stack.baseUrl}/v1`, apiKey: secret, maxRetries }),
    anthropic: (secret, maxRetries = 2) =>
      new Anthropic({ baseURL: e2e.stack.baseUrl, apiKey: secret, maxRetries }),
  };
  return e2e;
};
