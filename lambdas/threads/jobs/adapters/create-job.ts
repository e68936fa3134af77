import * as z from 'zod';
import { LEASE_MS, REQUEST_TTL_MS, ROW_BYTES_MAX } from '../../domain/limits.ts';
import type { Job, JobCalls } from '../domain/job.ts';
import {
  JOB_BYTES_A_DAY_MAX,
  JOB_BYTES_MIN,
  JOB_DRAFT_MS,
  JOBS_OPEN_MAX,
} from '../domain/limits.ts';
import { itemKeyOf, type Item, type ItemKey, type Write } from '../../../platform/tables/tables.ts';
import type { CreateJobResult, JobRecord } from '../ports/job-store.ts';
import { listSk } from '../../adapters/threads/thread-items.ts';
import { itemOfJob, jobOf } from './job-items.ts';
import {
  jobCallsKey,
  jobDraftKey,
  jobMetaKey,
  jobPk,
  jobPlaceOf,
  jobPointerKey,
  jobRequestKey,
  jobStateKey,
  jobSweepShard,
  madeJobsKey,
  openJobsKey,
  projectListPk,
  userListPk,
} from './job-keys.ts';
import { transactTold, type CalmDeps } from './transact-calmly.ts';

const recordItem = z.object({ body_hash: z.string(), job_pk: z.string(), ttl: z.number() });

/** The record comes first, so that of two requests of one name the second finds what the first made. */
export const createJob = async (
  deps: CalmDeps,
  job: Job,
  calls: JobCalls,
  record: JobRecord | null,
): Promise<CreateJobResult> => {
  const known = record === null ? null : await recordedJob(deps, job, record);
  if (known !== null) return known;
  const full = await fullOf(deps, job);
  if (full !== null) return full;
  const content = JSON.stringify(calls);
  const isLarge = Buffer.byteLength(content) > ROW_BYTES_MAX;
  if (isLarge) await deps.tables.write(putDraft(job));
  const list_sk = listSk(job.createdAtMs, job.jobId);
  const writes: readonly Write[] = [
    {
      kind: 'update',
      table: 'threads',
      key: openJobsKey(job),
      condition: 'attribute_not_exists(open_jobs) OR open_jobs < :most',
      update: 'SET open_jobs = if_not_exists(open_jobs, :none) + :one',
      values: { ':most': JOBS_OPEN_MAX, ':none': 0, ':one': 1 },
    },
    countBytes(job, Buffer.byteLength(content)),
    put({ ...jobMetaKey(job), list_pk: userListPk(job), list_sk }),
    put(itemOfJob(job, job.createdAtMs + LEASE_MS)),
    put({ ...jobCallsKey(job), content }),
    put({
      ...jobPointerKey(job.projectId, job.jobId),
      job_pk: jobPk(job),
      list_pk: projectListPk(job.projectId),
      list_sk,
    }),
    ...(isLarge ? [keepDraft(job)] : []),
    ...(record === null ? [] : [putRecord(job, record)]),
  ];
  const refused = await transactTold(deps, writes);
  if (refused === null) return { kind: 'created', job };
  if (record !== null && refused.includes(writes.length - 1)) {
    const now = await recordedJob(deps, job, record);
    if (now !== null) return now;
  }
  return { kind: refused.includes(0) || !refused.includes(1) ? 'full' : 'full_day' };
};

const ownItem = z.object({ open_jobs: z.number().default(0), bytes: z.number().default(0) });

/** Asked before the calls are written: large ones go to an object, which a refused transaction would leave there. */
const fullOf = async ({ tables }: CalmDeps, job: Job): Promise<CreateJobResult | null> => {
  const read = async (key: ItemKey) => ownItem.parse((await tables.get('threads', key)) ?? {});
  const [open, made] = await Promise.all([
    read(openJobsKey(job)),
    read(madeJobsKey(job, job.createdAtMs)),
  ]);
  if (open.open_jobs >= JOBS_OPEN_MAX) return { kind: 'full' };
  return made.bytes >= JOB_BYTES_A_DAY_MAX ? { kind: 'full_day' } : null;
};

const putDraft = (job: Job): Write =>
  put({
    ...jobDraftKey(job),
    sweep_shard: jobSweepShard(job.jobId),
    sweep_at: job.createdAtMs + JOB_DRAFT_MS,
  });

/** The sweep no longer looks for it; where it came first, there is no job. */
const keepDraft = (job: Job): Write => ({
  kind: 'update',
  table: 'threads',
  key: jobDraftKey(job),
  condition: 'attribute_exists(sweep_at) AND attribute_not_exists(lost_at)',
  update: 'REMOVE sweep_shard, sweep_at',
});

const DAY_MS = 86_400_000;

/** That a job is over, or deleted, takes nothing back: so jobs that end at once are not kept without end. */
const countBytes = (job: Job, bytes: number): Write => ({
  kind: 'update',
  table: 'threads',
  key: madeJobsKey(job, job.createdAtMs),
  condition: 'attribute_not_exists(#bytes) OR #bytes < :most',
  update: 'SET #bytes = if_not_exists(#bytes, :none) + :bytes, #ttl = :ttl',
  names: { '#ttl': 'ttl', '#bytes': 'bytes' },
  values: {
    ':most': JOB_BYTES_A_DAY_MAX,
    ':none': 0,
    ':bytes': Math.max(JOB_BYTES_MIN, bytes),
    ':ttl': Math.ceil((job.createdAtMs + 2 * DAY_MS) / 1_000),
  },
});

/** A record whose time is over is none; DynamoDB removes it some time after. */
const recordedJob = async (
  { tables }: CalmDeps,
  job: Job,
  { requestId, bodyHash }: JobRecord,
): Promise<CreateJobResult | null> => {
  const item = await tables.get('threads', jobRequestKey(job, job.keyId, requestId));
  if (item === null) return null;
  const stored = recordItem.parse(item);
  if (stored.ttl * 1_000 <= job.createdAtMs) return null;
  if (stored.body_hash !== bodyHash) return { kind: 'reused' };
  const place = jobPlaceOf(stored.job_pk);
  const state = place === null ? null : await tables.get('threads', jobStateKey(place));
  // Deleted since: the same request makes no second one.
  if (place === null || state === null) return { kind: 'reused' };
  return { kind: 'replayed', job: jobOf(place, state) };
};

const putRecord = (job: Job, { requestId, bodyHash }: JobRecord): Write => ({
  ...put({
    ...jobRequestKey(job, job.keyId, requestId),
    body_hash: bodyHash,
    job_pk: jobPk(job),
    ttl: Math.ceil((job.createdAtMs + REQUEST_TTL_MS) / 1_000),
  }),
  condition: 'attribute_not_exists(sk) OR #ttl <= :now',
  names: { '#ttl': 'ttl' },
  values: { ':now': Math.floor(job.createdAtMs / 1_000) },
});

const put = (item: Item): Write => ({
  kind: 'put',
  table: 'threads',
  key: itemKeyOf(item),
  condition: 'attribute_not_exists(sk)',
  item,
});
