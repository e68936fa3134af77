import { countsBy, NO_TOKENS, type TokenUsage } from '../../ledger/domain/usage.ts';

/** One run of a model that a provider bills; nearly every answer is one. */
export interface Pass {
  /** Which model ran, where the bill itself names it; null: the one of the answer. */
  readonly model: string | null;
  readonly tokens: TokenUsage;
}

/** What an answer says of how it was served, in its provider's words; null: nothing. */
export interface Terms {
  readonly model: string | null;
  readonly tier: string | null;
  readonly region: string | null;
  readonly speed: string | null;
}
export const NO_TERMS: Terms = { model: null, tier: null, region: null, speed: null };

/** What an answer is billed by. */
export interface Bill {
  readonly passes: readonly Pass[];
  readonly terms: Terms;
  /** Output that was reported before the answer: of one whose end reports none it is at least so much. */
  readonly outputMin?: number;
}

export const NO_BILL: Bill = { passes: [], terms: NO_TERMS };

/** Counts of all passes together. */
export const totalOf = ({ passes }: Bill): TokenUsage =>
  passes.reduce((sum, { tokens }) => addCounts(sum, tokens), NO_TOKENS);

/** A bill with so many tokens more, as if its first pass had reported them. */
export const withTokens = ({ passes, terms }: Bill, more: TokenUsage): Bill => {
  const [first, ...rest] = passes;
  const model = first?.model ?? null;
  const tokens = first === undefined ? more : addCounts(first.tokens, more);
  return { passes: [{ model, tokens }, ...rest], terms };
};

const addCounts = (left: TokenUsage, right: TokenUsage): TokenUsage =>
  countsBy((kind) => left[kind] + right[kind]);
