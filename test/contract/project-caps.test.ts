import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { dynamoKeyRegister } from '../../lambdas/ledger/adapters/dynamo-key-register.ts';
import { dynamoProjectCaps } from '../../lambdas/ledger/adapters/dynamo-project-caps.ts';
import { dynamoSpendLedger } from '../../lambdas/ledger/adapters/dynamo-spend-ledger.ts';
import { stateKey } from '../../lambdas/ledger/adapters/ledger-expressions.ts';
import { readShards } from '../../lambdas/ledger/adapters/project-shard.ts';
import type { Period } from '../../lambdas/ledger/domain/key.ts';
import type { Hold } from '../../lambdas/ledger/ports.ts';
import type { Tables } from '../../lambdas/platform/tables/tables.ts';
import { ENGINES, type Engine } from '../support/engines.ts';
import { holdRequest, newKey, PROJECT, settlementOf } from '../support/key-items.ts';
import { through } from '../support/through-tables.ts';

const NOW = Date.UTC(2026, 10, 24, 12);
const USD = 1_000_000_000;
const KEYS = ['key_aaaaaaaaaaaaaaaa', 'key_bbbbbbbbbbbbbbbb', 'key_cccccccccccccccc'] as const;
const [FIRST, SECOND] = KEYS;

describe.each(ENGINES)('the cap of a project on $name', ({ open }) => {
  let engine: Awaited<ReturnType<Engine['open']>>;
  let tables: Tables;
  beforeAll(async () => void (engine = await open()));
  beforeEach(async () => {
    tables = await engine.fresh();
    for (const keyId of KEYS)
      await keys().create(newKey({ keyId, capNanoUsd: null, nowMs: NOW - 1_000 }));
  });
  afterAll(() => engine.close());

  const pause = async (): Promise<void> => {};
  const keys = () => dynamoKeyRegister({ tables });
  const ledger = () => dynamoSpendLedger({ tables });
  const caps = () => dynamoProjectCaps({ tables, pause, nowMs: () => NOW });
  const cap = async (capNanoUsd: number, period: Period = 'lifetime', nowMs = NOW) => {
    await caps().set(PROJECT, { capNanoUsd, period }, { keyId: FIRST, nowMs });
    expect(await caps().bind(PROJECT, NOW + 1)).toBe(true);
  };
  const budget = async (nowMs = NOW) => (await caps().get(PROJECT, nowMs)).budget;
  const ask = async (keyId: string, id: string, amount: number, nowMs = NOW) =>
    await ledger().hold({ ...holdRequest(id, amount, nowMs), keyId });
  const take = async (keyId: string, id: string, amount: number, nowMs = NOW): Promise<Hold> => {
    const outcome = await ask(keyId, id, amount, nowMs);
    if (outcome.kind !== 'held') throw new Error(`refused: ${outcome.reason}`);
    return outcome.hold;
  };
  const settle = async (hold: Hold, cost: number, nowMs = NOW) =>
    await ledger().settle(hold, { ...settlementOf(hold.holdId, cost, nowMs), keyId: hold.keyId });

  test('without one a key takes one write, and its item has no word of a project', async () => {
    await take(FIRST, 'a', 5);
    expect(await tables.get('keys', stateKey(FIRST))).not.toHaveProperty('project_holds');
    expect(await caps().get(PROJECT, NOW)).toEqual({
      projectId: PROJECT,
      budget: null,
      isBound: true,
    });
  });

  test('keys together never hold more than it, and what fits exactly is admitted', async () => {
    await cap(100);
    const hold = await take(FIRST, 'a', 60);
    expect(await ask(SECOND, 'b', 41)).toMatchObject({
      kind: 'refused',
      reason: 'in_flight',
      project: { capNanoUsd: 100, spentNanoUsd: 0, heldNanoUsd: 60, availableNanoUsd: 40 },
    });
    await take(SECOND, 'c', 40);
    await settle(hold, 30);
    expect(await budget()).toMatchObject({
      spentNanoUsd: 30,
      heldNanoUsd: 40,
      availableNanoUsd: 30,
    });
    expect(await ask(FIRST, 'd', 71)).toMatchObject({ reason: 'cap_exceeded' });
    expect(await ask(FIRST, 'e', 101)).toMatchObject({ reason: 'exceeds_cap' });
  });

  test('of 24 holds at once by three keys over a cap for 10, exactly 10 are admitted', async () => {
    await cap(160 * USD);
    const outcomes = await Promise.all(
      Array.from(
        { length: 24 },
        async (_, index) => await ask(KEYS[index % 3] ?? FIRST, `h${index}`, 16 * USD),
      ),
    );
    const held = outcomes.flatMap((outcome) => (outcome.kind === 'held' ? [outcome.hold] : []));
    // Of many at once some give way to each other; what is left then fits.
    for (let more = 0; held.length < 10 && more < 10; more++)
      held.push(await take(FIRST, `more${more}`, 16 * USD));
    expect(held).toHaveLength(10);
    expect(await ask(SECOND, 'over', 1)).toMatchObject({ reason: 'in_flight' });
    for (const hold of held) await settle(hold, 16 * USD);
    expect(await budget()).toMatchObject({
      spentNanoUsd: 160 * USD,
      heldNanoUsd: 0,
      availableNanoUsd: 0,
    });
    expect(await ask(SECOND, 'spent', 1)).toMatchObject({ reason: 'cap_exceeded' });
  });

  test('a request that fits the rest is admitted however the shards split it', async () => {
    await cap(320 * USD);
    const holds = await Promise.all(
      Array.from({ length: 16 }, async (_, index) => await take(FIRST, `h${index}`, 15 * USD)),
    );
    const all = await take(SECOND, 'all', 80 * USD);
    expect(await budget()).toMatchObject({ heldNanoUsd: 320 * USD, availableNanoUsd: 0 });
    await settle(all, 80 * USD);
    for (const hold of holds) await settle(hold, 0);
    await settle(await take(SECOND, 'rest', 240 * USD), 240 * USD);
    expect(await budget()).toMatchObject({ spentNanoUsd: 320 * USD, availableNanoUsd: 0 });
  });

  test('a call ends once in both books, whoever ends it, and whether he knows of its part or not', async () => {
    await cap(100);
    const hold = await take(FIRST, 'a', 60);
    expect(hold.project).toMatchObject({ projectId: PROJECT });
    const { project, ...unaware } = hold;
    expect(await settle(unaware, 25)).toEqual({ kind: 'settled' });
    expect(await settle(hold, 25)).toEqual({ kind: 'settled' });
    await ledger().withdraw({ ...hold, ...(project === undefined ? {} : { project }) });
    await ledger().expireHolds(FIRST, NOW + 120_000);
    expect(await budget()).toMatchObject({
      spentNanoUsd: 25,
      heldNanoUsd: 0,
      availableNanoUsd: 75,
    });
    const taken = await take(FIRST, 'b', 75);
    const { project: _, ...unawareToo } = taken;
    await ledger().withdraw(unawareToo);
    await ledger().withdraw(taken);
    expect(await budget()).toMatchObject({
      spentNanoUsd: 25,
      heldNanoUsd: 0,
      availableNanoUsd: 75,
    });
  });

  test('a call that died is charged to the project too, at its full amount', async () => {
    await cap(100);
    await take(FIRST, 'a', 60);
    expect(await ledger().expireHolds(FIRST, NOW + 60_000)).toBe(1);
    expect(await budget()).toMatchObject({
      spentNanoUsd: 60,
      heldNanoUsd: 0,
      availableNanoUsd: 40,
    });
  });

  test('a new month opens the whole cap, and a late settlement leaves it alone', async () => {
    const next = Date.UTC(2026, 11, 1, 0, 0, 1);
    await cap(400 * USD, 'month');
    const old = await take(FIRST, 'a', 390 * USD);
    await take(SECOND, 'b', 395 * USD, next);
    await settle(old, 390 * USD, next);
    expect(await budget(next)).toMatchObject({
      window: '2026-12',
      spentNanoUsd: 0,
      heldNanoUsd: 395 * USD,
      availableNanoUsd: 5 * USD,
    });
    await take(FIRST, 'c', 5 * USD, next - 2_000);
    expect(await ask(FIRST, 'd', 1, next - 2_000)).toMatchObject({ reason: 'in_flight' });
  });

  test('one that is lowered in flight refuses the next call until enough has settled for nothing', async () => {
    await cap(400 * USD);
    const holds = await Promise.all(
      Array.from({ length: 15 }, async (_, index) => await take(FIRST, `h${index}`, 20 * USD)),
    );
    await cap(200 * USD);
    expect(await budget()).toMatchObject({ heldNanoUsd: 300 * USD, availableNanoUsd: -100 * USD });
    const [one, two, ...others] = holds;
    if (one === undefined || two === undefined) throw new Error('no holds');
    for (const hold of [one, two, ...others.slice(0, 3)]) await settle(hold, 0);
    expect(await ask(SECOND, 'b', 1)).toMatchObject({ reason: 'in_flight' });
    for (const hold of others.slice(3, 5)) await settle(hold, 0);
    expect(await ask(SECOND, 'c', 41 * USD)).toMatchObject({ reason: 'in_flight' });
    await settle(await take(SECOND, 'd', 40 * USD), 40 * USD);
    for (const hold of others.slice(5)) await settle(hold, 20 * USD);
    expect(await budget()).toMatchObject({ spentNanoUsd: 200 * USD, availableNanoUsd: 0 });
  });

  test('a cost above its hold is owed by all shards: no other one gives what is not there', async () => {
    await cap(400 * USD);
    await settle(await take(FIRST, 'a', 1), 390 * USD);
    expect(await budget()).toMatchObject({ availableNanoUsd: 10 * USD });
    expect(await ask(SECOND, 'b', 11 * USD)).toMatchObject({ reason: 'cap_exceeded' });
    await take(SECOND, 'c', 10 * USD);
    expect(await ask(SECOND, 'd', 1)).toMatchObject({ reason: 'in_flight' });
  });

  test('calls in flight when it is set are not counted, and each key is bound from the answer on', async () => {
    const before = await take(FIRST, 'a', 500);
    await cap(100);
    await settle(before, 500);
    expect(await budget()).toMatchObject({ spentNanoUsd: 0, heldNanoUsd: 0 });
    for (const keyId of KEYS)
      expect(await ask(keyId, 'b', 101)).toMatchObject({ reason: 'exceeds_cap' });
  });

  test('a key that is made later is bound from its first call', async () => {
    await cap(100);
    const keyId = 'key_dddddddddddddddd';
    await keys().create(newKey({ keyId, capNanoUsd: null, nowMs: NOW }));
    expect(await ask(keyId, 'a', 101)).toMatchObject({ reason: 'exceeds_cap' });
  });

  test('one that is removed binds nobody, and one that is set again begins anew', async () => {
    await cap(100);
    const old = await take(FIRST, 'a', 100);
    await caps().set(PROJECT, null, { keyId: FIRST, nowMs: NOW });
    // Keys that were not told yet ask the project, and are free.
    await settle(await take(SECOND, 'b', 500), 500);
    await caps().bind(PROJECT, NOW + 1);
    expect(await tables.get('keys', stateKey(FIRST))).not.toHaveProperty('project_holds');
    await cap(50);
    await settle(old, 90);
    await take(FIRST, 'c', 50);
    expect(await budget()).toMatchObject({ spentNanoUsd: 0, heldNanoUsd: 50 });
  });

  test('another period begins a new budget, in which calls in flight do not count', async () => {
    await cap(100);
    const old = await take(FIRST, 'a', 60);
    await cap(100, 'day');
    await settle(old, 60);
    expect(await budget()).toMatchObject({
      window: '2026-11-24',
      spentNanoUsd: 0,
      heldNanoUsd: 0,
      availableNanoUsd: 100,
    });
  });

  test("a key's own cap refuses first, and takes nothing of its project", async () => {
    await cap(100);
    await keys().patch(PROJECT, FIRST, { capNanoUsd: 10 }, NOW);
    const outcome = await ask(FIRST, 'a', 11);
    expect(outcome).toMatchObject({ kind: 'refused', reason: 'exceeds_cap' });
    expect(outcome).not.toHaveProperty('project');
    await keys().revoke(PROJECT, SECOND, NOW);
    expect(await ask(SECOND, 'b', 1)).toMatchObject({ reason: 'revoked' });
    expect(await budget()).toMatchObject({ heldNanoUsd: 0, availableNanoUsd: 100 });
  });

  test('more keys than a page are all bound, and all free again', async () => {
    const many = Array.from({ length: 120 }, (_, index) =>
      `key_${String(index).padStart(4, 'a').padEnd(16, 'z')}`.slice(0, 20),
    );
    for (const keyId of many) await keys().create(newKey({ keyId, nowMs: NOW - 1_000 }));
    const bound = async () =>
      (await tables.getMany('keys', many.slice(0, 100).map(stateKey))).filter(
        (item) => item['project_holds'] !== undefined,
      ).length;
    await cap(100);
    expect(await bound()).toBe(100);
    await caps().set(PROJECT, null, { keyId: FIRST, nowMs: NOW });
    await caps().bind(PROJECT, NOW + 1);
    expect(await bound()).toBe(0);
    expect((await readShards(tables, PROJECT)).map(({ isOn }) => isOn)).not.toContain(true);
  });

  test('a key that the list does not show yet is bound, and free again', async () => {
    const lagging: Tables = {
      ...through(tables),
      query: async (query) => {
        const page = await tables.query(query);
        const items = page.items.filter((item) => item['key_id'] !== SECOND);
        return query.index === undefined ? page : { ...page, items };
      },
    };
    const behind = dynamoProjectCaps({ tables: lagging, pause, nowMs: () => NOW });
    const by = { keyId: FIRST, nowMs: NOW };
    await behind.set(PROJECT, { capNanoUsd: 100, period: 'lifetime' }, by);
    expect(await behind.bind(PROJECT, NOW + 1)).toBe(true);
    expect(await ask(SECOND, 'a', 101)).toMatchObject({ kind: 'refused', reason: 'exceeds_cap' });
    await behind.set(PROJECT, null, by);
    expect(await behind.bind(PROJECT, NOW + 1)).toBe(true);
    expect(await tables.get('keys', stateKey(SECOND))).not.toHaveProperty('project_holds');
  });
});
