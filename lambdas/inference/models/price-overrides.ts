import type { PricedModel } from './rates.ts';

const LONG_FROM = 272_000;

/** OpenAI's way of pricing: above 272K the input costs twice as much and the output half as much again. */
const gptPrices = (input: number, cacheRead: number, output: number): PricedModel['prices'] => [
  {
    rates: {
      input: [
        [0, input],
        [LONG_FROM, input * 2],
      ],
      output: [
        [0, output],
        [LONG_FROM, output * 1.5],
      ],
      cacheRead: [
        [0, cacheRead],
        [LONG_FROM, cacheRead * 2],
      ],
      // For 12 hours, which costs twice the input; for 30 minutes it would be 1.25 times.
      cacheWrite5m: [
        [0, input * 2],
        [LONG_FROM, input * 4],
      ],
    },
  },
];

/** Anthropic's: a cache is written at 1.25 times the input (an hour: twice) and read at a tenth. */
const claudePrices = (input: number, output: number): PricedModel['prices'] => [
  {
    rates: {
      input,
      output,
      cacheRead: input * 0.1,
      cacheWrite5m: input * 1.25,
      cacheWrite1h: input * 2,
    },
  },
];

const WEEKDAYS = [1, 2, 3, 4, 5];

/**
 * Twice as dear from 01:00 to 04:00 and from 06:00 to 10:00 UTC, Monday to Friday; China's holidays are not, but nobody here
 * knows them: https://api-docs.deepseek.com/quick_start/pricing, as of November 2026.
 */
const deepseekPrices = (
  input: number,
  cacheRead: number,
  output: number,
): PricedModel['prices'] => {
  const busy = { input: input * 2, cacheRead: cacheRead * 2, output: output * 2 };
  return [
    { rates: { input, cacheRead, output } },
    { minutes: [60, 240], weekdays: WEEKDAYS, rates: busy },
    { minutes: [360, 600], weekdays: WEEKDAYS, rates: busy },
  ];
};

/** Own contracts and models that the price data lacks: an entry here wins over the table. Nano-USD a million tokens. */
export const OVERRIDES: readonly PricedModel[] = [
  // https://developers.openai.com/api/docs/models/gpt-6.1-sol, as of 13 October 2026.
  {
    provider: 'openai',
    id: 'gpt-6.1-sol',
    pattern: '^gpt-6\\.1-sol(?:-\\d{4}-\\d{2}-\\d{2})?$',
    contextTokens: 1_050_000,
    prices: gptPrices(2_000_000_000, 100_000_000, 10_000_000_000),
  },
  // https://developers.openai.com/api/docs/pricing, as of 23 November 2026.
  {
    provider: 'openai',
    id: 'gpt-6.2-sol',
    pattern: '^gpt-6\\.2-sol(?:-\\d{4}-\\d{2}-\\d{2})?$',
    contextTokens: 1_050_000,
    prices: gptPrices(2_000_000_000, 100_000_000, 10_000_000_000),
  },
  // https://developers.openai.com/api/docs/models/gpt-6.1-terra, as of 27 October 2026.
  {
    provider: 'openai',
    id: 'gpt-6.1-terra',
    pattern: '^gpt-6\\.1-terra(?:-\\d{4}-\\d{2}-\\d{2})?$',
    contextTokens: 1_050_000,
    prices: gptPrices(1_000_000_000, 50_000_000, 5_000_000_000),
  },
  // https://platform.claude.com/docs/en/models/sonnet-5-5/overview, as of November 2026.
  {
    provider: 'anthropic',
    id: 'claude-sonnet-5-5',
    pattern: '^claude-sonnet-5-5(?:-\\d{8})?$',
    contextTokens: 1_000_000,
    prices: claudePrices(2_000_000_000, 10_000_000_000),
  },
  // https://platform.claude.com/docs/en/models/fable-5-2/overview, as of November 2026.
  {
    provider: 'anthropic',
    id: 'claude-fable-5-2',
    pattern: '^claude-fable-5-2(?:-\\d{8})?$',
    contextTokens: 1_000_000,
    prices: claudePrices(8_000_000_000, 40_000_000_000),
  },
  // The older names are answered by the same model.
  {
    provider: 'deepseek',
    id: 'deepseek-flash',
    pattern: '^deepseek-(?:flash|v4-flash(?:-vision-exp)?)$',
    contextTokens: 1_000_000,
    prices: deepseekPrices(150_000_000, 3_000_000, 600_000_000),
  },
  {
    provider: 'deepseek',
    id: 'deepseek-v4-pro',
    pattern: '^deepseek-v4-pro$',
    contextTokens: 1_000_000,
    prices: deepseekPrices(660_000_000, 22_000_000, 1_980_000_000),
  },
];

/** A model on the caller's own machine costs nothing. */
export const LOCAL_MODEL: PricedModel = {
  provider: 'ollama',
  id: 'local',
  pattern: '',
  prices: [{ rates: { input: 0, output: 0, characters: 0, seconds: 0 } }],
};
