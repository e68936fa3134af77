import { dynamoKeyRegister } from '../../lambdas/ledger/adapters/dynamo-key-register.ts';
import { dynamoProjectCaps } from '../../lambdas/ledger/adapters/dynamo-project-caps.ts';
import { dynamoSpendLedger } from '../../lambdas/ledger/adapters/dynamo-spend-ledger.ts';
import type { SpendLedger } from '../../lambdas/ledger/ports.ts';
import type { Tables, Write } from '../../lambdas/platform/tables/tables.ts';
import { AppError } from '../../lambdas/shared/app-error.ts';
import { holdRequest, newKey, PROJECT, settlementOf } from '../support/key-items.ts';
import { MemoryTables } from '../support/memory-tables.ts';
import { projectWatch, type ProjectWatch } from './check-project-caps.ts';
import { clock, runActors, sweep, sweeper, type LedgerWorld } from './ledger-actors.ts';
import { afterwards } from './project-afterwards.ts';
import { ProjectTellers } from './project-tellers.ts';
import { must, Scheduler } from './scheduler.ts';
import { seeded } from './seeded.ts';
import { weaken, weakenAll, type ProjectMutation } from './weak-project-caps.ts';

const USD = 1_000_000_000;
const CAP = 100 * USD;
const CALLERS = 6;
const CALLS_EACH = 2;
/** Of reads during which others write. */
const SLOW_READ_SHARE = 0.15;
const CRASH_SHARE = 0.006;
const OUTAGE_SHARE = 0.008;
const CONFLICT_SHARE = 0.08;
/** Of writes that come late, when what they were made from may have changed. */
const SLOW_SHARE = 0.08;
const START_MS = Date.UTC(2026, 10, 30, 23, 59, 56);
const KEYS = ['key_aaaaaaaaaaaaaaaa', 'key_bbbbbbbbbbbbbbbb', 'key_cccccccccccccccc'] as const;

interface World extends LedgerWorld {
  readonly memory: MemoryTables;
  readonly watch: ProjectWatch;
  readonly tellers: ProjectTellers;
  readonly mutation: ProjectMutation | null;
  readonly seen: Set<unknown>;
  readonly period: 'month' | 'lifetime';
}

/**
 * One seeded run of the deployed ledger under a project's cap: callers over several keys, an administrator who sets, lowers,
 * raises, removes and renews the cap and makes keys, and the sweep, with a death at every await, transactions that meet
 * others, storage that fails before or after a step, clock skew and a month that ends. Each step is checked as it is made.
 */
export const simulateProjectCaps = async (
  seed: number,
  mutation: ProjectMutation | null = null,
): Promise<ReadonlySet<unknown>> => {
  const random = seeded(seed);
  const seen = new Set<unknown>();
  const memory = new MemoryTables();
  const world: World = {
    random,
    scheduler: new Scheduler(random, (actor) => seen.add(`killed: ${actor.split(' ')[0] ?? ''}`)),
    memory,
    watch: projectWatch(memory, seen),
    tellers: new ProjectTellers(memory, random, seen),
    mutation,
    seen,
    nowMs: START_MS,
    period: random.chance(0.7) ? 'month' : 'lifetime',
  };
  world.tellers.isForgetful = mutation === 'counters that are read once';
  const keys = dynamoKeyRegister({ tables: memory });
  for (const keyId of KEYS)
    await keys.create(
      newKey({ keyId, capNanoUsd: random.chance(0.3) ? CAP / 2 : null, nowMs: START_MS - 9_000 }),
    );
  const caps = dynamoProjectCaps({ tables: memory, pause: noPause, nowMs: () => world.nowMs });
  const { period } = world;
  if (random.chance(0.8)) {
    const begun = world.watch.begins();
    await caps.set(PROJECT, { capNanoUsd: CAP, period }, { keyId: KEYS[0], nowMs: START_MS });
    world.tellers.note([]);
    await caps.bind(PROJECT, START_MS + 60_000);
    world.watch.ends(begun, true);
  }
  await runActors(world, CRASH_SHARE, [
    ...Array.from({ length: CALLERS }, async (_, index) => await call(world, index)),
    admin(world, 'admin'),
    ...(random.chance(0.5) ? [admin(world, 'admin too')] : []),
    maker(world),
    sweeper(world, ledgerOf(world, 'sweeper')),
    ...['teller one', 'teller two'].map(async (actor) => await teller(world, actor)),
  ]);
  await atRest(world);
  await afterwards({
    random,
    tellers: world.tellers,
    tables: tablesOf({ ...world, random: { ...random, chance: () => false } }, null),
    nowMs: world.nowMs + 3_600_000,
  });
  return seen;
};

const noPause = async (): Promise<void> => {};

const call = async (world: World, index: number): Promise<void> => {
  const { random, scheduler } = world;
  const actor = `caller ${index}`;
  for (let later = random.below(14); later > 0; later--) await scheduler.turn(actor);
  const ledger = ledgerOf(world, actor);
  for (let times = 0; times < CALLS_EACH; times++)
    await callOnce(world, actor, ledger, `h${index}${times}`);
};

const callOnce = async (
  world: World,
  actor: string,
  ledger: SpendLedger,
  holdId: string,
): Promise<void> => {
  const { random, scheduler } = world;
  const amount = random.chance(0.1) ? CAP : (1 + random.below(40)) * USD;
  const nowMs = clock(world);
  const request = {
    ...holdRequest(holdId, amount, nowMs),
    keyId: random.pick(KEYS),
    expiresAtMs: nowMs + (random.chance(0.2) ? 2_000 : 60_000),
  };
  const outcome = await ledger.hold(request);
  if (outcome.kind === 'refused') {
    world.seen.add(`refused: ${outcome.project === undefined ? 'key' : 'project'}`);
    return;
  }
  await scheduler.turn(actor);
  // Whoever ends a run of a thread may not know what was taken of its project.
  const { project, ...unaware } = outcome.hold;
  const held = random.chance(0.3) || project === undefined ? unaware : { ...unaware, project };
  if (random.chance(0.15)) {
    await ledger.withdraw(held);
    world.seen.add('withdrawn');
    return;
  }
  // A bound may be wrong: then the cost is above what was held.
  const cost = random.chance(0.1) ? amount + 5 * USD : random.below(amount / USD + 1) * USD;
  const settlement = { ...settlementOf(request.holdId, cost, clock(world)), keyId: request.keyId };
  for (let times = random.chance(0.1) ? 2 : 1; times > 0; times--)
    await ledger.settle(held, settlement);
};

const admin = async (world: World, actor: string): Promise<void> => {
  const { random, scheduler, watch } = world;
  const tables = tablesOf(world, actor);
  const caps = dynamoProjectCaps({
    tables,
    pause: pauseOf(world, actor),
    nowMs: () => world.nowMs,
  });
  const keys = dynamoKeyRegister({ tables, pause: pauseOf(world, actor) });
  const set = async (cap: { capNanoUsd: number; period: 'month' | 'lifetime' } | null) => {
    const change = watch.begins();
    await caps.set(PROJECT, cap, { keyId: KEYS[0], nowMs: clock(world) });
    const isBound = await caps.bind(PROJECT, world.nowMs + 60_000);
    watch.ends(change, isBound && cap !== null);
    world.seen.add(cap === null ? 'removed' : 'set');
  };
  const some = (): number => (20 + random.below(160)) * USD;
  for (let rounds = random.below(6); rounds > 0; rounds--) {
    for (let later = random.below(8); later > 0; later--) await scheduler.turn(actor);
    const kind = random.below(6);
    if (kind < 2) await set(null);
    else if (kind === 2) await keys.revoke(PROJECT, KEYS[2], clock(world));
    else await set({ capNanoUsd: some(), period: random.chance(0.8) ? world.period : 'lifetime' });
  }
};

/** The roll-up, a function instance after the other. */
const teller = async (world: World, actor: string): Promise<void> => {
  const { random, scheduler, tellers } = world;
  const pause = async (ms: number): Promise<void> => {
    world.nowMs += ms;
    await scheduler.turn(actor);
  };
  for (let rounds = 4 + random.below(8); rounds > 0; rounds--) {
    for (let later = random.below(12); later > 0; later--) await scheduler.turn(actor);
    await tellers.rollUp({
      tables: tablesOf(world, actor),
      nowMs: () => world.nowMs,
      pause,
      turn: async () => await scheduler.turn(actor),
    });
  }
};

/** A key that is made while the cap changes. */
const maker = async (world: World): Promise<void> => {
  const { random, scheduler, nowMs } = world;
  if (random.chance(0.5)) return;
  for (let later = random.below(16); later > 0; later--) await scheduler.turn('maker');
  const keys = dynamoKeyRegister({
    tables: tablesOf(world, 'maker'),
    pause: pauseOf(world, 'maker'),
  });
  await keys.create(newKey({ keyId: 'key_dddddddddddddddd', capNanoUsd: null, nowMs }));
};

/** Everything has ended: nothing is held, and what is left is there for who asks for exactly that. */
const atRest = async (world: World): Promise<void> => {
  const tables = tablesOf({ ...world, random: { ...world.random, chance: () => false } }, null);
  const ledger = dynamoSpendLedger({ tables, pause: noPause });
  const lateMs = world.nowMs + 3_600_000;
  await sweep(ledger, lateMs);
  const caps = dynamoProjectCaps({ tables, pause: noPause, nowMs: () => lateMs });
  const { budget } = await caps.get(PROJECT, lateMs);
  if (budget === null) return;
  await caps.bind(PROJECT, lateMs + 60_000);
  must(budget.heldNanoUsd === 0, 'the project holds money of no call');
  must(
    budget.availableNanoUsd === budget.capNanoUsd - budget.spentNanoUsd,
    'what is available is not the cap less what is spent',
  );
  if (budget.availableNanoUsd < 0) return;
  const keyId = 'key_eeeeeeeeeeeeeeee';
  await dynamoKeyRegister({ tables }).create(newKey({ keyId, capNanoUsd: null, nowMs: lateMs }));
  const rest = await ledger.hold({
    ...holdRequest('rest', budget.availableNanoUsd, lateMs),
    keyId,
  });
  must(rest.kind === 'held', 'what fits the rest is refused with nothing in flight');
  const more = await ledger.hold({ ...holdRequest('more', 1, lateMs), keyId });
  must(more.kind === 'refused', 'more than the rest is admitted');
};

const ledgerOf = (world: World, actor: string): SpendLedger =>
  dynamoSpendLedger({ tables: tablesOf(world, actor), pause: pauseOf(world, actor) });

const pauseOf = (world: World, actor: string) => async (): Promise<void> =>
  await world.scheduler.turn(actor);

/** The tables as one actor sees them; null: nothing happens to it. */
const tablesOf = (world: World, actor: string | null): Tables => {
  const { memory, random, scheduler, seen, watch, tellers, mutation } = world;
  const turn = async (): Promise<void> => {
    if (actor !== null) await scheduler.turn(actor);
  };
  const fails = (): void => {
    if (!random.chance(OUTAGE_SHARE)) return;
    seen.add('storage down');
    throw new AppError({ code: 'storage_unavailable', publicMessage: 'down' });
  };
  const step = async <T>(apply: () => T, writes: readonly Write[]): Promise<T> => {
    await turn();
    if (actor === 'maker' || random.chance(SLOW_SHARE))
      for (let later = random.below(50); later > 0; later--) await turn();
    fails();
    if (actor !== null) world.nowMs += random.below(700);
    const outcome = watch.step(apply);
    tellers.note(writes);
    fails();
    await turn();
    return outcome;
  };
  const read = async <T>(get: () => Promise<T>): Promise<T> => {
    if (random.chance(SLOW_READ_SHARE)) await turn();
    fails();
    return await get();
  };
  return {
    get: async (...asked) => await read(async () => await memory.get(...asked)),
    query: async (query) => await read(async () => await memory.query(query)),
    getMany: async (...asked) => await read(async () => await memory.getMany(...asked)),
    write: async (write) => await step(() => memory.apply(weaken(write, mutation)), []),
    update: async (update) => await step(() => memory.applyUpdate(weaken(update, mutation)), []),
    transact: async (writes) => {
      if (random.chance(CONFLICT_SHARE)) {
        await turn();
        seen.add('met another transaction');
        return { kind: 'refused', items: writes.map(() => undefined) };
      }
      const weakened = weakenAll(writes, mutation).map((write) => weaken(write, mutation));
      const [first, ...others] = weakened;
      if (mutation !== 'two writes in the place of one step' || first === undefined)
        return await step(() => memory.applyAll(weakened), weakened);
      const outcome = await step(() => memory.applyAll([first]), []);
      return outcome.kind === 'refused'
        ? outcome
        : await step(() => memory.applyAll(others), weakened);
    },
  };
};
