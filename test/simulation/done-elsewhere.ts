import type { Seen } from '../../lambdas/sre/ports/runbooks.ts';
import type { Done } from './check-remediation.ts';
import { must } from './scheduler.ts';
import type { Seeded } from './seeded.ts';

const SPAN_MS = 1_200_000;

/**
 * How the other side ends what it took; null: it took nothing, or cannot be asked. What it never ends is asked until
 * nobody asks any more.
 */
export const laterEnd = (state: Done['outcome'], random: Seeded, nowMs: number): Done['later'] => {
  if (state !== 'handed_over' || random.chance(0.2)) return null;
  if (random.chance(0.15)) return { state: 'timed_out', atMs: Number.POSITIVE_INFINITY };
  const ends = ['succeeded', 'failed', 'timed_out'] as const;
  return { state: random.pick(ends), atMs: nowMs + random.below(SPAN_MS) };
};

/** The other side, while it is down. */
export const DOWN: Seen = { kind: 'unheard', why: 'It is down.' };

/** What the other side says of it. */
export const seenOf = (done: Done | undefined, nowMs: number): Seen => {
  const later = done?.later ?? null;
  must(later !== null, 'what nobody follows is asked');
  if (later === null || nowMs < later.atMs) return { kind: 'continues' };
  return { kind: 'ended', outcome: { state: later.state, result: 'done', url: null } };
};
