import { expect, test } from 'vitest';
import type { Block } from '../../../lambdas/inference/turn/turn.ts';
import {
  selectContext,
  withShorterResults,
  wordsBefore,
} from '../../../lambdas/threads/domain/select-context.ts';
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
const budgetOf = (tokens: number) => ({ tokens, bytes: 1_000_000, media: 100 });
const seqsOf = (
  budgetTokens: number,
  rows: readonly MessageStep[],
  lastCutSeq: number | null = null,
): readonly number[] =>
  selectContext(
    rows.toReversed().map((one) => [one]),
    budgetOf(budgetTokens),
    { isWhole: true, lastCutSeq, wordsTokens: 0 },
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

const LINE_TOKENS = 14;
const lines = (count: number): readonly MessageStep[] =>
  Array.from({ length: count }, (_, index) => row(index + 1, 'user', text('words')));

test('all messages are taken while they fit; then the newest of two thirds of the budget, oldest first', () => {
  expect(seqsOf(9 * LINE_TOKENS, lines(9))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(seqsOf(9 * LINE_TOKENS - 1, lines(9))).toEqual([5, 6, 7, 8, 9]);
  expect(seqsOf(1, lines(9))).toEqual([9]);
});

test('a cut stays where it was until the budget is full again, so that requests extend each other', () => {
  let cut = 0;
  const cuts = Array.from({ length: 40 }, (_, turn) => {
    const [first = 1] = seqsOf(9 * LINE_TOKENS, lines(turn + 1), cut);
    cut = first - 1;
    return cut;
  });
  expect([...new Set(cuts)]).toEqual([0, 4, 8, 12, 16, 20, 24, 28, 32].filter((at) => at < 40));
});

test.each([
  ['bytes', { tokens: 1_000_000, bytes: 100_000, media: 100 }],
  ['pictures', { tokens: 1_000_000, bytes: 10_000_000, media: 3 }],
])('a request is kept within its %s too', (_kind, budget) => {
  const source = { type: 'base64', media_type: 'image/png', data: 'A'.repeat(30_000) } as const;
  const rows = Array.from({ length: 6 }, (_, at) => [
    row(at + 1, 'user', { type: 'image', source }),
  ]).toReversed();
  const options = { isWhole: true, lastCutSeq: null, wordsTokens: 0 };
  expect(selectContext(rows, budget, options)).toMatchObject({
    cutSeq: 4,
    messages: { length: 2 },
  });
});

test('of what lies before a cut the words of persons are kept, the newest that fit, and nothing else', () => {
  const source = { type: 'url', url: 'https://example.com/i.png' } as const;
  const rows = [
    row(1, 'user', text('My name is Zora.')),
    { ...row(2, 'assistant', text('an essay')), isAnswer: true },
    row(3, 'user', text('x'.repeat(900))),
    row(4, 'user', { type: 'image', source }, text('see')),
    row(5, 'user', result('a', 'found')),
  ];
  const words = wordsBefore(
    rows.toReversed().map((one) => [one]),
    100,
  );
  expect(words.map(({ content }) => content)).toEqual([
    [text('My name is Zora.')],
    [text('[image left out: it is older than what fits]'), text('see')],
  ]);
});

test('results of tools are cut as far as it takes, in the middle, and nothing that a person said', () => {
  const messages = [
    { content: [text('p'.repeat(3_000))] },
    { content: [result('a', `begin ${'x'.repeat(100_000)} end`), result('b', 'short')] },
  ];
  const same = withShorterResults(messages, budgetOf(50_000));
  expect(same).toBe(messages);
  const [person, answer] = withShorterResults(messages, budgetOf(8_000));
  expect(person).toEqual(messages[0]);
  const [long, short] = answer?.content ?? [];
  expect(long).toMatchObject({
    content: expect.stringMatching(/^begin x+\n\[.* left out\]\nx+ end$/),
  });
  expect(JSON.stringify(long).length).toBeLessThan(17_000);
  expect(short).toEqual(result('b', 'short'));
});
