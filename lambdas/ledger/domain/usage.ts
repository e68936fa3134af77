/**
 * Tokens of one call by kind. The kinds never overlap: `input` is what was neither read from nor written to a cache,
 * `output` includes reasoning (OpenAI and Gemini count cached tokens inside their input, Anthropic does not:
 * the formats subtract, so that this type means one thing).
 */
export interface TokenUsage {
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
  readonly output: number;
  /** Part of `output`, for show; never priced again. */
  readonly reasoning: number;
  readonly audioInput: number;
  readonly audioOutput: number;
}

export const NO_TOKENS: TokenUsage = {
  input: 0,
  cacheRead: 0,
  cacheWrite5m: 0,
  cacheWrite1h: 0,
  output: 0,
  reasoning: 0,
  audioInput: 0,
  audioOutput: 0,
};

export type SettlementStatus =
  | 'completed'
  | 'cancelled'
  | 'deadline'
  | 'provider_error'
  | 'released'
  | 'expired';

/** What one call cost and how it went: `last` in the key's item, and the usage event made from it. */
export interface Settlement {
  readonly holdId: string;
  readonly requestId: string;
  readonly keyId: string;
  readonly projectId: string;
  readonly model: string;
  readonly provider: string;
  readonly tokens: TokenUsage;
  readonly costNanoUsd: number;
  /** true: the provider sent no usage and the tokens were counted here. */
  readonly estimated: boolean;
  readonly status: SettlementStatus;
  readonly startedAtMs: number;
  readonly settledAtMs: number;
  readonly firstTokenMs: number | null;
  readonly totalMs: number;
  readonly feature: string | null;
  readonly threadId: string | null;
  readonly endUserId: string | null;
}
