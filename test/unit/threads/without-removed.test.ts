import { expect, test } from 'vitest';
import type { Block } from '../../../lambdas/inference/turn/turn.ts';
import type { MessageStep } from '../../../lambdas/threads/domain/thread.ts';
import { withoutRemoved } from '../../../lambdas/threads/domain/without-removed.ts';
import { step } from '../../support/thread-rows.ts';
import { call, result, text } from '../../support/turns.ts';

const row = (removed: readonly number[], ...content: Block[]): MessageStep => ({
  ...step(0),
  seq: 1,
  step: 0,
  content,
  removed,
});
const told = (...rows: readonly MessageStep[]) =>
  withoutRemoved(rows).map(({ content }) => content);

test('a deleted block is told no more, its neighbours are', () => {
  expect(told(row([1], text('a'), text('b'), text('c')))).toEqual([[text('a'), text('c')]]);
});

test('a call and its result go together, whichever was deleted', () => {
  const words = text('I look');
  expect(told(row([1], words, call('a'), call('b')), row([], result('a'), result('b')))).toEqual([
    [words, call('b')],
    [result('b')],
  ]);
  expect(told(row([], words, call('a'), call('b')), row([1], result('a'), result('b')))).toEqual([
    [words, call('a')],
    [result('a')],
  ]);
});

test('a later call of the same id keeps its result', () => {
  const again = [row([], call('a')), row([], result('a', 'rain'))];
  expect(told(row([0], call('a')), row([], result('a')), ...again)).toEqual([
    [],
    [],
    [call('a')],
    [result('a', 'rain')],
  ]);
});
