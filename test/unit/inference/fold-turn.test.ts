import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { foldBlocks } from '../../../lambdas/inference/turn/fold-turn.ts';
import { completeMembers } from '../../../lambdas/inference/turn/partial-json.ts';
import type { Block, TurnEvent } from '../../../lambdas/inference/turn/turn.ts';

const START: TurnEvent = { type: 'message_start', message: { role: 'assistant', model: 'm' } };
const start = (index: number, block: Block): TurnEvent => ({
  type: 'content_block_start',
  index,
  content_block: block,
});
const json = (index: number, text: string): TurnEvent => ({
  type: 'content_block_delta',
  index,
  delta: { type: 'input_json_delta', partial_json: text },
});
const text = (index: number, words: string): TurnEvent => ({
  type: 'content_block_delta',
  index,
  delta: { type: 'text_delta', text: words },
});
const stop = (index: number): TurnEvent => ({ type: 'content_block_stop', index });
const call = (id: string): Block => ({ type: 'tool_use', id, name: 'weather', input: {} });

describe('the blocks of a turn', () => {
  test('are put together from their deltas, interleaved or not, over several brackets', () => {
    const blocks = foldBlocks([
      START,
      start(0, { type: 'thinking', thinking: '' }),
      {
        type: 'content_block_delta',
        index: 0,
        delta: { type: 'thinking_delta', thinking: 'Hm' },
      },
      { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 'S' } },
      stop(0),
      start(1, call('a')),
      start(2, call('b')),
      json(2, '{"city":'),
      json(1, '{"city":"Bonn"}'),
      json(2, '"Rom"}'),
      stop(1),
      stop(2),
      { type: 'message_delta', delta: { stop_reason: 'tool_use' } },
      { type: 'message_stop' },
      START,
      start(0, { type: 'text', text: '' }),
      text(0, 'Sun'),
      text(0, 'ny'),
    ]);
    expect(blocks).toEqual([
      { type: 'thinking', thinking: 'Hm', signature: 'S' },
      { type: 'tool_use', id: 'a', name: 'weather', input: { city: 'Bonn' } },
      { type: 'tool_use', id: 'b', name: 'weather', input: { city: 'Rom' } },
      { type: 'text', text: 'Sunny' },
    ]);
  });

  test('a tool input without any delta is the one it began with', () => {
    expect(foldBlocks([START, start(0, call('a')), json(0, ''), stop(0)])).toEqual([call('a')]);
  });

  test('a tool input that was cut keeps its complete members and is marked', () => {
    const cut = '{"path":"/a","deep":{"x":[1,2],"y":"half';
    expect(foldBlocks([START, start(0, call('a')), json(0, cut)])).toEqual([
      {
        type: 'tool_use',
        id: 'a',
        name: 'weather',
        input: { path: '/a', deep: { x: [1, 2] } },
        partial_json: cut,
      },
    ]);
  });
});

describe('cut JSON', () => {
  test.each([
    ['', {}],
    ['{', {}],
    ['{"a', {}],
    ['{"a"', {}],
    ['{"a":', {}],
    ['{"a":12', {}],
    ['{"a":12,', { a: 12 }],
    ['{"a":tru', {}],
    ['{"a":"x"', { a: 'x' }],
    ['{"a":"x","b', { a: 'x' }],
    ['{"a":"x","b"', { a: 'x' }],
    ['{"a":"x\\"', {}],
    ['{"a":"}","b":[', { a: '}', b: [] }],
    ['{"a":[{"b":1},{"c"', { a: [{ b: 1 }, {}] }],
    ['not json', {}],
    ['[1,2', {}],
  ])('%j says %j', (cut, said) => {
    expect(completeMembers(cut)).toEqual(said);
  });

  test('never says what the whole text does not say, wherever it is cut', () => {
    const isPart = (part: unknown, whole: unknown): boolean => {
      if (Array.isArray(part))
        return Array.isArray(whole) && part.every((item, at) => isPart(item, whole[at]));
      if (typeof part !== 'object' || part === null) return Object.is(part, whole);
      if (typeof whole !== 'object' || whole === null) return false;
      const told = new Map(Object.entries(whole));
      return Object.entries(part).every(([name, item]) => isPart(item, told.get(name)));
    };
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })),
        fc.nat(),
        (value, place) => {
          const whole = JSON.stringify(value);
          expect(
            isPart(completeMembers(whole.slice(0, place % (whole.length + 1))), JSON.parse(whole)),
          ).toBe(true);
        },
      ),
    );
  });

  test('an endless nesting is not followed', () => {
    expect(completeMembers('{"a":'.repeat(200_000))).toEqual({});
  });
});
