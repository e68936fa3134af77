import { createParser } from 'eventsource-parser';
import { expect } from 'vitest';
import * as z from 'zod';
import type { E2e } from './e2e.ts';

export const messageRow = z.looseObject({
  id: z.string(),
  seq: z.number(),
  role: z.string(),
  content: z.array(z.looseObject({ type: z.string(), text: z.string().optional() })),
  status: z.string(),
  stop_reason: z.string().nullable(),
  cost_micros: z.number(),
});
export type MessageRow = z.infer<typeof messageRow>;
export const messageList = z.looseObject({
  data: z.array(messageRow),
  has_more: z.boolean(),
  next_cursor: z.string().nullable(),
});

export interface Frame {
  readonly id: string;
  readonly event: string;
  readonly data: Record<string, unknown>;
}

/** What a product's backend does with threads. */
export const threadClient = (e2e: Pick<E2e, 'api'>, secret: string) => {
  const api = async (method: string, path: string, body?: unknown) =>
    await e2e.api(method, path, secret, body);
  return {
    secret,
    api,
    open: async (fields: object = {}): Promise<string> => {
      const answer = await api('POST', '/v1/threads', fields);
      expect(answer.status).toBe(201);
      return z.looseObject({ id: z.string() }).parse(await answer.json()).id;
    },
    post: async (thread: string, content: string, fields: object = {}): Promise<Response> =>
      await api('POST', `/v1/threads/${thread}/messages`, {
        model: 'gpt-4o-mini',
        max_tokens: 100,
        content,
        ...fields,
      }),
    messages: async (thread: string, query = '') => {
      const answer = await api('GET', `/v1/threads/${thread}/messages${query}`);
      expect(answer.status).toBe(200);
      return messageList.parse(await answer.json());
    },
  };
};

/** Frames of a stream as they come. */
export async function* frames(answer: Response): AsyncGenerator<Frame> {
  const waiting: Frame[] = [];
  const parser = createParser({
    onEvent: ({ id, event, data }) =>
      waiting.push({
        id: id ?? '',
        event: event ?? '',
        data: z.record(z.string(), z.unknown()).parse(JSON.parse(data)),
      }),
  });
  const decoder = new TextDecoder();
  for await (const bytes of answer.body ?? []) {
    parser.feed(decoder.decode(bytes, { stream: true }));
    yield* waiting.splice(0);
  }
}

export const allFrames = async (answer: Response): Promise<readonly Frame[]> => {
  const all: Frame[] = [];
  for await (const frame of frames(answer)) all.push(frame);
  return all;
};

/** The words that a stream told. */
export const textOf = (told: readonly Frame[]): string =>
  told
    .map(
      ({ data }) =>
        z.looseObject({ delta: z.looseObject({ text: z.string() }) }).safeParse(data).data?.delta
          .text ?? '',
    )
    .join('');

export const textOfRow = (row: MessageRow | undefined): string =>
  (row?.content ?? []).map((block) => block.text ?? '').join('');
