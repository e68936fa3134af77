import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { summaryBlock } from '../../../lambdas/threads/domain/compaction.ts';
import { foldSteps } from '../../../lambdas/threads/domain/fold-steps.ts';
import type { RunEvent } from '../../../lambdas/threads/domain/run-event.ts';
import { stepOfMessage } from '../../../lambdas/threads/domain/step-of-message.ts';
import { answerSteps } from '../../../lambdas/threads/usecases/step-rows.ts';
import { sealSummary } from '../../../lambdas/threads/dialects/responses/formats/responses-compaction.ts';
import { responseOf } from '../../../lambdas/threads/dialects/responses/formats/responses-dialect.ts';
import { historyItems } from '../../../lambdas/threads/dialects/responses/formats/responses-history.ts';
import type { WireItem } from '../../../lambdas/threads/dialects/responses/formats/responses-wire.ts';
import { logged, plainRuns, RUN } from '../../support/run-events.ts';
import { newRun } from '../../support/thread-rows.ts';

const stored = (events: readonly RunEvent[]): readonly WireItem[] => {
  const fresh = newRun(0);
  const settings = { ...fresh.settings, model: RUN.model };
  const run = { ...fresh, threadId: RUN.threadId, seq: RUN.seq, settings };
  const facts = { run, settlements: new Map(), omissions: new Map(), known: new Map() };
  const rows = answerSteps(facts, foldSteps(events), 0, 'complete');
  return historyItems(RUN.threadId, rows).map(({ wire }) => wire);
};
/** What was cut is incomplete in a stream; a row does not tell which of its blocks that was. */
const withoutStatus = (items: readonly WireItem[]) =>
  items.map(({ status: _status, ...item }) => item);

test('the items of a response are the items of history, id by id and byte by byte', () => {
  fc.assert(
    fc.property(plainRuns, (events) => {
      const { output } = responseOf(RUN, logged(events));
      expect(withoutStatus(output)).toEqual(withoutStatus(stored(events)));
    }),
  );
});

test('a response so far is a prefix of what it becomes', () => {
  fc.assert(
    fc.property(plainRuns, fc.nat(), (events, place) => {
      const some = responseOf(RUN, logged(events.slice(0, place % events.length)));
      const whole = responseOf(RUN, logged(events));
      expect(some).toMatchObject({ id: whole.id, status: 'in_progress' });
      expect(some.output.map(({ id }) => id)).toEqual(
        whole.output.slice(0, some.output.length).map(({ id }) => id),
      );
    }),
  );
});

test('a summary among what was said is an item of its own, in its place, and alone is taken away', () => {
  const text = (words: string) => ({ type: 'text', text: words }) as const;
  const row = {
    ...stepOfMessage({ role: 'user', content: [] }, 'r', 0),
    content: [text('before'), summaryBlock('all of it'), text('after'), text('and more')],
    seq: 1,
    step: 0,
  };
  const items = historyItems(RUN.threadId, [row]);
  const [first, summary, last] = items.map(({ wire }) => wire);
  expect(items.map(({ blocks }) => blocks)).toEqual([[0], [1], [2, 3]]);
  expect(first).toMatchObject({ type: 'message', content: [{ text: 'before' }] });
  expect(summary).toEqual({
    type: 'compaction',
    id: expect.stringMatching(/^cmp_\w+_1_0_1$/),
    encrypted_content: sealSummary('all of it'),
  });
  expect(last).toMatchObject({ content: [{ text: 'after' }, { text: 'and more' }] });
  expect(items.map(({ wire, place }) => [Number(wire.id.split('_').at(-1)), place.block])).toEqual([
    [0, 0],
    [1, 1],
    [2, 2],
  ]);
  const rest = historyItems(RUN.threadId, [{ ...row, removed: [1, 2] }]);
  expect(rest.map(({ wire }) => wire)).toMatchObject([first, { content: [{ text: 'and more' }] }]);
});
