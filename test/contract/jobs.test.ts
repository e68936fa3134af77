import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { tableJobStore } from '../../lambdas/threads/jobs/adapters/table-job-store.ts';
import {
  jobCallsKey,
  madeJobsKey,
  openJobsKey,
} from '../../lambdas/threads/jobs/adapters/job-keys.ts';
import {
  JOB_BYTES_A_DAY_MAX,
  JOB_BYTES_MIN,
  JOB_DRAFT_MS,
  JOB_KEPT_MS,
  JOBS_OPEN_MAX,
} from '../../lambdas/threads/jobs/domain/limits.ts';
import type { CallResult, Job, JobItem } from '../../lambdas/threads/jobs/domain/job.ts';
import type { JobStore } from '../../lambdas/threads/jobs/ports/job-store.ts';
import type { Tables } from '../../lambdas/platform/tables/tables.ts';
import { ENGINES, type Engine } from '../support/engines.ts';
import { JOB_PLACE, jobOfCalls } from '../support/job-rows.ts';
import { placeItem, settlementOf } from '../support/key-items.ts';

const NOW_MS = Date.UTC(2026, 10, 24);
const ME = { epoch: 1, nonce: 'me' };
const OTHER = { epoch: 1, nonce: 'other' };
const CALLS = {
  calls: [0, 1, 2].map((index) => ({
    customId: `c${index}`,
    url: '/v1/chat/completions' as const,
    body: { model: 'm', deep: { list: [index, null, 'ü'] } },
  })),
  headers: { 'anthropic-version': '2023-06-01' },
};
const RECORD = { requestId: 'same#id', bodyHash: 'h1' };

const itemOf = (index: number, fields: Partial<JobItem> = {}): JobItem => ({
  index,
  status: 'running',
  attempt: 1,
  epoch: 1,
  requestId: `req_${index}`,
  hold: null,
  unsettled: null,
  costNanoUsd: 0,
  ...fields,
});
const resultOf = (index: number, fields: Partial<CallResult> = {}): CallResult => ({
  index,
  requestId: `req_${index}`,
  statusCode: 200,
  type: 'application/json',
  encoding: 'utf8',
  content: '{}',
  error: null,
  costNanoUsd: 5,
  ...fields,
});

describe.each(ENGINES)('jobs on $name', ({ open }) => {
  let engine: Awaited<ReturnType<Engine['open']>>;
  let tables: Tables;
  let store: JobStore;
  const removed: string[] = [];
  const storeOn = (own: Tables): JobStore =>
    tableJobStore({
      tables: own,
      rows: own,
      removeObjects: async (id) => void removed.push(id),
      timers: { nowMs: () => NOW_MS, sleep: async () => undefined },
      random: () => 0.5,
    });
  const other = (place = 'job_11111111111111111111'): Job =>
    jobOfCalls(NOW_MS + 1, { count: 3, place: { ...JOB_PLACE, jobId: place } });
  beforeAll(async () => void (engine = await open()));
  afterAll(() => engine.close());
  beforeEach(async () => {
    tables = await engine.fresh();
    removed.length = 0;
    store = storeOn(tables);
    const job = jobOfCalls(NOW_MS, { count: 3, hasWebhook: true });
    expect(await store.create(job, CALLS, RECORD)).toEqual({ kind: 'created', job });
  });
  const started = async (writer = ME): Promise<Job> => {
    const job = await store.get(JOB_PLACE);
    const mine = job === null ? null : await store.start(job, writer, NOW_MS);
    if (mine === null) throw new Error('somebody else has it');
    return mine;
  };

  test('a job is read back whole, by its owner, by its id, and in lists newest first', async () => {
    expect(await store.get(JOB_PLACE)).toEqual(jobOfCalls(NOW_MS, { count: 3, hasWebhook: true }));
    expect(await store.calls(JOB_PLACE)).toEqual(CALLS);
    expect(await store.whose(JOB_PLACE.projectId, JOB_PLACE.jobId)).toEqual(JOB_PLACE);
    expect(await store.whose('other', JOB_PLACE.jobId)).toBeNull();
    expect(await store.get({ ...JOB_PLACE, endUserId: 'eve' })).toBeNull();
    await store.create(other(), CALLS, null);
    const { projectId, endUserId } = JOB_PLACE;
    for (const whose of [{ endUserId }, {}]) {
      const first = await store.list({ projectId, ...whose, limit: 1, cursor: null });
      expect(first.jobs.map(({ jobId }) => jobId)).toEqual([other().jobId]);
      const next = await store.list({ projectId, ...whose, limit: 1, cursor: first.nextCursor });
      expect(next.jobs.map(({ jobId }) => jobId)).toEqual([JOB_PLACE.jobId]);
      expect(next.nextCursor).toBeNull();
    }
    expect((await store.list({ projectId, endUserId: null, limit: 9, cursor: null })).jobs).toEqual(
      [],
    );
  });

  test('large calls are due until their job is there; then nothing of it can be abandoned', async () => {
    const large = {
      ...CALLS,
      calls: CALLS.calls
        .slice(0, 1)
        .map((call) => ({ ...call, body: { text: 'x'.repeat(310_000) } })),
    };
    const dueAtMs = NOW_MS + 1 + JOB_DRAFT_MS;
    const names = async () => (await store.due(dueAtMs, 9)).map(({ jobId }) => jobId).toSorted();
    const job = other();
    expect(await store.create(job, large, { ...RECORD, requestId: 'large' })).toMatchObject({
      kind: 'created',
    });
    // Each once: as jobs that want a worker.
    expect(await names()).toEqual([JOB_PLACE.jobId, job.jobId]);
    await store.abandon(job, dueAtMs);
    expect([removed, await store.calls(job)]).toEqual([[], large]);
    const refused = other('job_22222222222222222222');
    expect(await store.create(refused, large, RECORD)).toMatchObject({ kind: 'replayed' });
    // The last place is taken between the look and the write.
    const late = storeOn({
      get: async (...args) => await tables.get(...args),
      getMany: async (...args) => await tables.getMany(...args),
      query: async (...args) => await tables.query(...args),
      write: async (...args) => await tables.write(...args),
      update: async (...args) => await tables.update(...args),
      transact: async (writes) => {
        await placeItem(tables, { ...openJobsKey(job), open_jobs: JOBS_OPEN_MAX }, 'threads');
        return await tables.transact(writes);
      },
    });
    const lost = other('job_33333333333333333333');
    expect(await late.create(lost, large, null)).toEqual({ kind: 'full' });
    expect(await names()).toContain(lost.jobId);
    await store.abandon(lost, dueAtMs - 1);
    expect(removed).toEqual([]);
    await store.abandon(lost, dueAtMs);
    expect([removed, (await names()).includes(lost.jobId)]).toEqual([[lost.jobId], false]);
  });

  test('of two requests of one name the second finds the job of the first', async () => {
    const again = await store.create(other(), CALLS, RECORD);
    expect(again).toMatchObject({ kind: 'replayed', job: { jobId: JOB_PLACE.jobId } });
    const changed = { ...RECORD, bodyHash: 'h2' };
    expect(await store.create(other(), CALLS, changed)).toEqual({ kind: 'reused' });
    const both = await Promise.all(
      ['job_2', 'job_3'].map(
        async (name) =>
          await store.create(other(name.padEnd(24, '0')), CALLS, { requestId: 'b', bodyHash: 'h' }),
      ),
    );
    expect(both.map(({ kind }) => kind).toSorted()).toEqual(['created', 'replayed']);
  });

  test('no more than so many of one end user are open', async () => {
    await placeItem(tables, { ...openJobsKey(JOB_PLACE), open_jobs: JOBS_OPEN_MAX }, 'threads');
    expect(await store.create(other(), CALLS, null)).toEqual({ kind: 'full' });
    const ada = { ...JOB_PLACE, endUserId: 'bob', jobId: other().jobId };
    expect(await store.create(jobOfCalls(NOW_MS, { place: ada }), CALLS, null)).toMatchObject({
      kind: 'created',
    });
  });

  test('no more than so many bytes of one end user are taken a day, whatever became of the jobs', async () => {
    const today = madeJobsKey(JOB_PLACE, NOW_MS);
    expect(await tables.get('threads', today)).toMatchObject({ bytes: JOB_BYTES_MIN });
    const large = { ...CALLS, headers: { 'openai-x': 'ü'.repeat(JOB_BYTES_MIN) } };
    expect(await store.create(other(), large, null)).toMatchObject({ kind: 'created' });
    const bytes = JOB_BYTES_MIN + Buffer.byteLength(JSON.stringify(large));
    expect(await tables.get('threads', today)).toMatchObject({ bytes });
    await placeItem(tables, { ...today, bytes: JOB_BYTES_A_DAY_MAX }, 'threads');
    const third = { ...JOB_PLACE, jobId: 'job_3'.padEnd(24, '0') };
    expect(await store.create(jobOfCalls(NOW_MS, { place: third }), CALLS, null)).toEqual({
      kind: 'full_day',
    });
    expect(await tables.get('threads', jobCallsKey(third))).toBeNull();
    const tomorrow = jobOfCalls(NOW_MS + 86_400_000, { place: third });
    expect(await store.create(tomorrow, CALLS, null)).toMatchObject({ kind: 'created' });
  });

  test('of two workers one starts, and the other may write nothing', async () => {
    const job = await store.get(JOB_PLACE);
    if (job === null) throw new Error('missing');
    const both = await Promise.all(
      [ME, OTHER].map(async (writer) => await store.start(job, writer, NOW_MS)),
    );
    expect(both.filter((one) => one !== null)).toHaveLength(1);
    const [winner, loser] = both[0] === null ? [OTHER, ME] : [ME, OTHER];
    expect(await store.start(job, winner, NOW_MS)).toMatchObject({ epoch: 1 });
    expect(await store.renew(JOB_PLACE, winner, NOW_MS)).toMatchObject({ isMine: true });
    expect(await store.renew(JOB_PLACE, loser, NOW_MS)).toMatchObject({ isMine: false });
    expect(await store.claim(JOB_PLACE, loser, itemOf(0))).toBe(false);
    const end = { result: resultOf(0), addNanoUsd: 5 };
    expect(await store.finish(JOB_PLACE, loser, itemOf(0, { status: 'done' }), end)).toBe(false);
    expect(await store.end(job, loser, { status: 'completed', error: null, nowMs: NOW_MS })).toBe(
      false,
    );
  });

  test('a call is claimed, ends once with its result and its money, and its settlement is marked', async () => {
    await started();
    expect(await store.claim(JOB_PLACE, ME, itemOf(0))).toBe(true);
    const unsettled = settlementOf('h0', 5, NOW_MS);
    const done = itemOf(0, { status: 'done', unsettled, costNanoUsd: 5 });
    const end = { result: resultOf(0), addNanoUsd: 5 };
    expect(await store.finish(JOB_PLACE, ME, done, end)).toBe(true);
    expect(await store.finish(JOB_PLACE, ME, done, end)).toBe(false);
    expect(await store.claim(JOB_PLACE, ME, itemOf(0))).toBe(false);
    const failed = resultOf(2, { statusCode: 400 });
    await store.finish(JOB_PLACE, ME, itemOf(2, { status: 'done' }), {
      result: failed,
      addNanoUsd: 0,
    });
    expect(await store.get(JOB_PLACE)).toMatchObject({
      completed: 1,
      failed: 1,
      costNanoUsd: 5,
      starts: 0,
    });
    expect(await store.items(JOB_PLACE)).toEqual([done, itemOf(2, { status: 'done' })]);
    await store.settled(JOB_PLACE, done);
    expect((await store.items(JOB_PLACE))[0]?.unsettled).toBeNull();
    const { results } = await store.results(JOB_PLACE, 0, 9);
    expect(results).toEqual([resultOf(0), failed]);
    expect((await store.results(JOB_PLACE, 1, 9)).results).toEqual([failed]);
  });

  test('a call of a cancelled job is not claimed', async () => {
    await started();
    expect(await store.askCancel(JOB_PLACE, NOW_MS)).toMatchObject({ cancelAskedAtMs: NOW_MS });
    expect(await store.claim(JOB_PLACE, ME, itemOf(0))).toBe(false);
    expect(await store.renew(JOB_PLACE, ME, NOW_MS)).toEqual({ isMine: true, isCancelled: true });
  });

  test('a job ends once, is one less that is open, and its webhook is tried by one at a time', async () => {
    const job = await started();
    const end = { status: 'completed', error: null, nowMs: NOW_MS } as const;
    expect(await store.end(job, ME, end)).toBe(true);
    expect(await store.end(job, ME, end)).toBe(false);
    expect(await tables.get('threads', openJobsKey(JOB_PLACE))).toMatchObject({ open_jobs: 0 });
    const over = await store.get(JOB_PLACE);
    if (over === null) throw new Error('missing');
    expect(over).toMatchObject({ status: 'completed', endedAtMs: NOW_MS, writer: null });
    const tries = await Promise.all(
      [1, 2].map(async () => await store.beginNotice(over, NOW_MS + 60_000)),
    );
    expect(tries.filter((one) => one !== null)).toMatchObject([{ tries: 1, status: 'pending' }]);
    const webhook = { ...over.webhook, url: 'u', secret: 's', tries: 1, last: 'status 200' };
    await store.endNotice(JOB_PLACE, { ...webhook, status: 'delivered' }, NOW_MS + JOB_KEPT_MS);
    expect((await store.get(JOB_PLACE))?.webhook?.status).toBe('delivered');
    expect(await store.start(over, { epoch: 2, nonce: 'late' }, NOW_MS)).toBeNull();
  });

  test('the sweep is shown what is due, and what is deleted until it is gone, with its objects', async () => {
    expect(await store.due(NOW_MS, 9)).toEqual([]);
    expect(await store.due(NOW_MS + 60_000, 9)).toEqual([JOB_PLACE]);
    await store.later(JOB_PLACE, NOW_MS + 100_000);
    expect(await store.due(NOW_MS + 60_000, 9)).toEqual([]);
    expect(await store.remove(JOB_PLACE, NOW_MS)).toBe(true);
    expect(await store.remove(JOB_PLACE, NOW_MS)).toBe(false);
    await store.later(JOB_PLACE, NOW_MS + 100_000);
    expect(await store.due(NOW_MS, 9)).toEqual([JOB_PLACE]);
    const { projectId } = JOB_PLACE;
    expect((await store.list({ projectId, limit: 9, cursor: null })).jobs).toEqual([]);
    await store.erase(JOB_PLACE);
    expect(await store.get(JOB_PLACE)).toBeNull();
    expect(await store.calls(JOB_PLACE)).toBeNull();
    expect(await store.whose(projectId, JOB_PLACE.jobId)).toBeNull();
    expect(await store.due(NOW_MS, 9)).toEqual([]);
    expect(removed).toEqual([JOB_PLACE.jobId]);
  });

  test('a job that is handed over is taken by the next worker', async () => {
    await started();
    await store.handOver(JOB_PLACE, ME, NOW_MS + 30_000, { code: 'rate_limited', message: 'm' });
    const job = await store.get(JOB_PLACE);
    expect(job).toMatchObject({ writer: null, error: { code: 'rate_limited' } });
    expect(await store.due(NOW_MS + 30_000, 9)).toEqual([JOB_PLACE]);
    expect(await started({ epoch: 2, nonce: 'next' })).toMatchObject({ epoch: 2, error: null });
  });
});
