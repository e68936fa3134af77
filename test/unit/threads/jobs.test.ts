import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openJobsKey } from '../../../lambdas/threads/jobs/adapters/job-keys.ts';
import { sweepJobs } from '../../../lambdas/threads/jobs/usecases/sweep-jobs.ts';
import {
  JOB_KEPT_MS,
  JOB_STARTS_MAX,
  JOBS_OPEN_MAX,
} from '../../../lambdas/threads/jobs/domain/limits.ts';
import { chatCall, jobRoom } from '../../support/job-room.ts';
import { JOB_PLACE } from '../../support/job-rows.ts';
import { newHoldId } from '../../../lambdas/shared/ids.ts';
import { holdRequest, KEY_ID, placeItem, PROJECT } from '../../support/key-items.ts';
import { FAILURES, routeRoom } from '../../support/route-room.ts';
import { startUpstream, type Upstream } from '../../support/upstream.ts';

let upstream: Upstream;
beforeAll(async () => void (upstream = await startUpstream()));
afterAll(() => upstream.stop());

const many = (count: number, content = 'hi') =>
  Array.from({ length: count }, (_, index) => chatCall(`c${index}`, content));

describe('a batch', () => {
  test('of 1,000 short calls goes from function to function, and each call is paid once', async () => {
    const { make, work, room, store, callsTake } = await jobRoom(upstream.url);
    callsTake(10);
    await room.deps.keys.patch(PROJECT, KEY_ID, { rpm: 100_000 }, Date.now());
    await make(many(1_000));
    let job = await work(3_000);
    let workers = 1;
    for (; job.endedAtMs === null && workers < 200; workers++) job = await work(3_000);
    expect(workers).toBeGreaterThan(1);
    expect(job).toMatchObject({ status: 'completed', completed: 1_000, failed: 0 });
    const { spentNanoUsd, holdCount } = await room.state();
    expect([holdCount, spentNanoUsd]).toEqual([0, job.costNanoUsd]);
    const items = await store.items(JOB_PLACE);
    expect(new Set(items.map(({ attempt }) => attempt))).toEqual(new Set([1]));
  });

  test('waits for its minute at the rate of its key, and is parked meanwhile', async () => {
    const { make, work, room } = await jobRoom(upstream.url);
    await room.deps.keys.patch(PROJECT, KEY_ID, { rpm: 2 }, Date.now());
    await make(many(3));
    const job = await work();
    expect(job).toMatchObject({ status: 'running', writer: null, completed: 2 });
    expect(job.error?.code).toBe('rate_limited');
    expect(job.leaseUntilMs).toBeGreaterThan(job.createdAtMs);
  });

  test('waits for its key as often as it takes: who waits has not died', async () => {
    const { make, work, room } = await jobRoom(upstream.url);
    await room.deps.keys.patch(PROJECT, KEY_ID, { rpm: 1 }, Date.now());
    await make(many(5));
    let job = await work();
    for (let parks = 0; parks < 2 * JOB_STARTS_MAX; parks++) job = await work();
    expect(job).toMatchObject({ status: 'running', error: { code: 'rate_limited' }, failed: 0 });
  });

  test('waits no longer when many of its calls are refused at once: what others hold is soon free', async () => {
    const { make, work, room, timers } = await jobRoom(upstream.url);
    const capNanoUsd = 60_000;
    await room.deps.keys.patch(PROJECT, KEY_ID, { capNanoUsd }, Date.now());
    const nowMs = timers.nowMs();
    const held = await room.deps.ledger.hold(holdRequest(newHoldId(nowMs), capNanoUsd, nowMs));
    expect(held.kind).toBe('held');
    await make(many(30));
    const startedMs = timers.nowMs();
    const job = await work();
    expect(job).toMatchObject({ completed: 0, error: { code: 'in_flight_budget_exhausted' } });
    expect(job.leaseUntilMs - startedMs).toBeLessThan(20_000);
  });

  test('of a key that is revoked says so of each call that was not begun', async () => {
    const { make, work, room, store } = await jobRoom(upstream.url);
    await make(many(20));
    await room.deps.keys.revoke(PROJECT, KEY_ID, Date.now());
    const job = await work();
    expect(job).toMatchObject({ status: 'failed', error: { code: 'invalid_api_key' } });
    expect(job.completed).toBe(0);
    const { results } = await store.results(JOB_PLACE, 0, 99);
    expect(results.length).toBeLessThan(20);
    for (const { statusCode } of results) expect(statusCode).toBe(401);
  });

  test('of a capped key makes as many calls as the cap affords, and says so of the others', async () => {
    const { make, work, room } = await jobRoom(upstream.url);
    await room.deps.keys.patch(PROJECT, KEY_ID, { capNanoUsd: 60_000 }, Date.now());
    const asked = upstream.bodies.length;
    await make(many(20));
    const job = await work();
    const { spentNanoUsd, capNanoUsd, holdCount } = await room.state();
    expect(spentNanoUsd).toBeLessThanOrEqual(capNanoUsd ?? 0);
    expect([holdCount, job.costNanoUsd]).toEqual([0, spentNanoUsd]);
    expect(job).toMatchObject({ status: 'failed', error: { code: 'key_cap_exceeded' } });
    expect(job.completed).toBeGreaterThan(0);
    expect(upstream.bodies.length - asked).toBe(job.completed);
  });

  test('asks a provider that is busy again, and then has its words', async () => {
    const { make, work, store, room } = await jobRoom(upstream.url);
    const before = upstream.bodies.length;
    await make([chatCall('a', 'overloaded'), chatCall('b', 'hi')]);
    expect(await work()).toMatchObject({ status: 'completed', completed: 1, failed: 1 });
    expect(upstream.bodies.length - before).toBe(5);
    const { results } = await store.results(JOB_PLACE, 0, 9);
    expect(results[0]).toMatchObject({ statusCode: 503, costNanoUsd: 0 });
    expect(results[0]?.content).toContain('too busy');
    expect((await room.state()).holdCount).toBe(0);
  });

  test('names the hold of the model that a route asks in the place of the first', async () => {
    const routed = await routeRoom();
    await routed.route('gpt-4o-mini', ['claude-haiku-4-5']);
    routed.mood('gpt-4o-mini', FAILURES['500']);
    const { make, work, store } = await jobRoom(routed.upstream.url, (deps) => deps, routed);
    await make([chatCall('a', 'hi')]);
    const job = await work();
    expect(job).toMatchObject({ status: 'completed', completed: 1 });
    expect(routed.asked()).toEqual(['gpt-4o-mini', 'claude-haiku-4-5']);
    const [item] = await store.items(JOB_PLACE);
    expect(item?.hold?.model).toBe('claude-haiku-4-5');
    const { spentNanoUsd, holdCount, availableNanoUsd, capNanoUsd } = await routed.state();
    expect([holdCount, spentNanoUsd]).toEqual([0, job.costNanoUsd]);
    expect(availableNanoUsd).toBe((capNanoUsd ?? 0) - spentNanoUsd);
    routed.stop();
  });

  test('asks for vectors by a name of its project, and names the hold of who made them', async () => {
    const routed = await routeRoom();
    const [small, large] = ['text-embedding-3-small', 'text-embedding-3-large'];
    await routed.route('vectors', [small, large]);
    routed.mood(small, FAILURES['500']);
    const usage = { prompt_tokens: 5, total_tokens: 5 };
    routed.mood(large, { type: 'application/json', chunks: [JSON.stringify({ data: [], usage })] });
    const { make, work, store } = await jobRoom(routed.upstream.url, (deps) => deps, routed);
    const body = { model: 'vectors', input: 'hi' };
    await make([{ ...chatCall('a', 'hi'), url: '/v1/embeddings', body }]);
    const job = await work();
    expect(job).toMatchObject({ status: 'completed', completed: 1 });
    expect(routed.asked()).toEqual([small, large]);
    const [item] = await store.items(JOB_PLACE);
    expect(item?.hold?.model).toBe(large);
    const { spentNanoUsd, holdCount } = await routed.state();
    expect([holdCount, spentNanoUsd]).toEqual([0, job.costNanoUsd]);
    // 5 tokens at $0.13 a million.
    expect(spentNanoUsd).toBe(650);
    routed.stop();
  });

  test('loses no more than the call that a defect of ours takes', async () => {
    const { make, work, store } = await jobRoom(upstream.url, (deps) => ({
      ...deps,
      accounts: {
        ...deps.accounts,
        get: async (name) => {
          if (name === 'anthropic') throw new TypeError('a defect');
          return await deps.accounts.get(name);
        },
      },
    }));
    await make([chatCall('a', 'hi', { model: 'claude-haiku-4-5' }), chatCall('b', 'hi')]);
    expect(await work()).toMatchObject({ status: 'completed', completed: 1, failed: 1 });
    const { results } = await store.results(JOB_PLACE, 0, 9);
    expect(results[0]).toMatchObject({ statusCode: 500 });
    expect(results[0]?.content).not.toContain('defect');
  });
});

describe('what is large', () => {
  test('goes to objects of the job, comes back whole, and is removed with it', async () => {
    const { make, work, store, objects, deps, timers } = await jobRoom(upstream.url);
    const content = `hi ${'ü'.repeat(400_000)}`;
    await make([chatCall('a', content)]);
    expect([...objects.keys()].every((key) => key.startsWith(`${JOB_PLACE.jobId}/`))).toBe(true);
    expect(objects.size).toBe(1);
    expect((await store.calls(JOB_PLACE))?.calls[0]?.body).toMatchObject({
      messages: [{ content }],
    });
    const job = await work();
    expect(job.endedAtMs).not.toBeNull();
    await timers.sleep(JOB_KEPT_MS + 60_000);
    await sweepJobs(deps);
    await sweepJobs(deps);
    expect(await store.get(JOB_PLACE)).toBeNull();
    expect(objects.size).toBe(0);
  });

  test('leaves no object of a job that is refused', async () => {
    const { make, room, store, objects } = await jobRoom(upstream.url);
    const full = { ...openJobsKey(JOB_PLACE), open_jobs: JOBS_OPEN_MAX };
    await placeItem(room.tables, full, 'threads');
    await make([chatCall('a', 'ü'.repeat(400_000))]);
    expect(await store.get(JOB_PLACE)).toBeNull();
    expect(objects.size).toBe(0);
  });
});
