import { queueEntry } from '../platform/queue-entry.ts';
import { systemClock } from '../platform/clock.ts';
import { readEvaluation } from './formats/evaluation-message.ts';
import { evaluateTenant } from './usecases/evaluate-tenant.ts';
import { wireEvaluate } from './wire/evaluate.ts';

/** What one evaluation may take at the end of the function's time. */
const MARGIN_MS = 30_000;

const deps = wireEvaluate();

/** One tenant a message. */
export const handler = queueEntry(
  async ({ body }, context) =>
    await evaluateTenant(deps, {
      ...readEvaluation(body),
      untilMs: systemClock.nowMs() + context.getRemainingTimeInMillis() - MARGIN_MS,
    }),
);
