import { describe, expect, test } from 'vitest';
import { foldBlocks } from '../../../lambdas/inference/turn/fold-turn.ts';
import { withOwnIds } from '../../../lambdas/inference/turn/own-ids.ts';
import type { Block, BlockDelta, TurnEvent } from '../../../lambdas/inference/turn/turn.ts';

const cleaned = async (events: readonly TurnEvent[], told: readonly Block[] = []) => {
  const all: TurnEvent[] = [];
  const said = { role: 'assistant', content: told, model: null } as const;
  for await (const event of withOwnIds([said], piecesOf(events))) all.push(event);
  return all;
};

async function* piecesOf(events: readonly TurnEvent[]): AsyncGenerator<TurnEvent> {
  yield* events;
}

const block = (
  index: number,
  content_block: Block,
  deltas: readonly BlockDelta[],
): readonly TurnEvent[] => [
  { type: 'content_block_start', index, content_block },
  ...deltas.map((delta): TurnEvent => ({ type: 'content_block_delta', index, delta })),
  { type: 'content_block_stop', index },
];
const call = (index: number, id: string, json: string) =>
  block(index, { type: 'tool_use', id, name: 'look', input: {} }, [
    { type: 'input_json_delta', partial_json: json },
  ]);

describe('calls of a provider', () => {
  const idsOf = async (ids: readonly string[], told: readonly Block[] = []) =>
    foldBlocks(
      await cleaned(
        ids.flatMap((id, at) => call(at, id, '{}')),
        told,
      ),
    ).map((one) => (one.type === 'tool_use' ? one.id : ''));

  test('keep their ids, and two of one id get two from the start', async () => {
    expect(await idsOf(['a', 'functions.look:0'])).toEqual(['a', 'functions.look:0']);
    expect(await idsOf(['a', 'a', 'b', 'a'])).toEqual(['a', 'a_2', 'b', 'a_3']);
  });

  test('have ids of their own among those of the thread, where a provider numbers each answer anew', async () => {
    const before: Block = { type: 'tool_use', id: 'call_0', name: 'look', input: {} };
    expect(await idsOf(['call_0', 'call_1'], [before])).toEqual(['call_0_2', 'call_1']);
  });

  test.each([[''], ['a/b c'], ['\ud83d'], ['x'.repeat(2_000)], ['ключ']])(
    'of an id that fits no path and no key (%j) get one that does, the same each time',
    async (id) => {
      const [first] = await idsOf([id]);
      expect(first).toMatch(/^call_[0-9a-f]{24}$/);
      expect(await idsOf([id, id])).toEqual([first, `${first}_2`]);
    },
  );
});

describe('the input of a call', () => {
  test.each([
    ['{"at":1}', { input: { at: 1 } }],
    ['"{\\"at\\":1}"', { input: { at: 1 } }],
    ['"\\"{\\\\\\"at\\\\\\":1}\\""', { input: { at: 1 } }],
    ['null', { input: {} }],
    ['""', { input: {}, partial_json: '""' }],
    ['[1]', { input: {}, partial_json: '[1]' }],
    ['7', { input: {}, partial_json: '7' }],
    ['"words"', { input: {}, partial_json: '"words"' }],
    ['{"a":"cut \\ud83d"}', { input: { a: 'cut \ufffd' } }],
    ['{"at":1', { input: {}, partial_json: '{"at":1' }],
  ])('%s is an object, or the call is not run', async (json, fields) => {
    const [use] = foldBlocks(await cleaned(call(0, 'c', json)));
    expect(use).toEqual({ type: 'tool_use', id: 'c', name: 'look', ...fields });
  });
});
