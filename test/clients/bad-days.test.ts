import Anthropic, { APIError as AnthropicError } from '@anthropic-ai/sdk';
import { ApiError, GoogleGenAI } from '@google/genai';
import OpenAI, { APIError as OpenAIError } from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { DAYS, type Day, type DialectName, type Money } from '../support/foreign/days-told.ts';
import { FAMILIES, wireOf } from '../support/foreign/families.ts';
import { startForeignRoom, type ForeignRoom } from '../support/foreign/foreign-room.ts';
import { USED } from '../support/foreign/spoken.ts';

/**
 * What the official client of each dialect makes of the bad days of each family, and what the ledger charges for them.
 * Those of OpenAI and Anthropic ask again once here; Google's asks once, as it does by itself.
 */
const DIALECTS = { chat: 'openai-chat', messages: 'anthropic-messages', gemini: 'gemini' } as const;
const NAMES = ['chat', 'messages', 'gemini'] as const;
interface Failure {
  /** null: it came after a good status. */
  readonly status: number | null;
  /** The class of an SDK. */
  readonly kind: string;
  readonly code: string | null;
  readonly message: string;
}

interface Seen {
  readonly failure: Failure | null;
  readonly requests: number;
  readonly spentNanoUsd: number;
  readonly held: readonly number[];
  readonly last: Awaited<ReturnType<ForeignRoom['room']['last']>>;
}

const ask = async (
  room: ForeignRoom,
  name: DialectName,
  model: string,
  isStream: boolean,
): Promise<void> => {
  const messages = [{ role: 'user' as const, content: 'hi' }];
  const maxRetries = isStream ? 1 : 0;
  switch (name) {
    case 'chat': {
      const client = new OpenAI({ baseURL: `${room.url}/v1`, apiKey: 'k', maxRetries });
      if (isStream) await client.chat.completions.stream({ model, messages }).finalChatCompletion();
      else await client.chat.completions.create({ model, messages });
      return;
    }
    case 'messages': {
      const client = new Anthropic({ baseURL: room.url, apiKey: 'k', maxRetries });
      const body = { model, messages, max_tokens: 100 };
      if (isStream) await client.messages.stream(body).finalMessage();
      else await client.messages.create(body);
      return;
    }
    case 'gemini': {
      const { models } = new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: room.url } });
      if (!isStream) return void (await models.generateContent({ model, contents: 'hi' }));
      for await (const _chunk of await models.generateContentStream({ model, contents: 'hi' }));
    }
  }
};

const google = z.object({ error: z.object({ status: z.string(), message: z.string() }) });
const typed = z.object({ error: z.object({ type: z.string() }) });

const failureOf = (error: unknown): Failure => {
  if (error instanceof OpenAIError) {
    const { status = null, code = null, message } = error;
    return { status, kind: error.constructor.name, code, message };
  }
  if (error instanceof AnthropicError) {
    const { status = null, message } = error;
    const code = typed.safeParse(error.error).data?.error.type ?? null;
    return { status, kind: error.constructor.name, code, message };
  }
  if (error instanceof ApiError) {
    const { status, message } = error;
    const told = google.safeParse(JSON.parse(/\{.*\}/s.exec(message)?.[0] ?? '{}')).data?.error;
    return { status, kind: 'ApiError', code: told?.status ?? null, message };
  }
  throw error;
};

/** What comes of a call on such a day, and what the key has paid for it. */
const see = async (
  room: ForeignRoom,
  name: DialectName,
  model: string,
  day: Day,
  isStream: boolean,
): Promise<Seen> => {
  room.upstream.script = day.script(wireOf(model), model);
  const [before, asked] = [await room.room.state(), room.upstream.requests.length];
  let failure: Failure | null = null;
  try {
    await ask(room, name, model, isStream);
  } catch (error) {
    failure = failureOf(error);
  }
  const { spentNanoUsd, heldNanoUsd, holdCount } = await room.room.state();
  return {
    failure,
    requests: room.upstream.requests.length - asked,
    spentNanoUsd: spentNanoUsd - before.spentNanoUsd,
    held: [heldNanoUsd, holdCount],
    last: await room.room.last(),
  };
};

/** Nobody has a price for them. */
const isPriced = (model: string): boolean => !/^(?:ollama|custom)\//.test(model);

const KINDS: Readonly<Record<number, string>> = {
  400: 'BadRequestError',
  404: 'NotFoundError',
  422: 'UnprocessableEntityError',
  429: 'RateLimitError',
};
const kindOf = (name: DialectName, status: number | null): string => {
  if (name === 'gemini') return 'ApiError';
  if (status === null) return 'APIError';
  return status >= 500 ? 'InternalServerError' : (KINDS[status] ?? 'APIError');
};

const CELLS = NAMES.flatMap((name) => FAMILIES.map((model) => ({ name, model })));

/** As a stream and in one body, where the provider answers in both ways. */
const waysOf = (name: DialectName, model: string, { isStreamed }: Day): readonly boolean[] =>
  isStreamed === true && wireOf(model) === DIALECTS[name] ? [true] : [true, false];

const seen = new Map<string, Seen>();
const labelOf = (name: DialectName, model: string, day: Day, isStream: boolean): string =>
  [name, model, day.name, isStream].join(', ');
const rooms: ForeignRoom[] = [];
beforeAll(async () => {
  await Promise.all(
    CELLS.map(async ({ name, model }) => {
      const room = await startForeignRoom({ capNanoUsd: isPriced(model) ? 10_000_000_000 : null });
      rooms.push(room);
      for (const day of DAYS)
        for (const isStream of waysOf(name, model, day))
          seen.set(
            labelOf(name, model, day, isStream),
            await see(room, name, model, day, isStream),
          );
    }),
  );
});
afterAll(() => {
  for (const room of rooms) room.stop();
});

describe.each(CELLS)('$name, $model', ({ name, model }) => {
  const wire = wireOf(model);
  const isNative = wire === DIALECTS[name];

  test.each(DAYS)('$name: an error of its SDK, and what it costs', (day) => {
    for (const isStream of waysOf(name, model, day)) {
      const was = seen.get(labelOf(name, model, day, isStream));
      const told = day.told({ name, wire, isNative });
      const { failure, requests } = was ?? {};
      if (told === null) expect([isStream, failure, requests]).toEqual([isStream, null, 1]);
      else {
        // A stream that has begun has its status; Google's client reads the one in the event.
        const hasBegun =
          isStream && (day.money !== 'free' || (day.isStreamed === true && isNative));
        const status = hasBegun && name !== 'gemini' ? null : told.status;
        expect([isStream, failure]).toMatchObject([
          isStream,
          { status, kind: kindOf(name, status), code: told.code },
        ]);
        expect(failure?.message).toMatch(told.says ?? /./);
        const isAskedAgain = isStream && name !== 'gemini' && told.isAskedAgain === true;
        expect([isStream, requests]).toEqual([isStream, isAskedAgain ? 2 : 1]);
      }
      expect([isStream, was?.held]).toEqual([isStream, [0, 0]]);
      expectMoney(model, day.money, was);
    }
  });
});

const expectMoney = (model: string, money: Money, was: Seen | undefined): void => {
  if (money === 'free') {
    expect(was?.spentNanoUsd).toBe(0);
    return;
  }
  const { last } = was ?? {};
  expect(was?.spentNanoUsd).toBe(last?.costNanoUsd);
  if (isPriced(model)) expect(last?.costNanoUsd).toBeGreaterThan(0);
  if (money === 'counted') {
    const { input, cached: cacheRead, output } = USED;
    expect(last).toMatchObject({ estimated: false, tokens: { input, cacheRead, output } });
    return;
  }
  const status = money === 'words' ? 'provider_error' : 'completed';
  expect(last).toMatchObject({ status, estimated: true });
  expect(last?.tokens.output).toBeGreaterThanOrEqual(1);
  expect(last?.tokens.input).toBeGreaterThanOrEqual(1);
};
