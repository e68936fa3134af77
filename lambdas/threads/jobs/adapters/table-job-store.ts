import { isSuccess, type Job, type JobItem, type JobPlace, type JobWriter } from '../domain/job.ts';
import { LEASE_MS } from '../../domain/limits.ts';
import {
  itemKeyOf,
  readAll,
  type Item,
  type Tables,
  type Write,
} from '../../../platform/tables/tables.ts';
import type { Timers } from '../../../shared/deps.ts';
import type { JobStore } from '../ports/job-store.ts';
import { createJob } from './create-job.ts';
import { abandonJob, eraseJob } from './erase-job.ts';
import { callOf, callsOf, itemOfCall, itemOfResult, jobOf } from './job-items.ts';
import {
  INDEX_MAX,
  jobCallsKey,
  jobItemKey,
  jobPk,
  jobPlaceOf,
  jobPointerKey,
  jobStateKey,
  openJobsKey,
} from './job-keys.ts';
import { jobCare } from './job-care.ts';
import { listJobs } from './list-jobs.ts';
import { readResults } from './read-results.ts';
import { transactCalmly } from './transact-calmly.ts';

export interface JobStoreDeps {
  readonly tables: Tables;
  /** The tables as they are, for who removes and does not read. */
  readonly rows: Tables;
  readonly removeObjects: (jobId: string) => Promise<void>;
  readonly timers: Timers;
  readonly random: () => number;
}

const IS_MINE = '#status = :running AND epoch = :epoch AND writer = :writer';
const NAMES = { '#status': 'status' };
const mine = (writer: JobWriter) => ({
  ':running': 'running',
  ':epoch': writer.epoch,
  ':writer': writer.nonce,
});
const CALLS_MAX = 100_000;
const SWEPT_AFTER_MS = 30_000;

/** Jobs in the table of threads: one partition a job, its state in an item of its own. */
export const tableJobStore = (deps: JobStoreDeps): JobStore => {
  const { tables } = deps;
  const get = async (place: JobPlace): Promise<Job | null> => {
    const item = await tables.get('threads', jobStateKey(place));
    return item === null ? null : jobOf(place, item);
  };
  return {
    create: async (...args) => await createJob(deps, ...args),
    get,
    whose: async (projectId, jobId) => {
      const item = await tables.get('threads', jobPointerKey(projectId, jobId));
      return item === null ? null : jobPlaceOf(String(item['job_pk']));
    },
    list: async (query) => await listJobs(tables, query),
    calls: async (place) => {
      const item = await tables.get('threads', jobCallsKey(place));
      return item === null ? null : callsOf(item);
    },
    witness: jobItemKey,
    items: async (place) =>
      (
        await readAll(tables, {
          table: 'threads',
          pk: jobPk(place),
          from: jobItemKey(place, 0).sk,
          to: jobItemKey(place, INDEX_MAX).sk,
          isAscending: true,
          limit: CALLS_MAX,
        })
      ).map(callOf),
    start: async (job, writer, nowMs) => await startJob(deps, job, writer, nowMs),
    renew: async (place, writer, nowMs) => {
      const outcome = await tables.update({
        ...stateUpdate(place, writer),
        update: 'SET lease_until = :lease',
        values: { ...mine(writer), ':lease': nowMs + LEASE_MS },
      });
      const isMine = outcome.kind === 'written';
      return { isMine, isCancelled: outcome.item?.['cancel_asked_at'] !== undefined };
    },
    claim: async (place, writer, item) =>
      await transactCalmly(deps, [
        {
          kind: 'check',
          table: 'threads',
          key: jobStateKey(place),
          condition: `${IS_MINE} AND attribute_not_exists(cancel_asked_at)`,
          names: NAMES,
          values: mine(writer),
        },
        putCall(place, item),
      ]),
    finish: async (place, writer, item, { result, addNanoUsd }) =>
      await transactCalmly(deps, [
        {
          ...stateUpdate(place, writer),
          update: `SET completed = completed + :completed, failed = failed + :failed, #cost = #cost + :cost${result === null ? '' : ', starts = :none'}`,
          names: { ...NAMES, '#cost': 'cost' },
          values: {
            ...mine(writer),
            ':completed': result !== null && isSuccess(result) ? 1 : 0,
            ':failed': result === null || isSuccess(result) ? 0 : 1,
            ':cost': addNanoUsd,
            ...(result === null ? {} : { ':none': 0 }),
          },
        },
        putCall(place, item),
        ...(result === null ? [] : [putResult(itemOfResult(place, result))]),
      ]),
    settled: async (place, { index, requestId }) => {
      await tables.write({
        kind: 'update',
        table: 'threads',
        key: jobItemKey(place, index),
        condition: 'request_id = :request',
        update: 'SET unsettled = :nothing',
        values: { ':request': requestId, ':nothing': null },
      });
    },
    end: async (job, writer, { status, error, nowMs }) =>
      await transactCalmly(deps, [
        {
          ...stateUpdate(job, writer),
          update: `SET #status = :status, #error = :error, ended_at = :now, sweep_at = :sweep, writer = :nobody${job.webhook === null ? '' : ', webhook.#status = :pending'}`,
          names: { ...NAMES, '#error': 'error' },
          values: {
            ...mine(writer),
            ':status': status,
            ':error': error,
            ':now': nowMs,
            // The sweep repeats a webhook, and sees whether the job was deleted meanwhile.
            ':sweep': nowMs + SWEPT_AFTER_MS,
            ':nobody': null,
            ...(job.webhook === null ? {} : { ':pending': 'pending' }),
          },
        },
        {
          kind: 'update',
          table: 'threads',
          key: openJobsKey(job),
          update: 'SET open_jobs = open_jobs - :one',
          values: { ':one': 1 },
        },
      ]),
    handOver: async (place, writer, atMs, error) => {
      await tables.write({
        ...stateUpdate(place, writer),
        // A worker that waits for something did not die, however often that is.
        update: `SET writer = :nobody, lease_until = :at, sweep_at = :at, #error = :error${error === null ? '' : ', starts = :none'}`,
        names: { ...NAMES, '#error': 'error' },
        values: {
          ...mine(writer),
          ':nobody': null,
          ':at': atMs,
          ':error': error,
          ...(error === null ? {} : { ':none': 0 }),
        },
      });
    },
    askCancel: async (place, nowMs) => {
      const outcome = await tables.update({
        kind: 'update',
        table: 'threads',
        key: jobStateKey(place),
        condition: 'attribute_exists(pk) AND attribute_not_exists(ended_at)',
        update: 'SET cancel_asked_at = if_not_exists(cancel_asked_at, :now)',
        values: { ':now': nowMs },
      });
      return outcome.item === null ? null : jobOf(place, outcome.item);
    },
    remove: async (place, nowMs) => {
      const outcome = await tables.update({
        kind: 'update',
        table: 'threads',
        key: jobStateKey(place),
        condition: 'attribute_exists(pk) AND attribute_not_exists(deleted_at)',
        update:
          'SET deleted_at = :now, sweep_at = :now, cancel_asked_at = if_not_exists(cancel_asked_at, :now)',
        values: { ':now': nowMs },
      });
      return outcome.kind === 'written';
    },
    results: async (place, fromIndex, limit) => await readResults(tables, place, fromIndex, limit),
    ...jobCare(tables),
    abandon: async (place, nowMs) => await abandonJob(deps, place, nowMs),
    erase: async (place) => await eraseJob(deps, place),
  };
};

const stateUpdate = (place: JobPlace, writer: JobWriter) => ({
  kind: 'update' as const,
  table: 'threads' as const,
  key: jobStateKey(place),
  condition: IS_MINE,
  names: NAMES,
  values: mine(writer),
});

/** A call that is over stays what it came to. */
const putCall = (place: JobPlace, item: JobItem): Write => ({
  kind: 'put',
  table: 'threads',
  key: jobItemKey(place, item.index),
  condition: 'attribute_not_exists(sk) OR #status <> :done',
  names: NAMES,
  values: { ':done': 'done' },
  item: itemOfCall(place, item),
});

const putResult = (item: Item): Write => ({
  kind: 'put',
  table: 'threads',
  key: itemKeyOf(item),
  item,
});

const startJob = async (
  { tables }: JobStoreDeps,
  job: Job,
  writer: JobWriter,
  nowMs: number,
): Promise<Job | null> => {
  const outcome = await tables.update({
    kind: 'update',
    table: 'threads',
    key: jobStateKey(job),
    condition:
      'attribute_not_exists(ended_at) AND epoch = :old AND lease_until = :seen OR epoch = :epoch AND writer = :writer',
    update:
      'SET #status = :running, epoch = :epoch, writer = :writer, lease_until = :lease, starts = starts + :one, started_at = if_not_exists(started_at, :now), sweep_at = :sweep, #error = :nothing',
    names: { ...NAMES, '#error': 'error' },
    values: {
      ...mine(writer),
      ':old': job.epoch,
      ':seen': job.leaseUntilMs,
      ':lease': nowMs + LEASE_MS,
      ':one': 1,
      ':now': nowMs,
      ':sweep': nowMs + 4 * LEASE_MS,
      ':nothing': null,
    },
  });
  return outcome.kind === 'written' ? jobOf(job, outcome.item) : null;
};
