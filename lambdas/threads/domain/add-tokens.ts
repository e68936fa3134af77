import type { TokenUsage } from '../../ledger/domain/usage.ts';

/** What is left of a count, kind by kind. */
export const subtractTokens = (left: TokenUsage, right: TokenUsage): TokenUsage => ({
  input: left.input - right.input,
  cacheRead: left.cacheRead - right.cacheRead,
  cacheWrite5m: left.cacheWrite5m - right.cacheWrite5m,
  cacheWrite1h: left.cacheWrite1h - right.cacheWrite1h,
  output: left.output - right.output,
  reasoning: left.reasoning - right.reasoning,
  audioInput: left.audioInput - right.audioInput,
  audioOutput: left.audioOutput - right.audioOutput,
});

/** The sum of two counts, kind by kind. */
export const addTokens = (left: TokenUsage, right: TokenUsage): TokenUsage => ({
  input: left.input + right.input,
  cacheRead: left.cacheRead + right.cacheRead,
  cacheWrite5m: left.cacheWrite5m + right.cacheWrite5m,
  cacheWrite1h: left.cacheWrite1h + right.cacheWrite1h,
  output: left.output + right.output,
  reasoning: left.reasoning + right.reasoning,
  audioInput: left.audioInput + right.audioInput,
  audioOutput: left.audioOutput + right.audioOutput,
});
