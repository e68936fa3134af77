import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DAYS, type Told } from '../../support/foreign/days-told.ts';
import { FAMILIES, wireOf } from '../../support/foreign/families.ts';
import {
  comparedCost,
  startStoredRoom,
  type StoredRoom,
} from '../../support/foreign/stored-room.ts';

/**
 * What OpenAI's client makes of a turn that is stored, on the bad days of each family, while it waits and in the
 * background: the ledger charges what it charges on the route of chat completions, and the next turn goes on.
 */
let room: StoredRoom;
let openai: OpenAI;
beforeAll(async () => {
  room = await startStoredRoom();
  openai = new OpenAI({ baseURL: 'http://127.0.0.1/v1', apiKey: 'k', fetch: room.fetch });
});
afterAll(() => room.upstream.stop());

type Answer = OpenAI.Responses.Response;
const asked = (model: string) => ({ model, input: 'hi', max_output_tokens: 100 });

const SOON = { interval: 5 };
const isOpen = ({ status }: Answer): boolean => status === 'queued' || status === 'in_progress';

const WAYS = {
  streamed: async (model: string): Promise<Answer> =>
    await openai.responses.stream(asked(model)).finalResponse(),
  whole: async (model: string): Promise<Answer> => await openai.responses.create(asked(model)),
  background: async (model: string): Promise<Answer> => {
    const { id } = await openai.responses.create({ ...asked(model), background: true });
    await expect.poll(async () => isOpen(await openai.responses.retrieve(id)), SOON).toBe(false);
    // Its end is stored before its money is settled.
    await expect.poll(async () => await room.held(), SOON).toEqual([0, 0]);
    return await openai.responses.retrieve(id);
  },
} as const;
const NAMES = ['streamed', 'whole', 'background'] as const;

/** Of the words of chat completions those that a response has too. */
const responseCode = ({ code }: Told): string =>
  code === 'rate_limit_exceeded' || code === 'context_length_exceeded' ? code : 'server_error';

/** The response that its stream ends with, read again from its first event. */
const lastEvent = async (id: string): Promise<Answer | null> => {
  let last: Answer | null = null;
  for await (const event of await openai.responses.retrieve(id, { stream: true }))
    if ('response' in event) last = event.response;
  return last;
};

describe.each(FAMILIES)('a response of %s', (model) => {
  test.each(DAYS)('$name: it fails, is paid for what came, and is not asked again', async (day) => {
    const asChat = await room.asChat(day, model);
    const told = day.told({ name: 'chat', wire: wireOf(model), isNative: false });
    for (const name of NAMES) {
      room.has(day, model);
      const answers: Answer[] = [];
      const paid = await room.paid(async () => void answers.push(await WAYS[name](model)));
      const [answer] = answers;
      if (answer === undefined) throw new Error('no answer');
      const { id, status, error, usage, output } = answer;
      expect([name, status, error?.code]).toEqual(
        told === null ? [name, 'completed', undefined] : [name, 'failed', responseCode(told)],
      );
      expect(error?.message ?? '').not.toContain('sk-secret');
      expect([name, paid.requests, paid.held]).toEqual([name, 1, [0, 0]]);
      expect([name, comparedCost(paid.cost, model)]).toEqual([name, comparedCost(asChat, model)]);
      expect(paid.cost === null).toBe(day.money === 'free');
      if (paid.cost !== null) {
        expect(usage?.output_tokens).toBe(paid.cost.tokens.output);
        expect(paid.cost.estimated).toBe(day.money !== 'counted');
      }
      const words = output.flatMap((item) =>
        item.type === 'message'
          ? item.content.flatMap((part) => ('text' in part ? part.text : []))
          : [],
      );
      expect([name, words.join('')]).toEqual([name, day.money === 'free' ? '' : 'Hello']);

      const again = await openai.responses.retrieve(id);
      expect([name, again]).toMatchObject([name, { id, status, error, usage }]);
      // The helper of streams adds what it parsed.
      if (name !== 'streamed') expect(again.output).toEqual(output);
      const { output: outputAgain } = again;
      const last = { id, status, error, usage, output: outputAgain };
      expect([name, await lastEvent(id)]).toMatchObject([name, last]);
      room.recovers(model);
      const next = { ...asked(model), previous_response_id: id };
      expect((await openai.responses.create(next)).output_text).toBe('fine');
    }
  });
});
