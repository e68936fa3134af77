import type { Context } from 'aws-lambda';
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
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
export const handler = async (event: unknown, context: Context): Promise<void> =>
  await runClaimed(threads, {
    run: runPlace.parse(event),
    nonce: randomUUID(),
    deadlineMs: Date.now() + context.getRemainingTimeInMillis() - DEADLINE_MARGIN_MS,
  });
