import { openaiChat } from '../../../lambdas/inference/wires/openai-chat/wire.ts';
import { conforms, type Expected } from '../../support/wire-conformance.ts';
import { openaiProblems } from '../../support/wire-rules.ts';

const usage = { input: 100, output: 20 };
const OK: Expected = { text: 'alpha beta', usage, stop: 'end_turn' };
const CALL: Expected = {
  text: 'lookup{"city":"Oslo"}',
  usage,
  blocks: [{ type: 'tool_use', id: 'call_1', name: 'lookup', input: { city: 'Oslo' } }],
  stop: 'tool_use',
};
const FAILED: Expected = { text: '', usage: null, ended: false, failed: true };

conforms({
  wire: openaiChat,
  models: ['gpt-5', 'gpt-4o', 'gpt-4o-mini', 'gpt-5-mini', 'o3', 'deepseek-v4-pro'],
  problemsOf: openaiProblems,
  answers: {
    ok: OK,
    'ok-whole': OK,
    crlf: OK,
    cr: OK,
    comments: OK,
    nospace: OK,
    bom: OK,
    'azure-first': OK,
    'finish-empty': OK,
    'empty-data': OK,
    'done-blank': OK,
    'done-one-newline': OK,
    'done-twice': OK,
    'no-done': { ...OK, ended: false },
    'no-done-cut': { ...OK, usage: null, ended: false, stop: null },
    'null-usage': OK,
    'null-details': OK,
    'partial-usage': OK,
    'running-usage': OK,
    'usage-twice': OK,
    'choice-usage': OK,
    'usage-with-choices': { ...OK, usage: { input: 1, cacheRead: 64, output: 251 } },
    'cache-write': {
      ...OK,
      usage: { input: 3_000, cacheRead: 2_000, cacheWrite5m: 5_000, output: 100 },
    },
    deepseek: {
      ...OK,
      text: 'alphahmm',
      blocks: [
        { type: 'thinking', thinking: 'hmm' },
        { type: 'text', text: 'alpha' },
      ],
      usage: { input: 400, cacheRead: 600, output: 50, reasoning: 30 },
    },
    'null-counts': { ...OK, usage: { input: 100 } },
    'neg-usage': { ...OK, usage: null },
    'neg-usage-whole': { ...OK, usage: null },
    'neg-cached': OK,
    'neg-empty': { ...OK, text: '', usage: { input: 100 }, blocks: [] },
    'tier-default': { ...OK, usage: { input: 1_000, output: 1_000 } },
    'rejected-predictions': { ...OK, usage: { input: 100, output: 120 } },
    'error-200': FAILED,
    'error-first-done': { ...FAILED, ended: true },
    'usage-after-done': { ...OK, usage: null },
    'null-name': CALL,
    'tool-no-index': CALL,
    'args-object': CALL,
    'args-object-whole': CALL,
    'error-first': FAILED,
    'error-bare': FAILED,
    'error-mid': { ...FAILED, text: 'alpha beta', ended: true },
    'error-tail': { ...OK, usage: null, ended: false, stop: null },
  },
  unknownFrames: [
    'data: {"object":"chat.completion.heartbeat"}\n\n',
    'event: keepalive\ndata: {"choices":[{"index":9,"delta":{"content":null,"hologram":{}}}]}\n\n',
    ': nothing\n\n',
    'id: 7\nretry: 10\n\n',
  ],
  errorFrame: 'data: {"error":{"message":"Refused: a secret prompt","type":"server_error"}}\n\n',
  headers: {
    'content-type': 'application/json',
    authorization: 'Bearer sk-account',
    'x-stainless-os': 'Linux',
    'openai-beta': 'o-1',
  },
});
