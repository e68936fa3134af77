import type { Context } from 'aws-lambda';
import type { Timers } from '../../shared/deps.ts';

/** The function's own deadline comes after the run is ended and settled. */
const MARGIN_MS = 10_000;

/** When work for this invocation must end, epoch ms. */
export const deadlineOf = (
  { timers }: { readonly timers: Pick<Timers, 'nowMs'> },
  context: Context,
  marginMs = MARGIN_MS,
): number => timers.nowMs() + context.getRemainingTimeInMillis() - marginMs;
