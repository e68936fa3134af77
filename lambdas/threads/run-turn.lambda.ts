import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { eventEntry } from '../platform/event-entry.ts';
import { runIdOf } from './domain/thread-ids.ts';
import { makeTitle } from './usecases/make-title.ts';
import { runClaimed } from './usecases/run-claimed.ts';
import { wireTurns } from './wire/turns.ts';

const threads = wireTurns();
const DEADLINE_MARGIN_MS = 10_000;

const runPlace = z.object({
  projectId: z.string(),
  endUserId: z.string().nullable(),
  threadId: z.string(),
  seq: z.number().int(),
  /** Absent: the run goes on. */
  task: z.literal('title').optional(),
});

/** Goes on with a run that has no producer, or writes its thread's title. Asked twice, the second finds it taken. */
export const handler = eventEntry({
  read: (event) => runPlace.parse(event),
  facts: (run) => ({ project_id: run.projectId, run_id: runIdOf(run.threadId, run.seq) }),
  work: async ({ task, ...run }, context) => {
    if (task === 'title') await makeTitle(threads, run);
    else
      await runClaimed(threads, {
        run,
        nonce: randomUUID(),
        deadlineMs: Date.now() + context.getRemainingTimeInMillis() - DEADLINE_MARGIN_MS,
      });
  },
});
