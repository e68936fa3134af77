import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldBlocks } from '../../../lambdas/inference/turn/fold-turn.ts';
import { wholeEscapes } from '../../../lambdas/shared/characters.ts';
import type { Block, BlockDelta, TurnEvent } from '../../../lambdas/inference/turn/turn.ts';
import { NO_HALVES, withWholePairs } from '../../../lambdas/inference/turn/whole-pairs.ts';

const [HIGH, LOW] = ['\ud83d', '\ude00'];

const cleaned = (events: readonly TurnEvent[]): readonly TurnEvent[] => {
  const clean: TurnEvent[] = [];
  let halves = NO_HALVES;
  for (const event of events) {
    const [next, more] = withWholePairs(halves, event);
    halves = next;
    clean.push(...more);
  }
  return clean;
};
const block = (content_block: Block, deltas: readonly BlockDelta[]): readonly TurnEvent[] => [
  { type: 'content_block_start', index: 0, content_block },
  ...deltas.map((delta): TurnEvent => ({ type: 'content_block_delta', index: 0, delta })),
  { type: 'content_block_stop', index: 0 },
];
const saidIn = (...pieces: readonly string[]) =>
  cleaned(
    block(
      { type: 'text', text: '' },
      pieces.map((text) => ({ type: 'text_delta', text })),
    ),
  );
const textOf = (events: readonly TurnEvent[]) =>
  foldBlocks(events).flatMap((one) => (one.type === 'text' ? [one.text] : []));
const isClean = (value: unknown): boolean => !/\\u[dD][89a-fA-F]/.test(JSON.stringify(value));

describe('the halves of a character in a turn', () => {
  test.each([
    [['cut ', HIGH, `${LOW}!`], 'cut 😀!'],
    [[`cut ${HIGH}`, LOW], 'cut 😀'],
    [['cut ', HIGH], 'cut \uFFFD'],
    [[HIGH, `${HIGH}${LOW}`], '\uFFFD😀'],
    [[`${LOW} cut`], '\uFFFD cut'],
    [['a', HIGH, 'b'], 'a\uFFFDb'],
    [['😀'], '😀'],
  ])('are one character where both come, and U+FFFD where one is missing: %j', (pieces, text) => {
    const events = saidIn(...pieces);
    expect(textOf(events)).toEqual([text]);
    expect(isClean(events)).toBe(true);
  });

  test('no event holds one, and whole text stays as it is, wherever a text is cut', () => {
    const units = fc.array(fc.constantFrom(HIGH, LOW, 'a', 'é', '😀'), { maxLength: 12 });
    fc.assert(
      fc.property(units, (pieces) => {
        const events = saidIn(...pieces);
        expect(isClean(events)).toBe(true);
        expect(textOf(events)).toEqual([pieces.join('').toWellFormed()]);
      }),
    );
  });

  test('are replaced in the input of a call, written or escaped, in names too; a backslash is no escape', () => {
    const inputOf = (json: string) =>
      foldBlocks(
        cleaned(
          block({ type: 'tool_use', id: 'a', name: 'n', input: {} }, [
            { type: 'input_json_delta', partial_json: json },
          ]),
        ),
      ).flatMap((one) => (one.type === 'tool_use' ? [one.input] : []))[0];
    expect(inputOf(String.raw`{"q\ud83d":"cut \ud83d","ok":"\ud83d\ude00"}`)).toEqual({
      'q\uFFFD': 'cut \uFFFD',
      ok: '😀',
    });
    expect(inputOf(`{"q":"cut ${HIGH}"}`)).toEqual({ q: 'cut \uFFFD' });
    expect(inputOf(String.raw`{"q":"C:\\ud83d"}`)).toEqual({ q: String.raw`C:\ud83d` });
    expect(inputOf(String.raw`{"q":"cut \ud83d","half":"b`)).toEqual({ q: 'cut \uFFFD' });
  });

  test('are replaced in what a block begins with and in a citation', () => {
    const events = cleaned(
      block({ type: 'tool_use', id: `a${HIGH}`, name: `n${LOW}`, input: {} }, [
        {
          type: 'citations_delta',
          citation: { type: 'url_citation', url: 'https://a.test', title: HIGH },
        },
      ]),
    );
    expect(isClean(events)).toBe(true);
  });

  test('a text of JSON means the same but for halves', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const json = JSON.stringify(text);
        expect(JSON.parse(wholeEscapes(json))).toBe(text.toWellFormed());
      }),
    );
  });
});
