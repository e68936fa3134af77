import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { dynamoSpendLedger } from '../../lambdas/ledger/adapters/dynamo-spend-ledger.ts';
import { keyItem, keyStateOf } from '../../lambdas/ledger/adapters/key-item.ts';
import { dynamoUsageStore } from '../../lambdas/ledger/adapters/dynamo-usage-store.ts';
import { stateKey } from '../../lambdas/ledger/adapters/ledger-expressions.ts';
import type { TableName, Tables } from '../../lambdas/platform/tables/tables.ts';
import { settlementSchema } from '../../lambdas/ledger/domain/settlement.ts';
import { NO_TOKENS } from '../../lambdas/ledger/domain/usage.ts';
import { tableThreadStore } from '../../lambdas/threads/adapters/threads/table-thread-store.ts';
import { timers } from '../../lambdas/platform/timers.ts';
import { differingFigures, sumSettlements } from '../../ops/usecases/sum-settlements.ts';
import { ENGINES, type Engine } from '../support/engines.ts';
import { placeItem, settlementOf } from '../support/key-items.ts';
import { runEnd } from '../support/thread-rows.ts';

const item = z.record(z.string(), z.unknown());
/**
 * Items as release 0.1 wrote them: a key with four settlements and two calls in flight, and three threads, one answered,
 * one that waits for a client's tool, one at work.
 */
const kept = z
  .object({
    key: z.string(),
    threads: z.object({ ended: z.string(), waiting: z.string(), running: z.string() }),
    tables: z.record(z.string(), z.array(item)),
  })
  .parse(JSON.parse(readFileSync('test/fixtures/items-of-last-release.json', 'utf8')));

const TABLE_NAMES: Readonly<Record<string, TableName>> = {
  KeysTable: 'keys',
  UsageTable: 'usage',
  ThreadsTable: 'threads',
  ChunksTable: 'chunks',
};

const bytes = z.strictObject({ $bytes: z.base64() });
const asStored = (stored: z.infer<typeof item>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(stored).map(([name, value]) => {
      const packed = bytes.safeParse(value);
      return [name, packed.success ? Buffer.from(packed.data.$bytes, 'base64') : value];
    }),
  );

const itemsOf = (table: string): readonly z.infer<typeof item>[] => kept.tables[table] ?? [];
const STATE = keyItem.parse(itemsOf('KeysTable').find(({ sk }) => sk === 'STATE'));
const SETTLED = itemsOf('UsageTable').flatMap(({ settlement }) =>
  settlement === undefined ? [] : [settlementSchema.parse(settlement)],
);
/** The moment that the items were written down. */
const NOW = Math.max(...SETTLED.map(({ settledAtMs }) => settledAtMs)) + 5_000;
const LATER = NOW + 3_600_000;
const placeOf = (threadId: string) => ({
  projectId: STATE.project_id,
  endUserId: 'ada',
  threadId,
  seq: 2,
});
const WRITER = { epoch: 2, nonce: 'next' };

/** The twin in memory holds no rows, so it has none of an earlier release. */
const engines = ENGINES.filter(({ name }) => name !== 'memory');

describe.each(engines)('items of the last release on $name', ({ open }) => {
  let engine: Awaited<ReturnType<Engine['open']>>;
  let tables: Tables;
  beforeAll(async () => void (engine = await open()));
  afterAll(() => engine.close());
  beforeEach(async () => {
    tables = await engine.fresh();
    for (const [table, items] of Object.entries(kept.tables))
      for (const stored of items) await placeItem(tables, asStored(stored), TABLE_NAMES[table]);
  });

  const ledger = () => dynamoSpendLedger({ tables });
  const state = async () => keyStateOf(keyItem.parse(await tables.get('keys', stateKey(kept.key))));
  const hold = async () => {
    const outcome = await ledger().hold({
      keyId: kept.key,
      secretHash: STATE.secret_hash,
      holdId: 'h1',
      amountNanoUsd: 500,
      model: 'gpt-4o-mini',
      provider: 'openai',
      feature: 'chat',
      nowMs: NOW,
      expiresAtMs: NOW + 60_000,
    });
    if (outcome.kind !== 'held') throw new Error(outcome.reason);
    return outcome.hold;
  };
  const settlementOfNow = (tokens = NO_TOKENS) => ({
    ...settlementOf('h1', 300, NOW),
    keyId: kept.key,
    projectId: STATE.project_id,
    tokens,
  });
  const hours = async () =>
    await dynamoUsageStore({ tables }).hours({
      projectId: STATE.project_id,
      keyId: null,
      fromMs: NOW - 3_600_000,
      toMs: LATER,
    });

  test('a used key is held and settled, and says what it spent', async () => {
    const before = await state();
    await ledger().settle(await hold(), settlementOfNow());
    expect(await state()).toMatchObject({
      spentNanoUsd: before.spentNanoUsd + 300,
      heldNanoUsd: before.heldNanoUsd,
      holdCount: 2,
    });
  });

  test('its calls in flight expire at what they hold', async () => {
    const before = await state();
    expect(await ledger().expireHolds(kept.key, LATER)).toBe(2);
    expect(await state()).toMatchObject({
      spentNanoUsd: before.spentNanoUsd + before.heldNanoUsd,
      heldNanoUsd: 0,
      holdCount: 0,
    });
  });

  test('its usage is read, and grows by kinds that the release before did not know', async () => {
    const [before] = await hours();
    expect(before?.total).toMatchObject({
      costNanoUsd: BigInt(STATE.spent),
      counts: { input: 240, cache_read: 160, output: 80, images: 0, characters: 0 },
    });
    const told = settlementOfNow({ ...NO_TOKENS, audioInput: 7, images: 2, characters: 40 });
    expect(await dynamoUsageStore({ tables }).record(told)).toBe(true);
    const [after] = await hours();
    expect(after?.total).toMatchObject({
      requestCount: SETTLED.length + 1,
      counts: { input: 240, output: 80, audio_input: 7, images: 2, characters: 40, seconds: 0 },
    });
    expect(await dynamoUsageStore({ tables }).event(kept.key, 'h1')).toEqual(told);
  });

  test('a hold on a key whose last settlement names a kind of a release to come is held', async () => {
    const last = { ...STATE.last, tokens: { ...STATE.last?.tokens, holograms: 3 } };
    await placeItem(tables, { ...STATE, pk: `KEY#${kept.key}`, sk: 'STATE', last });
    expect((await hold()).amountNanoUsd).toBe(500);
  });

  test('the books agree: a row of the release before is no difference, a wrong one is', async () => {
    const row = itemsOf('UsageTable').find(({ sk }) => String(sk).startsWith('HOUR#'));
    const figures = Object.entries(row ?? {}).filter(
      ([name]) => !['pk', 'sk', 'month_pk', 'month_sk', 'schema'].includes(name),
    );
    const ledgerFigures = {
      keyId: kept.key,
      projectId: STATE.project_id,
      period: STATE.period,
      window: STATE.window,
      capNanoUsd: STATE.cap,
      spentNanoUsd: STATE.spent,
      availableNanoUsd: STATE.available,
      heldNanoUsd: STATE.cap - STATE.spent - STATE.available,
      last: STATE.last ?? null,
    };
    const all = async function* events() {
      yield* await Promise.resolve(SETTLED);
    };
    const sums = await sumSettlements(all(), ledgerFigures, 0);
    const [sum] = [...sums.hours.values()];
    expect(sums.settledNanoUsd).toBe(STATE.spent);
    expect(differingFigures(new Map(figures), sum?.figures ?? new Map())).toEqual([]);
    const wrong = new Map([...figures, ['output', 81], ['reasoning', 1_000]]);
    expect(differingFigures(wrong, sum?.figures ?? new Map())).toEqual(['output', 'reasoning']);
  });

  test('its runs are read as they were: answered, waiting for a tool, at work', async () => {
    const store = tableThreadStore({ tables, timers, random: Math.random });
    const { ended, waiting, running } = kept.threads;
    expect(await store.run(placeOf(ended))).toMatchObject({
      status: 'complete',
      usage: { ...NO_TOKENS, input: 60, cacheRead: 40, output: 20, reasoning: 5 },
    });
    expect(await store.run(placeOf(waiting))).toMatchObject({ status: 'requires_action' });
    expect(await store.run(placeOf(running))).toMatchObject({
      status: 'active',
      usage: NO_TOKENS,
      hold: { amountNanoUsd: 73_800 },
    });
    const query = { beforeSeq: null, afterSeq: null, order: 'asc', limit: 10 } as const;
    const { steps } = await store.history(placeOf(ended), query);
    expect(steps.map(({ role, usage }) => [role, usage?.output ?? null])).toEqual([
      ['user', null],
      ['assistant', 20],
    ]);
  });

  test('its run at work is taken over and ended, its waiting run goes on', async () => {
    const store = tableThreadStore({ tables, timers, random: Math.random });
    const { waiting, running } = kept.threads;
    const lost = await store.run(placeOf(running));
    if (lost === null) throw new Error('the run is gone');
    const taken = await store.startRun(lost, WRITER, LATER);
    if (taken === null) throw new Error('the run was not taken over');
    expect(await store.endRun(taken, WRITER, runEnd(taken, LATER))).toBe('ended');

    const asked = await store.run(placeOf(waiting));
    if (asked === null) throw new Error('the run is gone');
    expect(await store.wakeRun(asked, LATER)).toBe(true);
  });
});
