import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { eventEntry } from '../platform/event-entry.ts';
import { runIdOf } from './domain/thread-ids.ts';
import { runClaimed } from './usecases/run-claimed.ts';
import { wireTurns } from './wire-turns.ts';

const threads = wireTurns();
const DEADLINE_MARGIN_MS = 10_000;

const runPlace = z.object({
  projectId: z.string(),
  endUserId: z.string().nullable(),
  threadId: z.string(),
  seq: z.number().int(),
});

/** Goes on with a run that has no producer. Asked twice, the second finds it taken. */
export const handler = eventEntry({
  read: (event) => runPlace.parse(event),
  facts: (run) => ({ project_id: run.projectId, run_id: runIdOf(run.threadId, run.seq) }),
  work: async (run, context) =>
    await runClaimed(threads, {
      run,
      nonce: randomUUID(),
      deadlineMs: Date.now() + context.getRemainingTimeInMillis() - DEADLINE_MARGIN_MS,
    }),
});
