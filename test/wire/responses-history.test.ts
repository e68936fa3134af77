import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { foldSteps } from '../../lambdas/threads/domain/fold-steps.ts';
import type { RunEvent } from '../../lambdas/threads/domain/run-event.ts';
import { answerSteps } from '../../lambdas/threads/usecases/step-rows.ts';
import { responseOf } from '../../lambdas/threads/formats/responses/responses-dialect.ts';
import { historyItems } from '../../lambdas/threads/formats/responses/responses-history.ts';
import type { WireItem } from '../../lambdas/threads/formats/responses/responses-wire.ts';
import { logged, plainRuns, RUN } from '../support/run-events.ts';
import { newRun } from '../support/thread-rows.ts';

const stored = (events: readonly RunEvent[]): readonly WireItem[] => {
  const run = { ...newRun(0), threadId: RUN.threadId, seq: RUN.seq };
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
