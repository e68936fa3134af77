import type { TurnControls } from '../turn/turn.ts';
import { traitsOf } from './families.ts';

/** All words for how much to think, from the least to the most. */
export const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;
export type Effort = (typeof EFFORTS)[number];

/** What a model that is told how long to think is told for each. */
const BUDGET_TOKENS: Readonly<Record<Effort, number>> = {
  none: 0,
  minimal: 1_024,
  low: 2_048,
  medium: 8_192,
  high: 24_576,
  xhigh: 32_768,
  max: 49_152,
};

/** An effort in the words of a model, and whether they mean the same. */
export interface EffortWish {
  readonly controls: Pick<TurnControls, 'effort' | 'thinking'>;
  readonly isExact: boolean;
}

/**
 * How much to think, for a model that may know other words for it or is told a number of tokens; null: it cannot be told.
 * `mayThink`: nothing else in the request forbids it.
 */
export const effortWish = (model: string, effort: Effort, mayThink: boolean): EffortWish | null => {
  const { efforts, thinking } = traitsOf(model);
  if (effort === 'none' && !efforts.includes(effort))
    return { controls: { thinking: { type: 'disabled' } }, isExact: true };
  const word = nearest(effort, efforts);
  if (word !== null) {
    const thought = thinking === 'adaptive' && mayThink ? { type: 'adaptive' as const } : null;
    return {
      controls: { effort: word, ...(thought === null ? {} : { thinking: thought }) },
      isExact: word === effort,
    };
  }
  if (thinking === null) return null;
  const budgetTokens = BUDGET_TOKENS[effort];
  return { controls: { thinking: { type: 'enabled', budgetTokens } }, isExact: false };
};

/** Of two that are as near the lesser. Never none for some. */
const nearest = (effort: Effort, known: readonly string[]): string | null => {
  const at = EFFORTS.indexOf(effort);
  const [first] = EFFORTS.filter((word) => known.includes(word) && (word !== 'none' || at === 0))
    .map((word) => ({ word, distance: Math.abs(EFFORTS.indexOf(word) - at) }))
    .toSorted((left, right) => left.distance - right.distance);
  return first?.word ?? null;
};
