import * as z from 'zod';
import { settlementSchema, storedSettlement } from '../../../ledger/domain/settlement.ts';
import { callHold } from '../../adapters/threads/thread-items.ts';
import type { Item } from '../../../platform/tables/tables.ts';
import {
  JOB_STATUSES,
  JOB_URLS,
  WEBHOOK_STATUSES,
  type CallResult,
  type Job,
  type JobCalls,
  type JobItem,
  type JobPlace,
} from '../domain/job.ts';
import { jobItemKey, jobResultKey, jobStateKey, jobSweepShard } from './job-keys.ts';

const jobError = z.object({ code: z.string(), message: z.string() });

const webhookItem = z.object({
  url: z.string(),
  secret: z.string(),
  status: z.enum(WEBHOOK_STATUSES),
  tries: z.number(),
  last: z.string().nullable(),
});

const stateItem = z.object({
  kind: z.enum(['call', 'batch']),
  key_id: z.string(),
  url: z.enum(JOB_URLS).nullable(),
  is_stream: z.boolean(),
  on_interrupt: z.enum(['retry', 'fail']),
  feature: z.string().nullable(),
  metadata: z.record(z.string(), z.string()),
  webhook: webhookItem.nullable(),
  status: z.enum(JOB_STATUSES),
  epoch: z.number(),
  writer: z.string().nullable(),
  lease_until: z.number(),
  starts: z.number(),
  total: z.number(),
  completed: z.number(),
  failed: z.number(),
  cost: z.number(),
  error: jobError.nullable(),
  cancel_asked_at: z.number().optional(),
  deleted_at: z.number().optional(),
  created_at: z.number(),
  started_at: z.number().optional(),
  ended_at: z.number().optional(),
});

export const itemOfJob = (job: Job, sweepAtMs: number): Item => ({
  ...jobStateKey(job),
  kind: job.kind,
  key_id: job.keyId,
  url: job.url,
  is_stream: job.isStream,
  on_interrupt: job.onInterrupt,
  feature: job.feature,
  metadata: job.metadata,
  webhook: job.webhook,
  status: job.status,
  epoch: job.epoch,
  writer: job.writer,
  lease_until: job.leaseUntilMs,
  starts: job.starts,
  total: job.total,
  completed: job.completed,
  failed: job.failed,
  cost: job.costNanoUsd,
  error: job.error,
  created_at: job.createdAtMs,
  sweep_shard: jobSweepShard(job.jobId),
  sweep_at: sweepAtMs,
});

export const jobOf = (place: JobPlace, item: Item): Job => {
  const stored = stateItem.parse(item);
  return {
    projectId: place.projectId,
    endUserId: place.endUserId,
    jobId: place.jobId,
    kind: stored.kind,
    keyId: stored.key_id,
    url: stored.url,
    isStream: stored.is_stream,
    onInterrupt: stored.on_interrupt,
    feature: stored.feature,
    metadata: stored.metadata,
    webhook: stored.webhook,
    status: stored.status,
    epoch: stored.epoch,
    writer: stored.writer,
    leaseUntilMs: stored.lease_until,
    starts: stored.starts,
    total: stored.total,
    completed: stored.completed,
    failed: stored.failed,
    costNanoUsd: stored.cost,
    error: stored.error,
    cancelAskedAtMs: stored.cancel_asked_at ?? null,
    deletedAtMs: stored.deleted_at ?? null,
    createdAtMs: stored.created_at,
    startedAtMs: stored.started_at ?? null,
    endedAtMs: stored.ended_at ?? null,
  };
};

const callsContent = z.object({
  calls: z.array(
    z.object({
      customId: z.string().nullable(),
      url: z.enum(JOB_URLS),
      body: z.record(z.string(), z.unknown()),
    }),
  ),
  headers: z.record(z.string(), z.string()),
});

export const callsOf = (item: Item): JobCalls =>
  callsContent.parse(JSON.parse(z.string().parse(item['content'])));

const itemItem = z.object({
  index: z.number(),
  status: z.enum(['running', 'again', 'done']),
  attempt: z.number(),
  epoch: z.number(),
  request_id: z.string(),
  hold: callHold.nullable(),
  unsettled: settlementSchema.nullable(),
  cost: z.number(),
});

export const itemOfCall = (place: JobPlace, item: JobItem): Item => ({
  ...jobItemKey(place, item.index),
  index: item.index,
  status: item.status,
  attempt: item.attempt,
  epoch: item.epoch,
  request_id: item.requestId,
  hold: item.hold,
  unsettled: item.unsettled === null ? null : storedSettlement(item.unsettled),
  cost: item.costNanoUsd,
});

export const callOf = (item: Item): JobItem => {
  const stored = itemItem.parse(item);
  return {
    index: stored.index,
    status: stored.status,
    attempt: stored.attempt,
    epoch: stored.epoch,
    requestId: stored.request_id,
    hold: stored.hold,
    unsettled: stored.unsettled,
    costNanoUsd: stored.cost,
  };
};

const resultItem = z.object({
  index: z.number(),
  request_id: z.string().nullable(),
  status_code: z.number().nullable(),
  type: z.string(),
  encoding: z.enum(['utf8', 'base64']),
  content: z.string(),
  error: jobError.nullable(),
  cost: z.number(),
});

export const itemOfResult = (place: JobPlace, result: CallResult): Item => ({
  ...jobResultKey(place, result.index),
  index: result.index,
  request_id: result.requestId,
  status_code: result.statusCode,
  type: result.type,
  encoding: result.encoding,
  content: result.content,
  error: result.error,
  cost: result.costNanoUsd,
});

export const resultOf = (item: Item): CallResult => {
  const stored = resultItem.parse(item);
  return {
    index: stored.index,
    requestId: stored.request_id,
    statusCode: stored.status_code,
    type: stored.type,
    encoding: stored.encoding,
    content: stored.content,
    error: stored.error,
    costNanoUsd: stored.cost,
  };
};
