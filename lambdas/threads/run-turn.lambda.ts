import { randomUUID } from 'node:crypto';
import { eventEntry } from '../platform/event-entry.ts';
import { runIdOf } from './domain/thread-ids.ts';
import { turnTask } from './formats/turn-task.ts';
import { makeTitle } from './usecases/make-title.ts';
import { copyFork } from './usecases/copy-fork.ts';
import { runClaimed } from './usecases/run-claimed.ts';
import { wireTurns } from './wire/turns.ts';

const threads = wireTurns();
const DEADLINE_MARGIN_MS = 10_000;

/**
 * Continues a run that has no producer, writes its thread's title, or copies a fork of it. Asked twice, the second finds
 * it taken, or does the same.
 */
export const handler = eventEntry({
  read: (event) => turnTask.parse(event),
  facts: (run) => ({ project_id: run.projectId, run_id: runIdOf(run.threadId, run.seq) }),
  work: async ({ task, fork, ...run }, context) => {
    const deadlineMs = Date.now() + context.getRemainingTimeInMillis() - DEADLINE_MARGIN_MS;
    if (task === 'title') await makeTitle(threads, run);
    else if (task === 'fork' && fork !== undefined) {
      const { seq: atSeq, ...origin } = run;
      await copyFork(threads, { ...fork, origin, atSeq }, deadlineMs);
    } else
      await runClaimed(threads, {
        run,
        nonce: randomUUID(),
        deadlineMs,
      });
  },
});
