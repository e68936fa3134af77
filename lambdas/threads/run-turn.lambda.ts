import { randomUUID } from 'node:crypto';
import { eventEntry } from '../platform/event-entry.ts';
import { factsOfTask, turnTask } from './formats/turn-task.ts';
import { makeTitle } from './usecases/make-title.ts';
import { copyFork } from './usecases/copy-fork.ts';
import { runClaimed } from './usecases/run-claimed.ts';
import { runJob } from './jobs/usecases/run-job.ts';
import { wireJobWork } from './wire/job-work.ts';
import { wireTurns } from './wire/turns.ts';

const threads = wireTurns();
const jobs = wireJobWork(threads);
const DEADLINE_MARGIN_MS = 10_000;

/**
 * Continues a run that has no producer, writes its thread's title, copies a fork of it, or works on a job. Asked twice,
 * the second finds it taken, or does the same.
 */
export const handler = eventEntry({
  read: (event) => turnTask.parse(event),
  facts: factsOfTask,
  work: async (asked, context) => {
    const deadlineMs = Date.now() + context.getRemainingTimeInMillis() - DEADLINE_MARGIN_MS;
    if ('jobId' in asked) {
      const { task: _task, ...place } = asked;
      await runJob(jobs(context), { place, nonce: randomUUID(), deadlineMs });
      return;
    }
    const { task, fork, ...run } = asked;
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
