import { expect, test } from 'vitest';
import type { Block } from '../../../lambdas/inference/turn/turn.ts';
import { selectContext } from '../../../lambdas/threads/domain/select-context.ts';
import type { MessageStep } from '../../../lambdas/threads/domain/thread.ts';
import { step } from '../../support/thread-rows.ts';
import { call, result, text } from '../../support/turns.ts';

const row = (seq: number, role: MessageStep['role'], ...content: Block[]): MessageStep => ({
  ...step(0),
  seq,
  step: 0,
  role,
  content,
});
const seqsOf = (budgetTokens: number, rows: readonly MessageStep[]): readonly number[] =>
  selectContext(
    rows.toReversed().map((one) => [one]),
    budgetTokens,
  )
    .messages.flat()
    .map(({ seq }) => seq);

test('results bring their calls along, whatever the budget, and not one message more', () => {
  const rows = [
    row(1, 'user', text('look')),
    row(2, 'assistant', call('a'), call('b')),
    row(3, 'user', result('a', 'x'.repeat(900))),
    row(4, 'user', result('b', 'x'.repeat(900))),
  ];
  expect(seqsOf(10, rows)).toEqual([2, 3, 4]);
});

test('a result whose call is not there does not bring all of history', () => {
  const rows = [
    row(1, 'user', text('one')),
    row(2, 'assistant', text('two')),
    row(3, 'user', text('three')),
    row(4, 'assistant', text('four')),
    row(5, 'user', result('nobody', 'x'.repeat(900))),
  ];
  expect(seqsOf(10, rows)).toEqual([4, 5]);
});

test('the newest messages that fit are taken, oldest first', () => {
  const rows = Array.from({ length: 9 }, (_, index) => row(index + 1, 'user', text('words')));
  expect(seqsOf(45, rows)).toEqual([7, 8, 9]);
  expect(seqsOf(1, rows)).toEqual([9]);
});
