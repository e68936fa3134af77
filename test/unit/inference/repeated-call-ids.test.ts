import { expect, test } from 'vitest';
import { mendHistory } from '../../../lambdas/inference/wires/history/mend-history.ts';
import type { Block, TurnMessage } from '../../../lambdas/inference/turn/turn.ts';

const RULES = {
  idLengthMax: 64,
  allowsLateSystem: true,
  startsWithUser: true,
  acceptsPrefill: true,
  thoughtProblem: () => null,
  mediaProblem: () => null,
};
const user = (...content: Block[]): TurnMessage => ({ role: 'user', model: null, content });
const calls = (...content: Block[]): TurnMessage => ({ role: 'assistant', model: null, content });
const call = (at: number): Block => ({ type: 'tool_use', id: 'c1', name: 'look', input: { at } });
const result = (content: string): Block => ({ type: 'tool_result', tool_use_id: 'c1', content });

const results = (...messages: readonly TurnMessage[]) =>
  mendHistory(RULES, [user({ type: 'text', text: 'go' }), ...messages]).turns.flatMap((turn) =>
    turn.role === 'user' ? turn.results.map(({ block }) => block.content) : [],
  );

test.each([
  ['in one answer', [calls(call(1), call(2)), user(result('a'), result('b'))]],
  [
    'in two messages of one answer',
    [calls(call(1)), calls(call(2)), user(result('a'), result('b'))],
  ],
  ['in two answers', [calls(call(1)), user(result('a')), calls(call(2)), user(result('b'))]],
])('calls of one id %s keep their results, in order', (_kind, messages) => {
  expect(results(...messages)).toEqual(['a', 'b']);
});

test('a result belongs to the latest answer that has a call of its id', () => {
  const late = [
    calls(call(1)),
    user({ type: 'text', text: 'on' }),
    calls(call(2)),
    user(result('b')),
  ];
  expect(results(...late)).toEqual([expect.stringContaining('Cancelled'), 'b']);
});
