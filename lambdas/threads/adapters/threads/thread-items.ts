import * as z from 'zod';
import { settlementSchema, tokensSchema } from '../../../ledger/domain/settlement.ts';
import type {
  Block,
  Json,
  Omission,
  TurnControls,
  TurnTool,
} from '../../../inference/turn/turn.ts';
import { NO_TOKENS, storedCounts } from '../../../ledger/domain/usage.ts';
import type { RunStopReason } from '../../domain/run-event.ts';
import type { ThreadPlace } from '../../domain/thread-ids.ts';
import { MESSAGE_STATUSES, RUN_STATUSES } from '../../domain/thread.ts';
import type { ForkOrigin, MessageStep, Run, Thread, ToolTrace } from '../../domain/thread.ts';
import type { Item } from '../../../platform/tables/tables.ts';
import { activityKey, metaKey, runKey, stepKey } from './thread-keys.ts';

const SCHEMA = 1;
const SWEEP_SHARDS = 16;

const threadItem = z.object({
  title: z.string().nullable(),
  metadata: z.record(z.string(), z.string()),
  last_seq: z.number(),
  active_run: z.number().optional(),
  last_run: z.number().default(0),
  queue: z.array(z.number()),
  superseded: z.array(z.tuple([z.number(), z.number(), z.number()])),
  rev: z.number(),
  created_at: z.number(),
  last_active_at: z.number(),
  deleted_at: z.number().optional(),
  forked_from: z.tuple([z.string(), z.number()]).optional(),
  wants_title: z.boolean().optional(),
  expires_at: z.number().optional(),
});
/** A thread with the revision of its runs, for the writes that depend on it, and the run that was at work last. */
export type StoredThread = Thread & { readonly rev: number; readonly lastRun: number };

export const listSk = (atMs: number, id: string): string =>
  `${String(atMs).padStart(15, '0')}#${id}`;

export const itemOfThread = (thread: Thread): Item => ({
  ...metaKey(thread),
  schema: SCHEMA,
  title: thread.title,
  metadata: thread.metadata,
  last_seq: thread.lastSeq,
  queue: [...thread.queue],
  superseded: [],
  ...(thread.forkedFrom === undefined
    ? {}
    : { forked_from: [thread.forkedFrom.threadId, thread.forkedFrom.seq] }),
  ...(thread.wantsTitle === true ? { wants_title: true } : {}),
  rev: 0,
  created_at: thread.createdAtMs,
  last_active_at: thread.lastActiveAtMs,
  ...(thread.expiresAtMs === undefined
    ? {
        list_pk: activityKey(thread),
        list_sk: listSk(thread.lastActiveAtMs, thread.threadId),
      }
    : {
        expires_at: thread.expiresAtMs,
        sweep_at: thread.expiresAtMs,
        sweep_shard: sweepShard(thread.threadId),
      }),
});

export const threadOf = (place: ThreadPlace, item: Item): StoredThread => {
  const stored = threadItem.parse(item);
  return {
    projectId: place.projectId,
    endUserId: place.endUserId,
    threadId: place.threadId,
    title: stored.title,
    metadata: stored.metadata,
    lastSeq: stored.last_seq,
    activeRun: stored.active_run ?? null,
    queue: stored.queue,
    superseded: stored.superseded.map(([fromSeq, toSeq, bySeq]) => ({ fromSeq, toSeq, bySeq })),
    createdAtMs: stored.created_at,
    lastActiveAtMs: stored.last_active_at,
    deletedAtMs: stored.deleted_at ?? null,
    ...(stored.wants_title === true ? { wantsTitle: true } : {}),
    ...(stored.forked_from === undefined ? {} : { forkedFrom: forkOrigin(stored.forked_from) }),
    ...(stored.expires_at === undefined ? {} : { expiresAtMs: stored.expires_at }),
    rev: stored.rev,
    lastRun: stored.last_run,
  };
};

const forkOrigin = ([threadId, seq]: readonly [string, number]): ForkOrigin => ({ threadId, seq });

export const callHold = z.object({
  holdId: z.string(),
  keyId: z.string(),
  window: z.string(),
  amountNanoUsd: z.number(),
  heldAtMs: z.number(),
  expiresAtMs: z.number(),
  provider: z.string(),
  model: z.string(),
});
const runHold = callHold.extend({
  wire: z.string().optional(),
  dialect: z.string().optional(),
});

export const stopReason = z.custom<RunStopReason>((value) => typeof value === 'string');

const settings = z.object({
  model: z.string(),
  system: z.string().nullable(),
  maxTokens: z.number().nullable(),
  temperature: z.number().nullable(),
  toolsMode: z.enum(['none', 'tenant', 'explicit', 'client', 'dynamic']),
  toolIds: z.array(z.string()),
  clientTools: z.array(z.custom<TurnTool>((value) => typeof value === 'object')),
  loopMax: z.number(),
  clientCalls: z.enum(['wait', 'end']).default('wait'),
  controls: z.custom<TurnControls>((value) => typeof value === 'object').default({}),
  onInterrupt: z.enum(['end', 'retry']),
  feature: z.string().nullable(),
  wantsTitle: z.boolean().optional(),
  endsWait: z.boolean().optional(),
  isSimulated: z.boolean().optional(),
  dialects: z.record(z.string(), z.number()).default({}),
  echo: z.record(z.string(), z.custom<Json>()).default({}),
});

const runItem = z.object({
  seq: z.number(),
  status: z.enum(RUN_STATUSES),
  epoch: z.number(),
  writer: z.string().nullable(),
  lease_until: z.number(),
  previous_run: z.number().nullish(),
  starts: z.number(),
  key_id: z.string(),
  request_id: z.string(),
  settings: z.string(),
  hold: runHold.nullish(),
  unsettled: settlementSchema.nullish(),
  usage: tokensSchema.nullish(),
  cost: z.number(),
  stop_reason: stopReason.nullish(),
  cancel_at: z.number().nullish(),
  created_at: z.number(),
  ended_at: z.number().nullish(),
  event_count: z.number().nullish(),
  hidden_at: z.number().nullish(),
});

export const sweepShard = (threadId: string): string =>
  `SWEEP#${Array.from(threadId).reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % SWEEP_SHARDS}`;
export const sweepShards = (): readonly string[] =>
  Array.from({ length: SWEEP_SHARDS }, (_, shard) => `SWEEP#${shard}`);

export const itemOfRun = (run: Run, sweepAtMs: number | null): Item => ({
  ...runKey(run),
  schema: SCHEMA,
  seq: run.seq,
  status: run.status,
  epoch: run.epoch,
  writer: run.writer,
  lease_until: run.leaseUntilMs,
  previous_run: run.previousRun,
  starts: run.starts,
  key_id: run.keyId,
  request_id: run.requestId,
  settings: JSON.stringify(run.settings),
  hold: run.hold,
  cost: run.costNanoUsd,
  created_at: run.createdAtMs,
  ...(sweepAtMs === null ? {} : { sweep_shard: sweepShard(run.threadId), sweep_at: sweepAtMs }),
});

export const runOf = (place: ThreadPlace, item: Item): Run => {
  const stored = runItem.parse(item);
  return {
    projectId: place.projectId,
    endUserId: place.endUserId,
    threadId: place.threadId,
    seq: stored.seq,
    status: stored.status,
    epoch: stored.epoch,
    writer: stored.writer,
    leaseUntilMs: stored.lease_until,
    previousRun: stored.previous_run ?? null,
    starts: stored.starts,
    keyId: stored.key_id,
    requestId: stored.request_id,
    settings: settings.parse(JSON.parse(stored.settings)),
    hold: stored.hold ?? null,
    unsettled: stored.unsettled ?? null,
    usage: stored.usage ?? NO_TOKENS,
    costNanoUsd: stored.cost,
    stopReason: stored.stop_reason ?? null,
    cancelAskedAtMs: stored.cancel_at ?? null,
    createdAtMs: stored.created_at,
    endedAtMs: stored.ended_at ?? null,
    eventCount: stored.event_count ?? null,
    hiddenAtMs: stored.hidden_at ?? null,
  };
};

const stepItem = z.object({
  seq: z.number(),
  step: z.number(),
  answer: z.boolean(),
  role: z.enum(['user', 'assistant', 'system', 'tool']),
  content: z.string(),
  status: z.enum(MESSAGE_STATUSES),
  stop_reason: stopReason.nullish(),
  model: z.string().nullish(),
  provider: z.string().nullish(),
  usage: tokensSchema.nullish(),
  cost: z.number(),
  request_id: z.string().nullish(),
  created_at: z.number(),
  completed_at: z.number().nullish(),
  omissions: z.string().optional(),
  tools: z.string().optional(),
  removed: z.array(z.number()).default([]),
  route: z.string().optional(),
});

const blocks = z.array(
  z.custom<Block>((value) => typeof value === 'object' && value !== null && 'type' in value),
);
const omissions = z.array(
  z.custom<Omission>((value) => typeof value === 'object' && value !== null && 'kind' in value),
);
const tools = z.array(
  z.object({
    toolUseId: z.string(),
    name: z.string(),
    status: z.enum(['completed', 'failed', 'timed_out', 'cancelled', 'denied']),
    latencyMs: z.number(),
    attempts: z.number(),
  }) satisfies z.ZodType<ToolTrace>,
);

export const itemOfStep = (place: ThreadPlace, step: MessageStep): Item => ({
  ...stepKey(place, step.seq, step.step),
  schema: SCHEMA,
  seq: step.seq,
  step: step.step,
  answer: step.isAnswer,
  role: step.role,
  content: JSON.stringify(step.content),
  status: step.status,
  stop_reason: step.stopReason,
  model: step.model,
  provider: step.provider,
  usage: step.usage === null ? null : storedCounts(step.usage),
  cost: step.costNanoUsd,
  request_id: step.requestId,
  created_at: step.createdAtMs,
  completed_at: step.completedAtMs,
  ...(step.omissions.length === 0 ? {} : { omissions: JSON.stringify(step.omissions) }),
  ...(step.tools.length === 0 ? {} : { tools: JSON.stringify(step.tools) }),
  ...(step.removed.length === 0 ? {} : { removed: step.removed }),
  ...(step.route === undefined ? {} : { route: step.route }),
});

export const stepOf = (item: Item): MessageStep => {
  const stored = stepItem.parse(item);
  return {
    seq: stored.seq,
    step: stored.step,
    isAnswer: stored.answer,
    role: stored.role,
    content: blocks.parse(JSON.parse(stored.content)),
    status: stored.status,
    stopReason: stored.stop_reason ?? null,
    model: stored.model ?? null,
    provider: stored.provider ?? null,
    usage: stored.usage ?? null,
    costNanoUsd: stored.cost,
    requestId: stored.request_id ?? null,
    createdAtMs: stored.created_at,
    completedAtMs: stored.completed_at ?? null,
    omissions: stored.omissions === undefined ? [] : omissions.parse(JSON.parse(stored.omissions)),
    tools: stored.tools === undefined ? [] : tools.parse(JSON.parse(stored.tools)),
    removed: stored.removed,
    ...(stored.route === undefined ? {} : { route: stored.route }),
  };
};
