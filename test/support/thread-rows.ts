import { NO_TOKENS, type Settlement } from '../../lambdas/ledger/domain/usage.ts';
import { newThread } from '../../lambdas/threads/domain/new-thread.ts';
import type { ThreadPlace } from '../../lambdas/threads/domain/thread-ids.ts';
import type {
  MessageStep,
  NewTurn,
  Run,
  RunEnd,
  RunSettings,
  Thread,
} from '../../lambdas/threads/domain/thread.ts';
import { settlementOf } from './key-items.ts';

export const PLACE: ThreadPlace = {
  projectId: 'p#1',
  endUserId: 'ada#T#_',
  threadId: `thread_${'0'.repeat(20)}`,
};

export const SETTINGS: RunSettings = {
  model: 'gpt-4o-mini',
  system: null,
  maxTokens: 100,
  temperature: null,
  toolsMode: 'none',
  toolIds: [],
  clientTools: [],
  loopMax: 4,
  clientCalls: 'wait',
  controls: {},
  onInterrupt: 'end',
  feature: null,
  dialects: { native: 1 },
  echo: {},
};

export const thread = (nowMs: number): Thread =>
  newThread(PLACE, nowMs, { title: 'first', metadata: { a: '1' } });

export const newRun = (nowMs: number): Run => ({
  ...PLACE,
  seq: 2,
  status: 'active',
  epoch: 1,
  writer: 'post',
  leaseUntilMs: nowMs + 15_000,
  previousRun: 0,
  starts: 0,
  keyId: 'key_a',
  requestId: 'r',
  settings: SETTINGS,
  hold: {
    holdId: 'h',
    keyId: 'key_a',
    window: 'lifetime',
    amountNanoUsd: 10,
    heldAtMs: nowMs,
    expiresAtMs: nowMs + 60_000,
    provider: 'openai',
    model: 'gpt-4o-mini',
  },
  unsettled: null,
  usage: NO_TOKENS,
  costNanoUsd: 0,
  stopReason: null,
  cancelAskedAtMs: null,
  createdAtMs: nowMs,
  endedAtMs: null,
  eventCount: null,
  hiddenAtMs: null,
});

export const step = (nowMs: number): Omit<MessageStep, 'seq' | 'step'> => ({
  isAnswer: false,
  role: 'user',
  content: [{ type: 'text', text: 'hello' }],
  status: 'complete',
  stopReason: null,
  model: null,
  provider: null,
  usage: null,
  costNanoUsd: 0,
  requestId: 'r',
  createdAtMs: nowMs,
  completedAtMs: nowMs,
  omissions: [],
  tools: [],
  removed: [],
});

export const newTurn = (requestId: string, nowMs: number): NewTurn => ({
  place: PLACE,
  record: { requestId, bodyHash: 'hash', expiresAtMs: nowMs + 7 * 86_400_000 },
  messages: [step(nowMs)],
  supersedesFrom: null,
  run: newRun(nowMs),
  seenLastSeq: null,
  afterSeq: null,
  concurrency: 'queue',
});

export const SETTLEMENT: Settlement = settlementOf('h', 5, 0);

export const runEnd = (run: Run, nowMs: number): RunEnd => {
  const terminal = {
    type: 'run.completed',
    stop_reason: 'end_turn',
    usage: NO_TOKENS,
    cost_micros: 1,
  } as const;
  return {
    status: 'complete',
    terminal: 'run.completed',
    firstIndex: 0,
    events: [terminal],
    log: [terminal],
    steps: [{ ...step(nowMs), seq: run.seq, step: 0, isAnswer: true, role: 'assistant' }],
    stopReason: 'end_turn',
    hold: run.hold,
    unsettled: SETTLEMENT,
    usage: NO_TOKENS,
    costNanoUsd: 5,
    nowMs,
  };
};
