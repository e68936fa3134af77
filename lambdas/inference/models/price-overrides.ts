import type { PricedModel } from './prices.ts';

/** Own contracts and models that the price data lacks: an entry here wins over the table. */
export const OVERRIDES: readonly PricedModel[] = [];

/** A model on the caller's own machine costs nothing. */
export const LOCAL_MODEL: PricedModel = {
  provider: 'ollama',
  id: 'local',
  pattern: '',
  prices: [{ rates: { input: [[0, 0]], output: [[0, 0]] } }],
};

/**
 * The most a model may put out in one call; first match counts, unknown models get 4,096.
 * Sources: platform.openai.com/docs/models, docs.anthropic.com/en/docs/about-claude/models, api-docs.deepseek.com.
 */
export const OUTPUT_LIMITS: readonly {
  readonly pattern: RegExp;
  readonly maxOutputTokens: number;
  readonly isReasoning: boolean;
}[] = [
  { pattern: /^(gpt-5.*-chat|gpt-chat)/, maxOutputTokens: 16_384, isReasoning: false },
  { pattern: /^gpt-[5-9]/, maxOutputTokens: 128_000, isReasoning: true },
  { pattern: /^o\d/, maxOutputTokens: 100_000, isReasoning: true },
  { pattern: /^gpt-4\.1/, maxOutputTokens: 32_768, isReasoning: false },
  { pattern: /^gpt-4o-2024-05-13/, maxOutputTokens: 4_096, isReasoning: false },
  { pattern: /^(gpt-4o|chatgpt-4o)/, maxOutputTokens: 16_384, isReasoning: false },
  { pattern: /^gpt-4$/, maxOutputTokens: 8_192, isReasoning: false },
  { pattern: /^claude-(3-opus|3-sonnet|3-haiku|2)/, maxOutputTokens: 4_096, isReasoning: false },
  { pattern: /^claude-3-5/, maxOutputTokens: 8_192, isReasoning: false },
  { pattern: /^claude-(opus-4-[01]|opus-4-2)/, maxOutputTokens: 32_000, isReasoning: false },
  { pattern: /^claude-/, maxOutputTokens: 64_000, isReasoning: false },
  { pattern: /^deepseek-(reasoner|r1)/, maxOutputTokens: 64_000, isReasoning: true },
  { pattern: /^deepseek-/, maxOutputTokens: 8_192, isReasoning: false },
];
