import { NO_TERMS, type Terms } from '../models/bill.ts';
import type { Json } from '../turn/turn.ts';
import { countOf, textOf } from './fields.ts';

/** Counts under names of a wire's own; what was not reported, or cannot be, is absent. */
export type Counts = Readonly<Record<string, number>>;

/** Counts of one pass that was reported on its own. */
export interface ToldPass {
  readonly model: string | null;
  readonly counts: Counts;
}

/** All that an answer reported so far of what it is billed by. */
export interface Told {
  readonly counts: Counts;
  readonly passes: readonly ToldPass[];
  readonly terms: Terms;
}

export const TOLD_NOTHING: Told = { counts: {}, passes: [], terms: NO_TERMS };

/** More than any model reads or writes in one call: who says so does not count. */
const TOKENS_MAX = 100_000_000;

/** Counts by name: whole, not negative, possible. A text, a fraction or a null is no count. */
export const countsIn = (told: Readonly<Record<string, Json | undefined>>): Counts => {
  const counts: Record<string, number> = {};
  for (const name of Object.keys(told)) {
    const count = countOf(told[name]);
    if (count !== null && count <= TOKENS_MAX) counts[name] = count;
  }
  return counts;
};

/** Providers repeat and complete their counts, and some zero them at the end: the largest of each kind is what ran. */
export const largestCounts = (before: Counts, now: Counts): Counts => {
  const counts: Record<string, number> = { ...before };
  for (const [name, count] of Object.entries(now))
    counts[name] = Math.max(count, counts[name] ?? 0);
  return counts;
};

/** What was reported of how the answer is served; what is reported no more stays. */
export const termsAfter = (
  before: Terms,
  now: Readonly<Record<keyof Terms, Json | undefined>>,
): Terms => ({
  model: textOf(now.model) || before.model,
  tier: textOf(now.tier) || before.tier,
  region: textOf(now.region) || before.region,
  speed: textOf(now.speed) || before.speed,
});

/** `part` of a whole, as far as there is room for it; a part larger than its whole is no count. */
export const partOf = (part: number | undefined, whole: number, room: number): number =>
  part === undefined || part > whole ? 0 : Math.min(part, room);
