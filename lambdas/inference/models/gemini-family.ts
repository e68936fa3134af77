import type { Family } from './families.ts';
import { PLAIN } from './plain-traits.ts';

/**
 * Limits: https://ai.google.dev/gemini-api/docs/models
 * Images: 16 tiles of 768 pixels and the whole, of 258 tokens each, https://ai.google.dev/gemini-api/docs/tokens; from Gemini 3
 * on 2,240 at the highest resolution, https://ai.google.dev/gemini-api/docs/media-resolution
 * Thinking: https://ai.google.dev/gemini-api/docs/thinking
 * Schemas: https://ai.google.dev/gemini-api/docs/structured-output
 */
export const GEMINI: Family = {
  pattern: /^gemini-/,
  provider: 'google',
  wire: 'gemini',
  cheapModel: 'gemini-2.5-flash-lite',
  cheapEffort: null,
  elsewhere: null,
  // Gemini 3.1 Flash-Lite, of the medians of Artificial Analysis: https://artificialanalysis.ai/models/gemini-3-1-flash-lite
  tokensPerSecond: 380,
  showsThoughts: false,
  thinkingField: 'thinking',
  traits: (name) => ({
    ...PLAIN,
    temperatureMax: 2,
    choosesParallelCalls: false,
    readsDocuments: true,
    hears: SOUNDS,
    efforts: geminiEfforts(name),
    thinking: geminiEfforts(name).length === 0 ? null : 'budget',
    outputs: ['object', 'schema'],
  }),
  outputLimits: [
    [/^gemini-(1|2\.0|pro|flash)/, { maxOutputTokens: 8_192, isReasoning: false }],
    [/^gemini-(2\.5|3\.1|3\.5)-flash-lite/, { maxOutputTokens: 65_536, isReasoning: false }],
    [/^gemini-/, { maxOutputTokens: 65_536, isReasoning: true }],
  ],
  windowTokens: [[/^gemini-/, 1_048_576]],
  imageTokens: [
    [/^gemini-(1|2|pro|flash)/, 4_386],
    [/^gemini-/, 2_240],
  ],
  tokenizers: [],
  wantsCompletionLimit: () => false,
};

/** https://ai.google.dev/gemini-api/docs/audio#supported-formats */
const SOUNDS = ['wav', 'mpeg', 'aiff', 'aac', 'ogg', 'flac'].map((type) => `audio/${type}`);

/** Before Gemini 3 a number of tokens, which the words stand for; then levels. Pro cannot leave it. */
const geminiEfforts = (name: string): readonly string[] => {
  if (/^gemini-(1|2\.0)/.test(name)) return [];
  const isPro = name.includes('-pro');
  if (name.startsWith('gemini-2'))
    return isPro ? ['low', 'medium', 'high'] : ['none', 'low', 'medium', 'high'];
  if (isPro) return name.startsWith('gemini-3-pro') ? ['low', 'high'] : ['low', 'medium', 'high'];
  return ['minimal', 'low', 'medium', 'high'];
};
