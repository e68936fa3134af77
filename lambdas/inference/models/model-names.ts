/**
 * Names under which providers answer a chat today, as their SDKs list them (openai 7.57, @anthropic-ai/sdk 1.13), without the
 * withdrawn ones, those of other wires, and those of models that answer on Responses alone. A new name is one word here.
 * https://developers.openai.com/api/docs/deprecations, https://platform.claude.com/docs/en/about-claude/model-deprecations,
 * https://api-docs.deepseek.com/quick_start/pricing, https://ai.google.dev/gemini-api/docs/models
 */
const NAMES = [
  'gpt-6-astra',
  'gpt-6.2-sol',
  'gpt-6.1-sol',
  'gpt-6.1-terra',
  'gpt-6-sol',
  'gpt-6-luna',
  'gpt-5.6-sol',
  'gpt-5.6-terra',
  'gpt-5.6-luna',
  'gpt-5.5',
  'gpt-5.5-2026-04-23',
  'gpt-5.4',
  'gpt-5.4-mini',
  'gpt-5.4-nano',
  'gpt-5.4-mini-2026-03-17',
  'gpt-5.4-nano-2026-03-17',
  'gpt-5.3-chat-latest',
  'gpt-5.2',
  'gpt-5.2-2025-12-11',
  'gpt-5.2-chat-latest',
  'gpt-5.1',
  'gpt-5.1-2025-11-13',
  'gpt-5.1-chat-latest',
  'gpt-5',
  'gpt-5-mini',
  'gpt-5-nano',
  'gpt-5-2025-08-07',
  'gpt-5-mini-2025-08-07',
  'gpt-5-nano-2025-08-07',
  'gpt-5-chat-latest',
  'gpt-4.1',
  'gpt-4.1-mini',
  'gpt-4.1-nano',
  'gpt-4.1-2025-04-14',
  'gpt-4.1-mini-2025-04-14',
  'gpt-4.1-nano-2025-04-14',
  'o4-mini',
  'o4-mini-2025-04-16',
  'o3',
  'o3-2025-04-16',
  'o3-mini',
  'o3-mini-2025-01-31',
  'o1',
  'o1-2024-12-17',
  'gpt-4o',
  'gpt-4o-2024-11-20',
  'gpt-4o-2024-08-06',
  'gpt-4o-2024-05-13',
  'gpt-4o-mini',
  'gpt-4o-mini-2024-07-18',
  'gpt-4-turbo',
  'gpt-4-turbo-2024-04-09',
  'gpt-4',
  'gpt-4-0613',
  'gpt-3.5-turbo',
  'gpt-3.5-turbo-0125',
  'claude-fable-5-2',
  'claude-mythos-5-2',
  'claude-haiku-5-5',
  'claude-sonnet-5-5',
  'claude-fable-5-1',
  'claude-opus-5-5',
  'claude-mythos-5-1',
  'claude-sonnet-5',
  'claude-fable-5',
  'claude-mythos-5',
  'claude-opus-5',
  'claude-opus-4-8',
  'claude-opus-4-7',
  'claude-opus-4-6',
  'claude-sonnet-4-6',
  'claude-haiku-4-5',
  'claude-haiku-4-5-20251001',
  'claude-opus-4-5',
  'claude-opus-4-5-20251101',
  'claude-sonnet-4-5',
  'claude-sonnet-4-5-20250929',
  'deepseek-flash',
  'deepseek-v4-flash',
  'deepseek-v4-pro',
  'gemini-3.8-flash',
  'gemini-3.7-flash',
  'gemini-3.6-flash',
  'gemini-3.5-flash',
  'gemini-3.5-flash-lite',
  'gemini-3.1-pro-preview',
  'gemini-3.1-flash-lite',
  'gemini-2.5-pro',
  'gemini-2.5-flash',
  'gemini-2.5-flash-lite',
] as const;

/** When the list above was read: the date of a name without one. */
const READ_AT_MS = Date.UTC(2026, 10, 29);

export interface ModelName {
  readonly id: string;
  /** The date in the name, or in the first dated name of the same model. Epoch ms. */
  readonly createdAtMs: number;
}

const dateOf = (name: string): number | null => {
  const [, year, month, day] = /-(20\d\d)-?(\d\d)-?(\d\d)$/.exec(name) ?? [];
  return year === undefined ? null : Date.UTC(Number(year), Number(month) - 1, Number(day));
};

const datesOf = (name: string): readonly number[] =>
  NAMES.filter((other) => other.startsWith(`${name}-20`)).flatMap((other) => dateOf(other) ?? []);

/** Any name, dated as well as the list can. */
export const datedName = (id: string): ModelName => ({
  id,
  createdAtMs: dateOf(id) ?? Math.min(...datesOf(id), READ_AT_MS),
});

/** The newest first; of one day as their provider lists them. */
export const MODEL_NAMES: readonly ModelName[] = NAMES.map(datedName).toSorted(
  (left, right) => right.createdAtMs - left.createdAtMs,
);
