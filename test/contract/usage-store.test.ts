import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Settlement } from '../../lambdas/ledger/domain/usage.ts';
import type { UsageHour } from '../../lambdas/ledger/ports.ts';
import { newHoldId } from '../../lambdas/shared/ids.ts';
import { dynamoUsageStore } from '../../lambdas/ledger/adapters/dynamo-usage-store.ts';
import type { Tables } from '../../lambdas/platform/tables/tables.ts';
import { ENGINES, type Engine } from '../support/engines.ts';
import { KEY_ID, PROJECT, settlementOf } from '../support/key-items.ts';
import { memoryUsageStore } from '../support/memory-usage-store.ts';

const NOW = Date.UTC(2026, 10, 24, 12, 30);
const HOUR_MS = 3_600_000;
const call = (atMs: number, fields: Partial<Settlement> = {}): Settlement => ({
  ...settlementOf(newHoldId(atMs), 1_000, atMs),
  ...fields,
});
const all = { projectId: PROJECT, keyId: null, fromMs: NOW - HOUR_MS, toMs: NOW + HOUR_MS };
const sorted = (hours: readonly UsageHour[]) =>
  hours.toSorted((left, right) =>
    `${left.hourMs}${left.keyId}`.localeCompare(`${right.hourMs}${right.keyId}`),
  );

describe.each(ENGINES)('the usage store on $name', ({ open }) => {
  let engine: Awaited<ReturnType<Engine['open']>>;
  let tables: Tables;
  beforeAll(async () => void (engine = await open()));
  beforeEach(async () => void (tables = await engine.fresh()));
  afterAll(() => engine.close());
  const usage = () => dynamoUsageStore({ tables });

  test('a settlement is recorded once, however often and at once it is delivered', async () => {
    const event = call(NOW, { feature: 'chat' });
    const answers = await Promise.all(
      [1, 2, 3].map(
        async () =>
          await usage()
            .record(event)
            .catch(() => false),
      ),
    );
    answers.push(await usage().record(event));
    expect(answers.filter(Boolean).length).toBeLessThanOrEqual(1);
    expect(await usage().event(KEY_ID, event.holdId)).toEqual(event);
    const [hour] = await usage().hours(all);
    expect(hour?.total).toMatchObject({ requestCount: 1, costNanoUsd: 1_000n });
  });

  test('an hour is the exact sum of its calls by model, feature and latency', async () => {
    const tokens = {
      ...call(NOW).tokens,
      input: 10,
      cacheRead: 20,
      cacheWrite5m: 3,
      cacheWrite1h: 4,
      output: 50,
    };
    const calls = [
      call(NOW, { tokens, costNanoUsd: 1, totalMs: 60, firstTokenMs: 40 }),
      call(NOW, { tokens, costNanoUsd: 2, feature: 'a:b/c é', model: 'gpt:5/x y', totalMs: 61 }),
      call(NOW, {
        costNanoUsd: 9_000_000_000_000,
        status: 'provider_error',
        feature: 'a:b/c é',
        totalMs: 9e6,
      }),
      call(NOW, { costNanoUsd: 0, status: 'released' }),
      call(NOW + HOUR_MS / 2, { costNanoUsd: 7 }),
      call(NOW, { keyId: 'key_bbbbbbbbbbbbbbbb', costNanoUsd: 5 }),
    ];
    const oracle = memoryUsageStore();
    for (const event of calls) {
      await usage().record(event);
      await oracle.record(event);
    }
    const found = await usage().hours(all);
    expect(sorted(found)).toEqual(sorted(await oracle.hours(all)));
    expect(found.find(({ keyId }) => keyId === KEY_ID)?.byFeature['a:b/c é']).toMatchObject({
      costNanoUsd: 9_000_000_000_002n,
      errorCount: 1,
    });
  });

  test('settlements that come together are one write of their hour, and count as those that come alone', async () => {
    const transactions: number[] = [];
    const counting: Tables = {
      ...tables,
      transact: async (writes) => {
        transactions.push(writes.length);
        return await tables.transact(writes);
      },
    };
    const together = dynamoUsageStore({ tables: counting });
    const calls = [
      call(NOW, { costNanoUsd: 1, feature: 'a' }),
      call(NOW + 1, { costNanoUsd: 2, keyId: 'key_bbbbbbbbbbbbbbbb' }),
      call(NOW + 2, { costNanoUsd: 3, model: 'other' }),
      call(NOW + HOUR_MS, { costNanoUsd: 4 }),
      call(NOW + 3, { costNanoUsd: 5, feature: 'a' }),
    ];
    const [first, , third] = calls;
    if (first === undefined || third === undefined) return expect.unreachable();
    await usage().record(third);
    const outcomes = await together.recordAll([...calls, { ...first }]);
    expect(outcomes).toEqual(
      [true, true, false, true, true, false].map((value) => ({ status: 'fulfilled', value })),
    );
    // Of the first hour what was there already is left out of the second try.
    expect(transactions).toEqual([4, 3, 2, 2]);
    const oracle = memoryUsageStore();
    for (const event of calls) await oracle.record(event);
    const span = { ...all, toMs: NOW + 2 * HOUR_MS };
    expect(sorted(await usage().hours(span))).toEqual(sorted(await oracle.hours(span)));
    for (const event of calls)
      expect(await usage().event(event.keyId, event.holdId)).toEqual(event);
    await together.recordAll(calls);
    expect(sorted(await usage().hours(span))).toEqual(sorted(await oracle.hours(span)));
  });

  test('many settlements of one hour, of more models than one expression can name, all count', async () => {
    const calls = Array.from({ length: 120 }, (_, index) =>
      call(NOW + index, { costNanoUsd: 1, model: `model-${index % 40}`, feature: `${index}` }),
    );
    const outcomes = await usage().recordAll(calls);
    expect(outcomes.every((one) => one.status === 'fulfilled' && one.value)).toBe(true);
    const oracle = memoryUsageStore();
    for (const event of calls) await oracle.record(event);
    expect(await usage().hours(all)).toEqual(await oracle.hours(all));
  });

  test('a settlement that cannot be recorded keeps none before it from being so, and those after it are not tried', async () => {
    let isAway = false;
    const failing: Tables = {
      ...tables,
      transact: async (writes) => {
        if (isAway) throw new Error('away');
        isAway = true;
        return await tables.transact(writes);
      },
    };
    const calls = [call(NOW), call(NOW, { keyId: 'key_bbbbbbbbbbbbbbbb' }), call(NOW + 1)];
    const outcomes = await dynamoUsageStore({ tables: failing }).recordAll(calls);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    const [hour] = await usage().hours({ ...all, keyId: KEY_ID });
    expect(hour?.total.requestCount).toBe(2);
  });

  test('an hour of more features than a row can name still counts every call in its totals', async () => {
    const tokens = { ...call(NOW).tokens, input: 1, cacheRead: 1, cacheWrite5m: 1, output: 1 };
    const names = Array.from({ length: 130 }, (_, index) => `${index}`.padStart(64, '日'));
    for (const feature of names)
      await usage().record(call(NOW, { tokens, feature, costNanoUsd: 1 }));
    const [hour] = await usage().hours(all);
    expect(hour?.total).toMatchObject({ requestCount: 130, costNanoUsd: 130n });
    expect(hour?.total.counts).toMatchObject({ output: 130 });
    const features = Object.values(hour?.byFeature ?? {});
    expect(features.length).toBeGreaterThan(50);
  });

  test('a span is read over the ends of months and of years, each hour once', async () => {
    const starts = [
      Date.UTC(2026, 9, 31, 23, 59),
      Date.UTC(2026, 10, 1),
      Date.UTC(2026, 11, 31, 23),
      Date.UTC(2027, 0, 1),
    ];
    for (const [index, atMs] of starts.entries())
      for (const keyId of [KEY_ID, 'key_cccccccccccccccc', `key_${index}ddddddddddddddd`])
        await usage().record(call(atMs, { keyId, costNanoUsd: 1 }));
    const hoursOf = async (fromMs: number, toMs: number, keyId: string | null = null) =>
      (await usage().hours({ projectId: PROJECT, keyId, fromMs, toMs })).length;
    const [first = 0, second = 0, third = 0, last = 0] = starts;
    expect(await hoursOf(first, last + 1)).toBe(12);
    expect(await hoursOf(first, last + 1, KEY_ID)).toBe(4);
    expect(await hoursOf(second, last)).toBe(6);
    expect(await hoursOf(second, third)).toBe(3);
    expect(await hoursOf(second, third, KEY_ID)).toBe(1);
    expect(await hoursOf(last + HOUR_MS, last + 2 * HOUR_MS)).toBe(0);
  });

  test('a project sees its own hours alone', async () => {
    await usage().record(call(NOW));
    expect(await usage().hours({ ...all, projectId: 'project_other' })).toEqual([]);
  });

  test('the calls of a key come newest first, page by page, within their span', async () => {
    const calls = Array.from({ length: 12 }, (_, index) => call(NOW + index * 60_000));
    for (const event of calls) await usage().record(event);
    await usage().record(call(NOW, { keyId: 'key_bbbbbbbbbbbbbbbb' }));
    const span = {
      projectId: PROJECT,
      keyId: KEY_ID,
      fromMs: NOW + 60_000,
      toMs: NOW + 10 * 60_000,
    };
    const seen: string[] = [];
    let before: string | null = null;
    do {
      const page = await usage().events({ ...span, limit: 4, before });
      seen.push(...page.events.map(({ holdId }) => holdId));
      before = page.next;
    } while (before !== null);
    expect(seen).toEqual(
      calls
        .slice(1, 10)
        .map(({ holdId }) => holdId)
        .toReversed(),
    );
  });

  test('a call that settled long after it began is found in the span it settled in', async () => {
    const event = call(NOW, { startedAtMs: NOW, settledAtMs: NOW + 16 * 60_000 });
    await usage().record(event);
    const fromMs = NOW + 10 * 60_000;
    const span = {
      projectId: PROJECT,
      keyId: KEY_ID,
      fromMs,
      toMs: fromMs + HOUR_MS,
      limit: 9,
      before: null,
    };
    expect((await usage().events(span)).events).toEqual([event]);
  });

  test('a call that nobody made is none', async () => {
    expect(await usage().event(KEY_ID, newHoldId(NOW))).toBeNull();
  });
});
