import OpenAI from 'openai';
import { contractFetch } from './contract-fetch.ts';
import type { E2e } from './e2e.ts';
import { threadClient } from './thread-client.ts';

export const MODEL = 'gpt-4o-mini';
/** What the tests' provider says unless it is asked for something else. */
export const WORDS = 'word0 word1 word2 word3 word4 ';

/** One end user, with OpenAI's own client, which fails at what its document does not say, and the native routes beside it. */
export const openaiClient = async (e2e: E2e, fields: object = { user_id: 'ada' }) => {
  const { secret } = await e2e.mint(fields);
  const openai = new OpenAI({
    baseURL: `${e2e.stack.baseUrl}/v1`,
    apiKey: secret,
    maxRetries: 0,
    fetch: contractFetch,
  });
  return { openai, threads: threadClient(e2e, secret), secret };
};

/** The thread of a response and its conversation, by the response's id. */
export const threadOfResponse = (id: string): string =>
  id.replace(/^resp_(\w{20})_.*/, 'thread_$1');
export const conversationOfResponse = (id: string): string =>
  id.replace(/^resp_(\w{20})_.*/, 'conv_$1');

export const all = async <T>(source: AsyncIterable<T>): Promise<T[]> => {
  const found: T[] = [];
  for await (const one of source) found.push(one);
  return found;
};

/** All that the provider was asked last, without the limit that the budget of the key set. */
export const toldLast = ({ upstream }: E2e): Readonly<Record<string, unknown>> => {
  const {
    max_tokens: _limit,
    max_completion_tokens: _other,
    ...body
  } = upstream.bodies.at(-1) ?? {};
  return body;
};
/** What a streamed turn of the tests' model has beside its messages. */
export const STREAMED = {
  model: MODEL,
  stream: true,
  stream_options: { include_usage: true },
} as const;
