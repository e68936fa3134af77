import * as z from 'zod';
import { queryNumber } from '../../../../http/query-number.ts';
import { itemKeyText } from '../../../../http/item-key-text.ts';
import type { Block } from '../../../../inference/turn/turn.ts';
import { NO_TOKENS, storedCounts, type StoredCounts } from '../../../../ledger/domain/usage.ts';
import { addTokens } from '../../../domain/add-tokens.ts';
import type { RunView } from './native-schemas.ts';
import { microsFromNanoUsd } from '../../../../shared/money.ts';
import { isSuperseded } from '../../../domain/select-context.ts';
import { PAGE_MESSAGES_MAX, REASON_CHARS_MAX } from '../../../domain/limits.ts';
import type { MessageStep, Run, SupersededRange } from '../../../domain/thread.ts';
import { messageIdOf, runIdOf } from '../../../domain/thread-ids.ts';
import { turnBody, turnSettings } from '../../../formats/turn-settings.ts';
import { contentSchema, resultContentSchema } from '../../../formats/read-content.ts';

export const postMessageBody = z.strictObject({ content: contentSchema, ...turnSettings });
export const regenerateBody = turnBody;
export const appendBody = z.strictObject({
  run: z.literal(false),
  role: z.enum(['user', 'assistant', 'system']).default('user'),
  content: contentSchema,
  model: z.string().max(256).optional(),
  request_id: itemKeyText.optional(),
});
export const toolResultBody = z.union([
  z.strictObject({ content: resultContentSchema, is_error: z.boolean().optional() }),
  z.strictObject({ approve: z.boolean(), reason: z.string().max(REASON_CHARS_MAX).optional() }),
]);

const seq = queryNumber(0, 9_999_999_999);
export const historyQuery = z.strictObject({
  limit: queryNumber(1, PAGE_MESSAGES_MAX).default(50),
  before_seq: seq.optional(),
  after_seq: seq.optional(),
  order: z.enum(['asc', 'desc']).default('asc'),
  cursor: z.string().max(1_024).optional(),
  view: z.enum(['user', 'audit']).default('user'),
});

/** One message with all its steps. */
export interface MessageView {
  readonly threadId: string;
  readonly endUserId: string | null;
  readonly steps: readonly MessageStep[];
  readonly superseded: readonly SupersededRange[];
  readonly resumeCursor: string | null;
}

/** A message row. `user` merges the steps of an answer; `audit` shows each, with what was left out and how tools went. */
export const renderMessage = (view: MessageView, kind: 'user' | 'audit'): object => {
  const { threadId, steps } = view;
  const [first] = steps;
  const last = steps.at(-1);
  if (first === undefined || last === undefined) return {};
  const by = view.superseded.find(
    ({ fromSeq, toSeq }) => first.seq >= fromSeq && first.seq <= toSeq,
  );
  const tools = steps.flatMap(toolsOf);
  return {
    id: messageIdOf(threadId, first.seq),
    object: 'message',
    thread_id: threadId,
    seq: first.seq,
    role: first.role,
    content: steps.flatMap(kept).map(shown),
    ...(tools.length === 0 ? {} : { tools }),
    status: last.status,
    ...(view.resumeCursor === null ? {} : { resume_cursor: view.resumeCursor }),
    stop_reason: last.stopReason,
    model: steps.findLast((step) => step.model !== null)?.model ?? null,
    provider: steps.findLast((step) => step.provider !== null)?.provider ?? null,
    ...routeOf(steps),
    usage: usageOf(steps),
    cost_micros: microsFromNanoUsd(steps.reduce((sum, step) => sum + BigInt(step.costNanoUsd), 0n)),
    request_id: first.requestId,
    run_id: first.isAnswer ? runIdOf(threadId, first.seq) : null,
    end_user_id: view.endUserId,
    created_at: first.createdAtMs,
    completed_at: last.completedAtMs,
    ...(by === undefined ? {} : { superseded_by: by.bySeq }),
    ...(kind === 'audit' ? { steps: steps.map(stepView) } : {}),
  };
};

export const isHidden = (ranges: readonly SupersededRange[], messageSeq: number): boolean =>
  isSuperseded(ranges, messageSeq, Number.MAX_SAFE_INTEGER);

const routeOf = (steps: readonly MessageStep[]): object => {
  const route = steps.findLast((step) => step.route !== undefined)?.route;
  return route === undefined ? {} : { route };
};

const usageOf = (steps: readonly MessageStep[]): StoredCounts | null => {
  const told = steps.flatMap(({ usage }) => usage ?? []);
  return told.length === 0 ? null : storedCounts(told.reduce(addTokens, NO_TOKENS));
};

const stepView = (step: MessageStep): object => ({
  step: step.step,
  role: step.role,
  content: step.content,
  ...(step.removed.length === 0 ? {} : { removed: step.removed }),
  status: step.status,
  stop_reason: step.stopReason,
  model: step.model,
  provider: step.provider,
  ...routeOf([step]),
  usage: step.usage && storedCounts(step.usage),
  cost_micros: microsFromNanoUsd(step.costNanoUsd),
  omissions: step.omissions,
  tools: toolsOf(step),
});

const toolsOf = ({ tools }: MessageStep): readonly object[] =>
  tools.map(({ toolUseId, name, status, latencyMs, attempts }) => ({
    tool_use_id: toolUseId,
    name,
    status,
    latency_ms: latencyMs,
    attempts,
  }));

const kept = ({ content, removed }: MessageStep): readonly Block[] =>
  content.filter((_, index) => !removed.includes(index));

/** Signatures are for the model that thought, not for people. */
const shown = (block: Block): Block => {
  if (block.type !== 'thinking') return block;
  return { type: 'thinking', thinking: block.thinking };
};

/** A run on the wire. */
export const runView = (run: Run): RunView => ({
  id: runIdOf(run.threadId, run.seq),
  object: 'run',
  thread_id: run.threadId,
  seq: run.seq,
  status: run.status,
  stop_reason: run.stopReason,
  model: run.settings.model,
  usage: storedCounts(run.usage),
  cost_micros: microsFromNanoUsd(run.costNanoUsd),
  request_id: run.requestId,
  created_at: run.createdAtMs,
  ended_at: run.endedAtMs,
});
