import { countsBy, type TokenUsage } from '../../ledger/domain/usage.ts';

/** What is left of a count, kind by kind. */
export const subtractTokens = (left: TokenUsage, right: TokenUsage): TokenUsage =>
  countsBy((kind) => left[kind] - right[kind]);

/** The sum of two counts, kind by kind. */
export const addTokens = (left: TokenUsage, right: TokenUsage): TokenUsage =>
  countsBy((kind) => left[kind] + right[kind]);
