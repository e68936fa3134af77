import { DefaultChatTransport, readUIMessageStream, type UIMessage } from 'ai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { DAYS, type Day } from '../support/foreign/days-told.ts';
import { FAMILIES, wireOf } from '../support/foreign/families.ts';
import { comparedCost, startStoredRoom, type StoredRoom } from '../support/foreign/stored-room.ts';
import { allFrames, messageRow, textOf, textOfRow } from '../support/thread-client.ts';

/**
 * What a thread makes of the bad days of each family, for a product's backend and for the AI SDK's chat: what was said is
 * kept and marked, costs what it costs on the route of chat completions, is read again alike, and the next turn goes on.
 */
let room: StoredRoom;
beforeAll(async () => void (room = await startStoredRoom()));
afterAll(() => room.upstream.stop());

const outcome = z.looseObject({
  stop_reason: z.string().nullable(),
  cost_micros: z.number(),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
});
const runView = z.looseObject({
  status: z.string(),
  stop_reason: z.string().nullable(),
  cost_micros: z.number(),
});

/** What its reader sees of a turn. */
interface Seen {
  readonly words: string;
  readonly problem: { readonly code?: string; readonly message: string } | null;
  readonly thread: string;
  readonly run: string;
  readonly costMicros: number;
  /** The same, read again from its first event. */
  readonly again: { readonly first: string; readonly second: string };
}

const named = (answer: Response) => ({
  thread: answer.headers.get('x-sluice-thread-id') ?? '',
  run: answer.headers.get('x-sluice-run-id') ?? '',
});

const streamed = async (model: string): Promise<Seen> => {
  const { ada } = room;
  const answer = await ada.post(await ada.open(), 'hi', { model });
  const first = await answer.clone().text();
  const frames = await allFrames(answer);
  const last = frames.at(-1);
  const { error = null, cost_micros: costMicros } = outcome.parse(last?.data);
  expect(last?.event).toBe(error === null ? 'run.completed' : 'run.failed');
  const ids = named(answer);
  const second = await (await ada.api('GET', `/v1/runs/${ids.run}/stream`)).text();
  return { ...ids, words: textOf(frames), problem: error, costMicros, again: { first, second } };
};

const whole = async (model: string): Promise<Seen> => {
  const { ada } = room;
  const thread = await ada.open();
  const turn = { model, stream: false, request_id: 'once' };
  const answer = await ada.post(thread, 'hi', turn);
  expect(answer.status).toBe(200);
  const first = await answer.text();
  const row = messageRow.and(outcome).parse(JSON.parse(first));
  const second = await (await ada.post(thread, 'hi', turn)).text();
  return {
    ...named(answer),
    words: textOfRow(row),
    problem: row.error ?? null,
    costMicros: row.cost_micros,
    again: { first, second },
  };
};

let chats = 0;
const chat = async (model: string): Promise<Seen> => {
  const answers: Response[] = [];
  const transport = new DefaultChatTransport<UIMessage>({
    api: 'http://127.0.0.1/v1/ai/chat',
    body: { model, max_tokens: 100 },
    fetch: async (...asked) => {
      const answer = await room.fetch(...asked);
      answers.push(answer.clone());
      return answer;
    },
  });
  const stream = await transport.sendMessages({
    trigger: 'submit-message',
    chatId: `chat-${++chats}`,
    messageId: undefined,
    messages: [{ id: 'u1', role: 'user', parts: [{ type: 'text', text: 'hi' }] }],
    abortSignal: undefined,
  });
  const errors: Error[] = [];
  let last: UIMessage | undefined;
  const onError = (error: unknown): void => void errors.push(z.instanceof(Error).parse(error));
  for await (const message of readUIMessageStream<UIMessage>({ stream, onError })) last = message;
  const [answer] = answers;
  if (answer === undefined) throw new Error('nothing was asked');
  const ids = named(answer);
  const path = `/v1/ai/chat/${ids.run}/stream?startIndex=0`;
  return {
    ...ids,
    words: (last?.parts ?? []).map((part) => (part.type === 'text' ? part.text : '')).join(''),
    problem: errors[0] ?? null,
    costMicros: outcome.parse(last?.metadata).cost_micros,
    again: { first: await answer.text(), second: await (await room.ada.api('GET', path)).text() },
  };
};

const CLIENTS = { streamed, whole, chat } as const;
const NAMES = ['streamed', 'whole', 'chat'] as const;

const KEPT_CODES: ReadonlySet<string> = new Set([
  'context_length_exceeded',
  'model_not_found',
  'provider_stream_malformed',
]);

/** The code that is stored of what chat completions say by a status and a code. */
const storedCode = (day: Day, model: string): string | null => {
  const told = day.told({ name: 'chat', wire: wireOf(model), isNative: false });
  if (told === null) return null;
  if (told.status === 429) return 'rate_limited';
  return told.code !== null && KEPT_CODES.has(told.code) ? told.code : 'provider_error';
};

describe.each(FAMILIES)('a turn of %s', (model) => {
  test.each(DAYS)('$name: is kept, marked, paid as a call is, and gone on from', async (day) => {
    const asChat = await room.asChat(day, model);
    expect(asChat === null).toBe(day.money === 'free');
    const code = storedCode(day, model);
    const isFailed = code !== null;
    const words = day.money === 'free' ? '' : 'Hello';
    for (const name of NAMES) {
      room.has(day, model);
      const turns: Seen[] = [];
      const paid = await room.paid(async () => void turns.push(await CLIENTS[name](model)));
      expect([name, paid.requests, paid.held]).toEqual([name, 1, [0, 0]]);
      expect([name, comparedCost(paid.cost, model)]).toEqual([name, comparedCost(asChat, model)]);
      const [seen] = turns;
      if (seen === undefined) throw new Error('no turn');
      expect([name, seen.words, seen.problem !== null]).toEqual([name, words, isFailed]);
      expect(seen.again.second).toBe(seen.again.first);
      expect(JSON.stringify(seen)).not.toContain('sk-secret');

      const { ada } = room;
      const answer = (await ada.messages(seen.thread)).data.at(-1);
      const [status, stop_reason] = isFailed ? ['failed', 'error'] : ['complete', 'end_turn'];
      const end = { status, stop_reason, cost_micros: seen.costMicros };
      expect([name, answer]).toMatchObject([name, end]);
      expect(textOfRow(answer)).toBe(words);
      const run = await (await ada.api('GET', `/v1/runs/${seen.run}`)).json();
      expect([name, runView.parse(run)]).toMatchObject([name, end]);
      if (name !== 'chat') expect([name, seen.problem?.code ?? null]).toEqual([name, code]);

      room.recovers(model);
      const next = await allFrames(await ada.post(seen.thread, 'and now', { model }));
      expect([name, next.at(-1)?.event, textOf(next)]).toEqual([name, 'run.completed', 'fine']);
      // What was paid is what the next turn goes on from; it is nobody's word twice.
      const asked = JSON.stringify(room.upstream.requests.at(-1)?.body);
      expect(asked.match(/Hello/g) ?? []).toHaveLength(words === '' ? 0 : 1);
    }
  });
});
