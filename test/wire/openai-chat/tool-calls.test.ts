import { describe, expect, test } from 'vitest';
import { foldBlocks } from '../../../lambdas/inference/turn/fold-turn.ts';
import { openaiChat } from '../../../lambdas/inference/wires/openai-chat/wire.ts';
import { isWellFormed, readTurn, reasonsOf } from '../../support/wire-reader.ts';

/** A part of a call as it stands in a delta: its number, its id, its name, its input. */
type Part = readonly [number | null, string | null, string | null, (string | object)?];

const partOf = ([index, id, name, json]: Part) => ({
  ...(index === null ? {} : { index }),
  ...(id === null ? {} : { id }),
  type: 'function',
  function: {
    ...(name === null ? {} : { name }),
    ...(json === undefined ? {} : { arguments: json }),
  },
});
const bytesOf = (deltas: readonly object[]) =>
  [
    ...deltas.map((delta) => ({ id: 'cc-1', choices: [{ index: 0, delta }] })),
    { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
  ].map((frame) => Buffer.from(`data: ${JSON.stringify(frame)}\n\n`));
const eventsOf = async (deltas: readonly object[]) => await readTurn(openaiChat, bytesOf(deltas));
const delta = (...parts: readonly Part[]) => ({ tool_calls: parts.map(partOf) });
const call = (name: string, input: object, id: unknown = expect.any(String)) => ({
  type: 'tool_use',
  id,
  name,
  input,
});

const F = call('f', { a: 1 });
const G = call('g', { b: 2 });
const JSON_F = '{"a":1}';
const JSON_G = '{"b":2}';

describe('calls of a stream', () => {
  test.each<readonly [string, readonly object[], readonly object[]]>([
    [
      'by their numbers, interleaved',
      [
        delta([0, 'x', 'f', ''], [1, 'y', 'g', '']),
        delta([0, null, null, '{"a":']),
        delta([1, null, null, '{"b":']),
        delta([1, null, null, '2}'], [0, null, null, '1}']),
      ],
      [F, G],
    ],
    [
      'of no number and no id, two in one delta',
      [delta([null, null, 'f', JSON_F], [null, null, 'g', JSON_G])],
      [F, G],
    ],
    [
      'of no number and no id, one a delta',
      [delta([null, null, 'f', JSON_F]), delta([null, null, 'g', JSON_G])],
      [F, G],
    ],
    [
      'all number 0 with an empty id, two in one delta',
      [delta([0, '', 'f', JSON_F], [0, '', 'f', JSON_G])],
      [F, call('f', { b: 2 })],
    ],
    [
      'all number 0 without an id, one a delta',
      [
        delta([0, null, 'f', JSON_F]),
        delta([0, null, 'g', JSON_G]),
        delta([0, null, 'f', '{"c":3}']),
      ],
      [F, G, call('f', { c: 3 })],
    ],
    [
      'all number 0 with ids, in pieces',
      [
        delta([0, 'x', 'f', '']),
        delta([0, null, null, '{"a":']),
        delta([0, null, null, '1}']),
        delta([0, 'y', 'f', '']),
        delta([0, '', '', JSON_G]),
      ],
      [call('f', { a: 1 }, 'x'), call('f', { b: 2 }, 'y')],
    ],
    [
      'all number 0 with ids, of tools without an input',
      [delta([0, 'x', 'f', '']), delta([0, 'y', 'g', '']), delta([0, '', 'h', ''])],
      [call('f', {}, 'x'), call('g', {}, 'y'), call('h', {})],
    ],
    [
      'whose parts have an id each',
      [
        delta([0, 'x', 'f', '']),
        delta([0, 'y', '', '{"a"']),
        delta([0, 'z', '', ':1}']),
        delta([0, ' ', '', '']),
      ],
      [call('f', { a: 1 }, 'x')],
    ],
    [
      'whose parts have a number each',
      [delta([1, 'x', 'f', '']), delta([2, null, null, '{"a"']), delta([3, null, null, ':1}'])],
      [call('f', { a: 1 }, 'x')],
    ],
    [
      'whose numbers begin anywhere, and leave off',
      [delta([7, 'x', 'f', '']), delta([null, null, null, '{"a"']), delta([null, '', '', ':1}'])],
      [call('f', { a: 1 }, 'x')],
    ],
    [
      'whose parts repeat id and name',
      [
        delta([0, 'x', 'f', '']),
        delta([0, 'x', 'f', '{"a"']),
        delta([0, 'x', 'f', ':1}']),
        delta([0, 'x', 'f', '']),
      ],
      [call('f', { a: 1 }, 'x')],
    ],
    [
      'whose parts repeat the name alone',
      [delta([0, '', 'f', '{"a"']), delta([0, '', 'f', ':1}']), delta([0, '', 'f', ''])],
      [F],
    ],
    [
      'whose parts all say the input from its beginning',
      [
        delta([0, 'x', 'f', '{"']),
        delta([0, '', '', '{"a":']),
        delta([0, '', '', '{"a":{"a":']),
        delta([0, '', '', '{"a":{"a":1}']),
        delta([0, '', '', '{"a":{"a":1}}']),
        delta([0, '', '', '{"a":{"a":1}}']),
      ],
      [call('f', { a: { a: 1 } }, 'x')],
    ],
    [
      'whose input holds what it begins with',
      [delta([0, 'x', 'f', '{"a":']), delta([0, '', '', '{"a":1']), delta([0, '', '', '}}'])],
      [call('f', { a: { a: 1 } }, 'x')],
    ],
    [
      'that a last delta says once more',
      [
        delta([0, 'x', 'f', '{"a"']),
        delta([0, null, null, ':1}']),
        delta([1, 'y', 'g', JSON_G]),
        delta([0, 'x', 'f', '{"a": 1}'], [1, 'y', 'g', JSON_G]),
      ],
      [call('f', { a: 1 }, 'x'), call('g', { b: 2 }, 'y')],
    ],
    [
      'that a last delta says once more, without names',
      [delta([0, 'x', 'f', '']), delta([0, '', '', JSON_F]), delta([0, '', '', JSON_F])],
      [call('f', { a: 1 }, 'x')],
    ],
    [
      'of one id under several numbers, which are one',
      [
        delta([0, 'x', 'f', '']),
        delta([1, 'x', 'f', JSON_F]),
        delta([2, 'x', 'f', JSON_F]),
        delta([3, 'x', 'f', '']),
      ],
      [call('f', { a: 1 }, 'x')],
    ],
    [
      'of one id, which are two by their inputs',
      [delta([0, 'x', 'f', JSON_F]), delta([1, 'x', 'f', JSON_G])],
      [call('f', { a: 1 }, 'x'), call('f', { b: 2 }, 'x')],
    ],
    [
      'of one id in pieces, which are two by their numbers',
      [
        delta([0, 'x', 'f', '']),
        delta([0, null, null, JSON_F]),
        delta([1, 'x', 'f', '']),
        delta([1, null, null, JSON_G]),
      ],
      [call('f', { a: 1 }, 'x'), call('f', { b: 2 }, 'x')],
    ],
    [
      'with an empty input before the real one',
      [delta([0, 'x', 'f', '{}']), delta([0, null, null, '{"a"']), delta([0, null, null, ':1}'])],
      [call('f', { a: 1 }, 'x')],
    ],
    ['with an empty input alone', [delta([0, 'x', 'f', '{}'])], [call('f', {}, 'x')]],
    [
      'with a name that comes in pieces, and after its id',
      [
        delta([0, 'x', null, '']),
        delta([0, null, 'serv', '']),
        delta([0, null, 'er__tool', '']),
        delta([0, null, null, JSON_F]),
      ],
      [call('server/tool', { a: 1 }, 'x')],
    ],
    [
      'with words of a template around the name',
      [
        delta([0, 'x', 'functions.server__tool', JSON_F]),
        delta([1, 'y', ' server__tool<|channel|>commentary', JSON_G]),
        delta([2, 'z', 'functions.f', JSON_F]),
      ],
      [
        call('server/tool', { a: 1 }, 'x'),
        call('server/tool', { b: 2 }, 'y'),
        call('functions.f', { a: 1 }, 'z'),
      ],
    ],
    [
      'with an id that comes behind the name',
      [delta([0, null, 'f', '']), delta([0, 'x', null, JSON_F])],
      [call('f', { a: 1 })],
    ],
    [
      'with an object as input',
      [delta([0, 'x', 'f', { a: 1 }]), delta([0, 'y', 'g', { b: 2 }])],
      [call('f', { a: 1 }, 'x'), call('g', { b: 2 }, 'y')],
    ],
    ['without a name, which are none', [delta([0, 'x', null, JSON_F])], []],
  ])('are told as they were meant: %s', async (_name, deltas, calls) => {
    const events = await eventsOf(deltas);
    expect(foldBlocks(events)).toEqual(calls);
    if (calls.length > 0) expect(isWellFormed(events)).toBe(true);
    expect(reasonsOf(events)).toEqual([calls.length === 0 ? 'end_turn' : 'tool_use']);
  });

  test('that words interrupt are whole, and the words follow', async () => {
    const events = await eventsOf([
      { content: 'alpha' },
      delta([0, 'x', 'f', '']),
      { content: '\n' },
      delta([0, null, null, '{"a"']),
      { content: 'beta' },
      delta([0, null, null, ':1}']),
      { content: ' gamma' },
      delta([1, 'y', 'g', JSON_G]),
    ]);
    expect(foldBlocks(events)).toEqual([
      { type: 'text', text: 'alpha' },
      call('f', { a: 1 }, 'x'),
      { type: 'text', text: '\nbeta gamma' },
      call('g', { b: 2 }, 'y'),
    ]);
    expect(isWellFormed(events)).toBe(true);
  });

  test('are none of parts that say nothing, which part no words', async () => {
    const events = await eventsOf([
      { content: 'al' },
      { tool_calls: [{ index: 0, function: { arguments: '' } }, {}] },
      { content: 'pha' },
    ]);
    expect(foldBlocks(events)).toEqual([{ type: 'text', text: 'alpha' }]);
  });
});
