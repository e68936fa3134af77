import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldBlocks } from '../../lambdas/inference/turn/fold-turn.ts';
import type { Block, StopReason } from '../../lambdas/inference/turn/turn.ts';
import { METER_START, type Wire } from '../../lambdas/inference/wires/wire.ts';
import { utf8Text } from '../../lambdas/shared/utf8.ts';
import type { TokenUsage } from '../../lambdas/ledger/domain/usage.ts';
import { requests } from './arbitrary-turns.ts';
import { recordedAnswer, recordedNames, type RecordedAnswer } from './recorded-answers.ts';
import { refusalOf } from './strict/refuse.ts';
import { cutAt, isWellFormed, readAnswer, readTurn, reasonsOf, usageOf } from './wire-reader.ts';

/** What must be read from an answer. */
export interface Expected {
  /** What the model put out, as the meter counts it. */
  readonly text: string;
  /** Counts that are not zero; null: none can be believed. */
  readonly usage: Partial<TokenUsage> | null;
  /** Absent: yes. */
  readonly ended?: boolean;
  readonly failed?: true;
  /** Of a turn, where it says more than one text block of that text. */
  readonly blocks?: readonly Block[];
  readonly stop?: StopReason | null;
}

/** One row a wire: all that its tests need to know of it. */
export interface WireTable {
  readonly wire: Wire;
  /** Models that speak it; the first one is asked. */
  readonly models: readonly [string, ...string[]];
  /** What a strict provider would refuse of a body. */
  readonly problemsOf: (body: unknown) => readonly string[];
  /** By the name of its recording. */
  readonly answers: Readonly<Record<string, Expected>>;
  /** Frames that a later version of the provider may send. */
  readonly unknownFrames: readonly string[];
  /** An error in mid-stream that quotes `a secret prompt`. */
  readonly errorFrame: string;
  /** The caller's headers, and what becomes of them beside the account's key `sk-account`. */
  readonly headers: Readonly<Record<string, string>>;
}

const SECRET = 'a secret prompt';
const isStream = ({ type }: RecordedAnswer): boolean => type.startsWith('text/event-stream');
const bytesOf = ({ pieces }: RecordedAnswer): Buffer => Buffer.concat(pieces);

/** The table that every wire runs. */
export const conforms = (table: WireTable): void => {
  describe(`the wire ${table.wire.name}`, () => {
    encodes(table);
    const names = recordedNames(table.wire.name);
    test('says of every recording what must be read from it', () => {
      expect(Object.keys(table.answers).toSorted()).toEqual(names.toSorted());
    });
    for (const [name, expected] of Object.entries(table.answers)) {
      const answer = recordedAnswer(table.wire.name, name);
      describe(`reads '${answer.about}' (${name})`, () =>
        isStream(answer) ? streams(table, answer, expected) : bodies(table, answer, expected));
    }
    survives(table);
  });
};

const encodes = ({ wire, models, problemsOf, headers }: WireTable): void => {
  test.each(models)('encodes any turn of %s so that its provider takes it', (model) => {
    fc.assert(
      fc.property(requests(model), (request) => {
        const { call } = turnOf(wire).encode(request);
        expect(problemsOf(call.body)).toEqual([]);
        const injected = request.maxTokens === null ? 4_096 : null;
        const sent = wire.rewrite({ ...call, isStream: true }, model, injected);
        const query = { model, isStream: true, headers: {} };
        const { path } = wire.endpoint({ apiKey: null }, query);
        expect(refusalOf(path, {}, utf8Text(sent))).toBeNull();
      }),
      { numRuns: 200 },
    );
  });

  test('hands over the measures that a reading of its bytes would give', () => {
    fc.assert(
      fc.property(requests(models[0]), (request) => {
        const { call } = turnOf(wire).encode(request);
        const bytes = wire.rewrite(call, models[0], null);
        const path = { model: models[0], isStream: false };
        const { body: _body, ...read } = wire.read(bytes, 'application/json', path);
        expect(call).toMatchObject(read);
      }),
      { numRuns: 200 },
    );
  });

  test('gives a provider the account’s key and the caller’s vendor headers, and nothing else of it', () => {
    const query = { model: models[0], isStream: true, headers: CALLERS };
    expect(wire.endpoint({ apiKey: 'sk-account' }, query).headers).toEqual(headers);
    const { headers: open } = wire.endpoint({ apiKey: null }, query);
    expect(JSON.stringify(open)).not.toContain('sk-');
  });
};

const CALLERS = {
  authorization: 'Bearer sk-caller',
  'x-api-key': 'sk-caller',
  cookie: 'a=sk-caller',
  'content-type': 'text/plain',
  'x-stainless-os': 'Linux',
  'anthropic-beta': 'b-1',
  'openai-beta': 'o-1',
};

const streams = ({ wire }: WireTable, answer: RecordedAnswer, expected: Expected): void => {
  const bytes = bytesOf(answer);
  const { text, usage, ended = true, failed = false } = expected;

  test('byte for byte and to the same end, wherever it is cut', async () => {
    const whole = await readAnswer(wire, answer.pieces);
    expect(whole.shown).toBe(bytes.toString('utf8'));
    expect(whole.state).toMatchObject({ text, ended, failed });
    if (usage === null) expect(whole.usage).toBeNull();
    else expect(countsOf(whole.usage)).toEqual(usage);
    const each = Array.from({ length: bytes.length - 1 }, (_, index) => index + 1);
    expect(await readAnswer(wire, cutAt(bytes, each))).toEqual(whole);
    for (const place of each) expect(await readAnswer(wire, cutAt(bytes, [place]))).toEqual(whole);
  });

  test('as a turn', async () => {
    if (failed) {
      await expect(readTurn(wire, answer.pieces)).rejects.toMatchObject({ code: 'provider_error' });
      return;
    }
    const events = await readTurn(wire, answer.pieces);
    expect(isWellFormed(events)).toBe(true);
    expect(foldBlocks(events)).toEqual(expected.blocks ?? [{ type: 'text', text }]);
    expect(reasonsOf(events)).toEqual([expected.stop ?? null]);
  });

  test('up to any byte: what came is kept, its bracket is closed, nothing is invented', async () => {
    for (let place = 0; place < bytes.length; place += 7) {
      const start = [bytes.subarray(0, place)];
      const { state, shown } = await readAnswer(wire, start);
      expect(bytes.subarray(0, place).toString('utf8')).toContain(shown);
      expect(text.startsWith(state.text)).toBe(true);
      const events = await readTurn(wire, start).catch(() => []);
      if (events.length > 0) expect(isWellFormed(events)).toBe(true);
    }
  });
};

const bodies = ({ wire }: WireTable, answer: RecordedAnswer, expected: Expected): void => {
  test('in one body', () => {
    const state = wire.meter(METER_START, wire.whole(bytesOf(answer)));
    expect(state.text).toBe(expected.text);
    const usage = usageOf(wire, state);
    if (expected.usage === null) expect(usage).toBeNull();
    else expect(countsOf(usage)).toEqual(expected.usage);
    expect(state.failed).toBe(expected.failed ?? false);
  });

  test('in one body to a call that asked for a stream, as a turn too, wherever it is cut', async () => {
    const bytes = bytesOf(answer);
    const { text, failed = false } = expected;
    for (let place = 1; place < bytes.length; place += 3) {
      const pieces = cutAt(bytes, [place]);
      const read = await readAnswer(wire, pieces);
      expect(read.shown).toBe(bytes.toString('utf8'));
      expect(read.state).toMatchObject({ text, failed });
      if (failed) {
        await expect(readTurn(wire, pieces)).rejects.toMatchObject({ code: 'provider_error' });
        continue;
      }
      const events = await readTurn(wire, pieces);
      expect(isWellFormed(events)).toBe(true);
      expect(foldBlocks(events)).toEqual(expected.blocks ?? [{ type: 'text', text }]);
      expect(reasonsOf(events)).toEqual([expected.stop ?? null]);
    }
  });
};

const survives = ({ wire, unknownFrames, errorFrame, answers }: WireTable): void => {
  const [name = ''] = Object.keys(answers);
  const { pieces } = recordedAnswer(wire.name, name);
  const withFrame = (frame: string, place: number) =>
    pieces.toSpliced(place % pieces.length, 0, Buffer.from(frame));

  test('passes what it does not know and reads the rest as before', async () => {
    const { state } = await readAnswer(wire, pieces);
    const events = await readTurn(wire, pieces);
    for (const frame of unknownFrames)
      for (const place of pieces.keys()) {
        const more = withFrame(frame, place);
        const read = await readAnswer(wire, more);
        expect(read.state).toEqual(state);
        expect(read.shown).toBe(Buffer.concat(more).toString('utf8'));
        expect(await readTurn(wire, more)).toEqual(events);
      }
  });

  test('passes any JSON at all, in whatever place', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.nat(), async (value, place) => {
        const more = withFrame(`data: ${JSON.stringify(value)}\n\n`, place);
        const { shown } = await readAnswer(wire, more);
        expect(shown).toBe(Buffer.concat(more).toString('utf8'));
      }),
      { numRuns: 200 },
    );
  });

  test('ends a turn at an error of the provider, without the provider’s words', async () => {
    expect(errorFrame).toContain(SECRET);
    for (const place of pieces.keys()) {
      const failure: unknown = await readTurn(wire, withFrame(errorFrame, place)).catch(
        (error: unknown) => error,
      );
      expect(failure).toMatchObject({ code: 'provider_error' });
      expect(String(failure)).not.toContain(SECRET);
    }
    expect((await readAnswer(wire, [Buffer.from(errorFrame)])).state.failed).toBe(true);
  });

  test('writes errors that its own readers take for errors', async () => {
    const frame = wire.errorFrame({
      code: 'provider_timeout',
      type: 'api_error',
      message: 'It took too long.',
      requestId: 'req_1',
    });
    expect((await readAnswer(wire, [Buffer.from(frame)])).state.failed).toBe(true);
  });

  test('passes a frame that is no JSON and counts on behind it; a turn ends there, a body is refused', async () => {
    const malformed = { code: 'provider_stream_malformed' };
    const broken = 'data: {"half\n\n';
    const { state } = await readAnswer(wire, pieces);
    for (const place of pieces.keys()) {
      const more = withFrame(broken, place);
      const read = await readAnswer(wire, more);
      expect(read.state).toEqual(state);
      expect(read.shown).toBe(Buffer.concat(more).toString('utf8'));
    }
    await expect(readTurn(wire, withFrame(broken, 1))).rejects.toMatchObject(malformed);
    expect(() => wire.whole(Buffer.from('<html>'))).toThrow(expect.objectContaining(malformed));
  });
};

const turnOf = ({ turn, name }: Wire) => {
  if (turn === null) throw new Error(`${name} knows no turns`);
  return turn;
};

const countsOf = (usage: TokenUsage | null) =>
  Object.fromEntries(Object.entries(usage ?? {}).filter(([, count]) => count !== 0));
