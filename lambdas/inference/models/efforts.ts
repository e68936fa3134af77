import type { TurnControls } from '../turn/turn.ts';
import { traitsOf } from './families.ts';

/** All words for how much to think, from the least to the most. */
export const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;
export type Effort = (typeof EFFORTS)[number];

export const isEffort = (word: string): word is Effort => EFFORTS.some((effort) => effort === word);

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
    return {
      controls: { effort: word, ...(mayThink ? thoughtBeside(effort, thinking) : {}) },
      isExact: word === effort,
    };
  }
  if (thinking === null) return null;
  const budgetTokens = BUDGET_TOKENS[effort];
  return { controls: { thinking: { type: 'enabled', budgetTokens } }, isExact: false };
};

/** An effort alone is no wish to think where a model is told apart how long to. */
const thoughtBeside = (
  effort: Effort,
  thinking: ReturnType<typeof traitsOf>['thinking'],
): Pick<TurnControls, 'thinking'> => {
  if (thinking === null) return {};
  return thinking === 'adaptive'
    ? { thinking: { type: thinking } }
    : { thinking: { type: 'enabled', budgetTokens: BUDGET_TOKENS[effort] } };
};

/**
 * Of two that are as near the greater, as providers do: https://api-docs.deepseek.com/guides/thinking_mode,
 * https://ai.google.dev/gemini-api/docs/openai. Never none for some.
 */
const nearest = (effort: Effort, known: readonly string[]): string | null => {
  const at = EFFORTS.indexOf(effort);
  const [first] = EFFORTS.filter((word) => known.includes(word) && (word !== 'none' || at === 0))
    .map((word) => ({ word, rank: EFFORTS.indexOf(word) }))
    .map(({ word, rank }) => ({ word, rank, distance: Math.abs(rank - at) }))
    .toSorted((left, right) => left.distance - right.distance || right.rank - left.rank);
  return first?.word ?? null;
};
