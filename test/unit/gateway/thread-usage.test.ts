import { beforeEach, expect, test } from 'vitest';
import { callListSchema, usageSchema } from '../../../lambdas/gateway/formats/openapi-schemas.ts';
import { divideByThread, sumThreads } from '../../../lambdas/gateway/usecases/sum-threads.ts';
import { dynamoUsageStore } from '../../../lambdas/ledger/adapters/dynamo-usage-store.ts';
import type { Settlement } from '../../../lambdas/ledger/domain/usage.ts';
import { AppError } from '../../../lambdas/shared/app-error.ts';
import { newHoldId, requestIdOf } from '../../../lambdas/shared/ids.ts';
import { as, gatewayRoom, type GatewayRoom } from '../../support/gateway-room.ts';
import { PROJECT, settlementOf } from '../../support/key-items.ts';
import { MemoryTables } from '../../support/memory-tables.ts';

const HOUR_MS = 3_600_000;
const MIDNIGHT_MS = Math.floor(Date.now() / 86_400_000 - 2) * 86_400_000;
const [ONE, OTHER] = ['thread_01m880wczcf3hjbxybqb', 'thread_01m880wczcf3hjbxyzzz'];

let room: GatewayRoom;
let keys: Readonly<Record<'ada' | 'bob', { readonly id: string; readonly secret: string }>>;

const called = async (
  user: 'ada' | 'bob',
  hour: number,
  fields: Partial<Settlement> = {},
): Promise<void> => {
  const atMs = MIDNIGHT_MS + hour * HOUR_MS;
  const holdId = newHoldId(atMs);
  const { id } = keys[user];
  const call = { ...settlementOf(holdId, 1_000_000, atMs + 1_000), keyId: id };
  await room.usage.record({ ...call, requestId: requestIdOf(id, holdId), ...fields });
};

beforeEach(async () => {
  room = await gatewayRoom();
  keys = {
    ada: await room.mint({ user_id: 'ada', cohort: { plan: 'pro' } }),
    bob: await room.mint({ user_id: 'bob', cohort: { plan: 'free' } }),
  };
  await called('ada', 0, { threadId: ONE, firstTokenMs: 100, totalMs: 1_000 });
  await called('ada', 1, { threadId: ONE, firstTokenMs: 400, totalMs: 4_000 });
  await called('ada', 1, { threadId: OTHER, status: 'provider_error' });
  await called('ada', 30, { costNanoUsd: 500_000 });
  await called('bob', 1, { threadId: null, firstTokenMs: 9_000, totalMs: 20_000 });
});

const usageOf = async (query: string, key?: string) =>
  await as(usageSchema, room.send('GET', `/v1/usage?${query}`, undefined, key));

test('usage by thread adds up to the total, with what belongs to no thread', async () => {
  const { groups = [], totals } = await usageOf('group_by=thread');
  const rows = new Map(groups.map((row) => [row['thread_id'], row]));
  expect(new Set(rows.keys())).toEqual(new Set(['', ONE, OTHER]));
  expect(rows.get(ONE)).toMatchObject({ cost_micros: 2_000, request_count: 2, errors: 0 });
  expect(rows.get(OTHER)).toMatchObject({ request_count: 1, errors: 1 });
  expect(rows.get('')).toMatchObject({ request_count: 2, cost_micros: 1_500 });
  const [p50, p95] = [rows.get(ONE)?.p50_total_ms ?? 0, rows.get(ONE)?.p95_total_ms ?? 0];
  expect(p50).toBeLessThan(p95);
  expect(groups.reduce((sum, row) => sum + row.cost_micros, 0)).toBe(totals.cost_micros);
});

test('an answer has so many threads at most, and an export so many rows: what is more is refused, not left out', async () => {
  const usageOfThreads = (threads: number, hours: number) => {
    const total = { costNanoUsd: 0n, requestCount: threads * hours, errorCount: 0, counts: {} };
    const row = {
      keyId: 'key_1',
      hourMs: MIDNIGHT_MS,
      total,
      byModel: {},
      byFeature: {},
      firstTokenBuckets: [],
      totalBuckets: [],
    };
    const events = Array.from({ length: threads * hours }, (_, index) => ({
      ...settlementOf('h', 1, MIDNIGHT_MS + (index % hours) * HOUR_MS),
      threadId: `thread_${index % threads}`,
    }));
    const usage = { events: async () => await Promise.resolve({ events, next: null }) };
    const span = { projectId: PROJECT, fromMs: 0, toMs: Date.now() };
    const ended = async (work: Promise<unknown>): Promise<string> =>
      await work.then(
        () => 'answered',
        (error: unknown) => (error instanceof AppError ? error.publicMessage : String(error)),
      );
    return {
      sum: async () => await ended(sumThreads(usage, [row], span)),
      divide: async () => await ended(divideByThread(usage, [row], span)),
    };
  };
  const most = usageOfThreads(4_000, 1);
  expect([await most.sum(), await most.divide()]).toEqual(['answered', 'answered']);
  const more = usageOfThreads(4_001, 1);
  for (const words of [await more.sum(), await more.divide()])
    expect(words).toContain('more than 4000 threads');
  const long = usageOfThreads(3_001, 5);
  expect(await long.sum()).toBe('answered');
  expect(await long.divide()).toContain('more than 15000 rows');
});

test('usage by thread is of whoever asks: a key sees its own threads alone', async () => {
  const own = await usageOf('group_by=thread', keys.bob.secret);
  expect(own.groups?.map((row) => row['thread_id'])).toEqual(['']);
  const ofUser = await usageOf('group_by=thread&user_id=ada');
  expect(ofUser.groups?.map((row) => row['thread_id'])).toContain(ONE);
  expect(JSON.stringify((await usageOf('group_by=thread&user_id=bob')).groups)).not.toContain(ONE);
});

test('each user has a series of latencies by the hour or the day', async () => {
  const { groups = [], series } = await usageOf('group_by=user&interval=hour');
  const ada = groups.find((row) => row['user_id'] === 'ada');
  expect(ada?.series).toHaveLength(3);
  expect(ada?.series?.[0]).toMatchObject({
    hour: new Date(MIDNIGHT_MS).toISOString(),
    request_count: 1,
  });
  for (const row of ada?.series?.slice(0, 2) ?? []) {
    expect(row.p50_first_token_ms).not.toBeNull();
    expect(row.p95_first_token_ms).toBeLessThanOrEqual(400);
    expect(row.p95_total_ms).toBeLessThanOrEqual(4_800);
  }
  const bob = groups.find((row) => row['user_id'] === 'bob');
  expect(bob?.series?.[0]?.p95_first_token_ms).toBeGreaterThan(6_000);
  expect(series).toHaveLength(3);
  const days = await usageOf('group_by=cohort.plan&interval=day');
  const pro = days.groups?.find((row) => row['cohort.plan'] === 'pro');
  expect(pro?.series?.map(({ day }) => day)).toHaveLength(2);
  const filtered = await usageOf('user_id=ada&interval=hour');
  expect(filtered.series.map(({ request_count }) => request_count)).toEqual([1, 2, 1]);
});

test.each(['group_by=model&interval=hour', 'group_by=thread&interval=day', 'interval=week'])(
  '%s is refused by the name of its field',
  async (query) => {
    const answer = await room.send('GET', `/v1/usage?${query}`);
    expect(answer.status).toBe(400);
    expect(answer.body).toContain('interval');
  },
);

test('an export is divided by any word, and by models as ever', async () => {
  const lines = async (query: string): Promise<readonly string[]> => {
    const { status, body } = await room.send('GET', `/v1/usage/export${query}`);
    expect(status).toBe(200);
    return body.trim().split('\r\n');
  };
  expect((await lines(''))[0]).toMatch(/^hour,key_id,model,cost_micros,/);
  const threads = await lines('?group_by=thread');
  expect(threads[0]).toMatch(/^hour,key_id,thread_id,cost_micros,/);
  expect(threads).toHaveLength(6);
  expect(threads.filter((line) => line.includes(ONE))).toHaveLength(2);
  const cohorts = await lines('?group_by=cohort.plan&user_id=bob');
  expect(cohorts[0]).toMatch(/^hour,key_id,cohort\.plan,/);
  expect(cohorts.slice(1).every((line) => line.includes(',free,'))).toBe(true);
});

test('calls of one thread are listed, each with the thread that it belongs to', async () => {
  const list = async (query: string, key?: string) =>
    (await as(callListSchema, room.send('GET', `/v1/calls?${query}`, undefined, key))).data;
  expect((await list(`thread_id=${ONE}`)).map(({ thread_id }) => thread_id)).toEqual([ONE, ONE]);
  expect(await list('thread_id=thread_nobody')).toEqual([]);
  expect(await list(`thread_id=${ONE}`, keys.bob.secret)).toEqual([]);
  expect((await list('user_id=bob')).map(({ thread_id }) => thread_id)).toEqual([null]);
});

test('more calls than one answer may read are refused before any is read', async () => {
  const usage = dynamoUsageStore({ tables: new MemoryTables() });
  const [hour] = await room.usage.hours({
    projectId: PROJECT,
    keyId: keys.ada.id,
    fromMs: MIDNIGHT_MS,
    toMs: MIDNIGHT_MS + HOUR_MS,
  });
  if (hour === undefined) throw new Error('there is no hour');
  const busy = { ...hour, total: { ...hour.total, requestCount: 30_001 } };
  const refused = sumThreads(usage, [busy], { projectId: PROJECT, fromMs: 0, toMs: Date.now() });
  await expect(refused).rejects.toMatchObject({ code: 'answer_too_large' });
});
