import { gemini } from '../../../lambdas/inference/wires/gemini/wire.ts';
import { conforms, type Expected } from '../../support/wire-conformance.ts';
import { geminiProblems } from '../../support/gemini-rules.ts';

/** A stream has no last event of its own. */
const OK: Expected = {
  text: 'alpha beta',
  usage: { input: 100, output: 20 },
  ended: false,
  stop: 'end_turn',
};
const FAILED: Expected = { text: '', usage: null, ended: false, failed: true };
const thought = (thinking: string) => ({ type: 'thinking', thinking }) as const;
const words = { type: 'text', text: 'alpha beta' } as const;
const call = (id: string, city: string) =>
  ({ type: 'tool_use', id, name: 'lookup', input: { city } }) as const;

conforms({
  wire: gemini,
  models: ['gemini-2.5-flash', 'gemini-2.5-pro', 'gemini-3.1-pro-preview', 'gemini-2.0-flash'],
  problemsOf: geminiProblems,
  answers: {
    ok: OK,
    lf: OK,
    bom: OK,
    'stop-everywhere': OK,
    'empty-end': OK,
    'no-parts-end': OK,
    shrinks: OK,
    'no-usage-first': OK,
    thoughts: {
      ...OK,
      text: 'Hm.alpha beta',
      usage: { input: 100, output: 32, reasoning: 12 },
      blocks: [thought('Hm.'), words],
    },
    'thoughts-in-total': { ...OK, usage: { input: 100, output: 32, reasoning: 12 } },
    cached: { ...OK, usage: { input: 40, cacheRead: 60, output: 20 } },
    // Cached audio is billed as audio: its price lies between.
    audio: { ...OK, usage: { audioInput: 64, cacheRead: 36, output: 20 } },
    'tool-use': { ...OK, usage: { input: 130, output: 20 } },
    negative: { ...OK, usage: { input: 100 } },
    call: {
      ...OK,
      text: 'lookup{"city":"Oslo"}',
      blocks: [call('r-1-0', 'Oslo')],
      stop: 'tool_use',
    },
    'calls-signed': {
      ...OK,
      text: 'lookup{"city":"Oslo"}lookup{"city":"Rome"}',
      blocks: [{ ...call('r-1-0', 'Oslo'), signature: 'U0lH' }, call('c-2', 'Rome')],
      stop: 'tool_use',
    },
    'text-signed': { ...OK, blocks: [words, { ...thought(''), signature: 'U0lH' }] },
    blocked: { ...OK, text: '', usage: { input: 100 }, blocks: [], stop: 'content_filter' },
    safety: { ...OK, stop: 'content_filter' },
    'malformed-call': { ...OK, text: '', usage: { input: 100 }, blocks: [], stop: null },
    'max-tokens': {
      ...OK,
      text: '',
      usage: { input: 100, output: 16, reasoning: 16 },
      blocks: [],
      stop: 'max_tokens',
    },
    cut: { ...OK, usage: { input: 100, output: 1 }, stop: null },
    'no-blank-end': OK,
    'error-first': FAILED,
    'error-mid': { ...FAILED, text: 'alpha beta', usage: { input: 100, output: 1 } },
    'ok-whole': OK,
    'list-whole': OK,
    'error-whole': FAILED,
    'error-list': FAILED,
  },
  unknownFrames: [
    'data: {"weather":{"sun":1}}\r\n\r\n',
    'data: {"usageMetadata":{}}\r\n\r\n',
    'data: {"candidates":[{"groundingMetadata":{"webSearchQueries":["x"]},"index":0}]}\r\n\r\n',
    'data: {"candidates":[{"content":{"parts":[{"hologram":{"a":1}}]},"index":0}]}\r\n\r\n',
    ': nothing\r\n\r\n',
  ],
  errorFrame:
    'data: {"error":{"code":503,"message":"a secret prompt","status":"UNAVAILABLE"}}\r\n\r\n',
  headers: {
    'content-type': 'application/json',
    'x-goog-api-key': 'sk-account',
  },
});
