import * as z from 'zod';
import { sluiceClient, type SluiceClient } from '../../../clients/browser/sluice.ts';

const session = z.object({
  base_url: z.string(),
  key: z.string(),
  model: z.string(),
  sockets: z.boolean(),
  /** Tools of the project that a turn is offered. */
  tools: z.array(z.string()),
});

const row = z.object({
  id: z.string(),
  seq: z.number(),
  role: z.enum(['user', 'assistant', 'system']),
  content: z.array(z.looseObject({ type: z.string() })),
  tools: z.array(z.object({ tool_use_id: z.string(), status: z.string() })).optional(),
  status: z.string(),
  request_id: z.string().nullable(),
  model: z.string().nullable(),
  cost_micros: z.number(),
});
const thread = z.object({ id: z.string(), title: z.string().nullable(), last_seq: z.number() });
const threadList = z.object({ data: z.array(thread) });
const modelList = z.object({ data: z.array(z.object({ id: z.string(), owned_by: z.string() })) });
const spend = z.object({
  cap_micros: z.number().nullable(),
  available_micros: z.number().nullable(),
});
const page = z.object({ data: z.array(row), has_more: z.boolean() });

/** A message as history stores it. */
export type Row = z.infer<typeof row>;
export type Page = z.infer<typeof page>;
export type Thread = z.infer<typeof thread>;
export type Model = z.infer<typeof modelList>['data'][number];
export type Spend = z.infer<typeof spend>;

export interface Sluice {
  readonly baseUrl: string;
  readonly model: string;
  /** `fetch` with the user's key. */
  readonly fetch: typeof fetch;
  readonly tools: readonly string[];
  openThread(): Promise<string>;
  /** The latest ones of the user. */
  threads(): Promise<{ readonly data: readonly Thread[] }>;
  models(): Promise<readonly Model[]>;
  spend(): Promise<Spend>;
  messages(threadId: string, query: Readonly<Record<string, string | number>>): Promise<Page>;
  stop(runId: string): Promise<void>;
  decide(threadId: string, toolUseId: string, approve: boolean): Promise<void>;
  /** What this or any other tab does to a thread, after a message. */
  readonly subscribe: SluiceClient['subscribe'];
}

/** What the page asks of Sluice. The key lives in memory only; one that ended is replaced by the page's own server. */
export const connect = async (): Promise<Sluice> => {
  let own = await newSession();

  const fetchWithKey: typeof fetch = async (input, init) => {
    const ask = async (): Promise<Response> => {
      const headers = new Headers(init?.headers);
      headers.set('authorization', `Bearer ${own.key}`);
      return await fetch(input, { ...init, headers });
    };
    const answer = await ask();
    if (answer.status !== 401) return answer;
    own = await newSession();
    return await ask();
  };

  const call = async (method: string, path: string, body: object = {}): Promise<unknown> => {
    const answer = await fetchWithKey(`${own.base_url}${path}`, {
      method,
      ...(method === 'POST' ? { body: JSON.stringify(body) } : {}),
    });
    if (!answer.ok) throw new Error(wordsOf(await answer.text()));
    return await answer.json();
  };

  const client = sluiceClient({
    baseUrl: own.base_url,
    key: () => own.key,
    fetch: fetchWithKey,
    // As long as the page is open.
    triesMax: Number.POSITIVE_INFINITY,
    ...(own.sockets ? {} : { webSocket: null }),
  });

  return {
    baseUrl: own.base_url,
    model: own.model,
    fetch: fetchWithKey,
    tools: own.tools,
    openThread: async () =>
      thread.parse(await call('POST', '/v1/threads', { generate_title: true })).id,
    threads: async () => threadList.parse(await call('GET', '/v1/threads?limit=50')),
    models: async () => modelList.parse(await call('GET', '/v1/models')).data,
    spend: async () => spend.parse(await call('GET', '/v1/key')),
    messages: async (threadId, query) => {
      const asked = new URLSearchParams(
        Object.entries(query).map(([name, value]) => [name, String(value)]),
      );
      return page.parse(await call('GET', `/v1/threads/${threadId}/messages?${asked}`));
    },
    subscribe: client.subscribe,
    stop: async (runId) => void (await call('POST', `/v1/runs/${runId}/cancel`)),
    decide: async (threadId, toolUseId, approve) =>
      void (await call('POST', `/v1/threads/${threadId}/tool-results/${toolUseId}`, { approve })),
  };
};

const newSession = async (): Promise<z.infer<typeof session>> => {
  const answer = await fetch('/api/session', { method: 'POST' });
  if (answer.status === 401) throw new Error('You are not signed in.');
  if (!answer.ok) throw new Error(`The chat is not open to you (${answer.status}).`);
  return session.parse(await answer.json());
};

/** What an error's body says to a person. */
export const wordsOf = (body: string): string => {
  try {
    return z.object({ error: z.object({ message: z.string() }) }).parse(JSON.parse(body)).error
      .message;
  } catch {
    return body;
  }
};
