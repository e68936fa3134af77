import { anthropicMessages } from '../../../lambdas/inference/wires/anthropic-messages/wire.ts';
import { conforms, type Expected } from '../../support/wire-conformance.ts';
import { anthropicProblems } from '../../support/wire-rules.ts';

const OK: Expected = {
  text: 'alpha beta',
  usage: { input: 100, output: 20 },
  stop: 'end_turn',
};
const FAILED: Expected = { text: '', usage: null, ended: false, failed: true };

conforms({
  wire: anthropicMessages,
  models: ['claude-opus-5', 'claude-sonnet-4-6'],
  problemsOf: anthropicProblems,
  answers: {
    'told-twice': { ...OK, usage: { input: 300, cacheRead: 500, cacheWrite5m: 40, output: 20 } },
    bom: { ...OK, usage: { input: 1_000, output: 20 } },
    'first-zero': { ...OK, usage: { input: 11, output: 5 } },
    'no-stop': { ...OK, ended: false },
    'thinking-details': { ...OK, usage: { input: 100, output: 20, reasoning: 12 } },
    compaction: { ...OK, usage: { input: 203_000, output: 4_500 } },
    search: { ...OK, usage: { input: 1_000, output: 100, searches: 5 } },
    'later-zero': { ...OK, usage: { input: 1_000, cacheRead: 500, output: 20 } },
    '200k': { ...OK, usage: { input: 200_000, output: 100 } },
    '200k-cached': { ...OK, usage: { input: 1, cacheRead: 200_000, output: 100 } },
    'hour-no-split': { ...OK, usage: { input: 10, cacheWrite5m: 100_000, output: 20 } },
    // What came in is estimated when it settles; what went out stands as told.
    neg: { ...OK, usage: { output: 20 } },
    'error-first': FAILED,
    'error-mid': { ...FAILED, text: 'alpha beta', usage: { input: 100 } },
  },
  unknownFrames: [
    'event: weather\ndata: {"type":"weather","delta":{"sun":1},"usage":{}}\n\n',
    'event: ping\ndata: {"type":"ping"}\n\n',
    'data: {"type":"content_block_stop","index":41}\n\n',
    ': nothing\n\n',
  ],
  errorFrame:
    'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"a secret prompt"}}\n\n',
  headers: {
    'anthropic-version': '2023-06-01',
    'content-type': 'application/json',
    'x-api-key': 'sk-account',
    'x-stainless-os': 'Linux',
    'anthropic-beta': 'b-1',
  },
});
