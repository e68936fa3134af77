import { gemini } from '../../lambdas/inference/wires/gemini/wire.ts';

const USAGE = {
  promptTokenCount: 100,
  cachedContentTokenCount: 10,
  candidatesTokenCount: 20,
  toolUsePromptTokenCount: 5,
  thoughtsTokenCount: 5,
  totalTokenCount: 130,
  promptTokensDetails: [{ modality: 'AUDIO', tokenCount: 50 }],
  cacheTokensDetails: [{ modality: 'AUDIO', tokenCount: 5 }],
  candidatesTokensDetails: [{ modality: 'TEXT', tokenCount: 20 }],
  serviceTier: 'standard',
};
const ENVELOPE = {
  usageMetadata: USAGE,
  modelVersion: 'gemini-2.5-flash',
  responseId: 'r-1',
  promptFeedback: { safetyRatings: [] },
  error: null,
};
const WORDS = {
  role: 'model',
  parts: [
    { text: 'hm', thought: true },
    { text: 'alpha', thoughtSignature: 'U0lH' },
    { functionCall: { id: 'c', name: 'f', args: { a: 1 } }, thoughtSignature: 'U0lH' },
  ],
};
const RATING = { category: 'HARM_CATEGORY_HARASSMENT', probability: 'NEGLIGIBLE' };

/** What every field of an answer of Gemini may be put in place of, one after the other. */
export const GEMINI_ANSWER = {
  wire: gemini,
  provider: 'google',
  model: 'gemini-2.5-flash',
  frames: [
    { ...ENVELOPE, candidates: [{ content: WORDS, index: 0, safetyRatings: [RATING] }] },
    { ...ENVELOPE, candidates: [{ content: { parts: [{ text: '' }] }, index: 0 }] },
  ],
  whole: { ...ENVELOPE, candidates: [{ content: WORDS, finishReason: 'STOP', index: 0 }] },
  end: `data: ${JSON.stringify({ candidates: [{ finishReason: 'STOP', index: 0 }] })}\n\n`,
};

const DEAR = 110_000;
const OK = 80_000;
/** What each recorded answer costs, nano-USD; null: what its bytes do not say is estimated. */
export const GEMINI_COSTS: Readonly<Record<string, number | null>> = {
  ok: OK,
  lf: OK,
  bom: OK,
  'stop-everywhere': OK,
  'empty-end': OK,
  'no-parts-end': OK,
  shrinks: OK,
  'no-usage-first': OK,
  call: OK,
  'calls-signed': OK,
  'text-signed': OK,
  safety: OK,
  'no-blank-end': OK,
  'ok-whole': OK,
  'list-whole': OK,
  thoughts: DEAR,
  'thoughts-in-total': DEAR,
  cached: 63_800,
  audio: 115_080,
  'tool-use': 89_000,
  blocked: 30_000,
  'malformed-call': 30_000,
  'max-tokens': 70_000,
  negative: null,
  cut: null,
  'error-mid': null,
  'error-first': 0,
  'error-whole': 0,
  'error-list': 0,
};
