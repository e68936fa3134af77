import { dynamoKeyRegister } from '../../lambdas/ledger/adapters/dynamo-key-register.ts';
import { dynamoSpendLedger } from '../../lambdas/ledger/adapters/dynamo-spend-ledger.ts';
import { dynamoHoldPricer } from '../../lambdas/ledger/adapters/reprice-hold.ts';
import type { Hold, HoldRequest, SpendLedger } from '../../lambdas/ledger/ports.ts';
import { profileKey, profileRow } from '../../lambdas/ledger/adapters/profile-row.ts';
import { AppError } from '../../lambdas/shared/app-error.ts';
import type { Tables, Update, UpdateOutcome } from '../../lambdas/platform/tables/tables.ts';
import { MemoryTables } from '../support/memory-tables.ts';
import {
  holdRequest,
  KEY_ID,
  newKey,
  PROJECT,
  settlementOf,
  stateItem,
} from '../support/key-items.ts';
import { checkLedger } from './check-ledger.ts';
import {
  clock,
  CLOCK_SKEW_MS,
  runActors,
  sweep,
  sweeper,
  type LedgerWorld,
} from './ledger-actors.ts';
import { weaken, type LedgerFault } from './ledger-faults.ts';
import { rollUpStream } from './roll-up-stream.ts';
import { must, Scheduler } from './scheduler.ts';
import { seeded } from './seeded.ts';

const CALLERS = 6;
const CAP = 100;
const CRASH_SHARE = 0.03;
const LOST_ANSWER_SHARE = 0.15;
const OUTAGE_SHARE = 0.02;
/** Seconds before a month ends, so that some runs roll over in flight. */
const START_MS = Date.UTC(2026, 10, 30, 23, 59, 57);

/** What one run shares: the table, the clock, what really was paid. */
interface World extends LedgerWorld {
  readonly memory: MemoryTables;
  readonly mutation: LedgerFault | null;
  /** What the run went through. */
  readonly seen: Set<unknown>;
  /** How many holds expire while their callers may still be at work. */
  readonly shortLifeShare: number;
  maxCap: number;
  realCost: number;
}

/**
 * One seeded run of the deployed ledger and register: callers over one key with a crash at every await, answers that
 * are lost and repeated by the SDK, storage that fails before or after a write, clock skew, a period that rolls over,
 * a cap that changes, a revoke, holds that expire under their callers; then the stream, redelivered, into the roll-up.
 * Throws when an invariant does not hold; returns what the run went through.
 */
export const simulateLedger = async (
  seed: number,
  mutation: LedgerFault | null = null,
): Promise<ReadonlySet<unknown>> => {
  const random = seeded(seed);
  const seen = new Set<unknown>();
  const world: World = {
    random,
    scheduler: new Scheduler(random, (actor) => seen.add(`killed: ${actor.split(' ')[0] ?? ''}`)),
    memory: new MemoryTables(),
    mutation,
    seen,
    shortLifeShare: random.pick([0.1, 0.3, 0.9]),
    nowMs: START_MS,
    maxCap: CAP,
    realCost: 0,
  };
  const period = random.chance(0.5) ? 'month' : 'lifetime';
  world.memory.place(
    'keys',
    stateItem({ cap: CAP, available: CAP, period, warn_at: [0.5, 0.8, 1] }, START_MS),
  );
  world.memory.place('keys', { ...profileKey(KEY_ID), ...profileRow(newKey({}).profile) });
  await runActors(world, CRASH_SHARE, [
    ...Array.from({ length: CALLERS }, async (_, index) => await call(world, index)),
    admin(world),
    sweeper(world, dynamoSpendLedger({ tables: tablesOf(world, 'sweeper') })),
  ]);
  await expireTheRest(world);
  checkLedger(world.memory, world);
  await rollUpStream(world.memory, random, mutation, seen);
  for (const { after } of world.memory.stream) seen.add(after['write']);
  return seen;
};

/** A caller arrives while others are at work, holds, calls, and settles what the call really cost. */
const call = async (world: World, index: number): Promise<void> => {
  const { random, scheduler } = world;
  const actor = `caller ${index}`;
  for (let later = random.below(12); later > 0; later--) await scheduler.turn(actor);
  const ledger = dynamoSpendLedger({ tables: tablesOf(world, actor) });
  const amount = random.chance(0.1) ? CAP : 1 + random.below(60);
  const nowMs = clock(world);
  const lifeMs = random.chance(world.shortLifeShare) ? 2_000 : 60_000;
  const request = { ...holdRequest(`h${index}`, amount, nowMs), expiresAtMs: nowMs + lifeMs };
  const outcome = await ledger.hold(request);
  if (outcome.kind === 'refused') return;
  await scheduler.turn(actor);
  if (random.chance(0.15)) return await callOff(world, ledger, request, outcome.hold);
  if (random.chance(0.35)) return await fallBack(world, actor, request, outcome.hold);
  const isError = random.chance(0.2);
  const hasTokens = random.chance(0.5);
  const cost = isError && !hasTokens ? 0 : random.below(amount + 1);
  world.realCost += cost;
  await scheduler.turn(actor);
  const told = isError && world.mutation === 'release after tokens' ? 0 : cost;
  const settled = await ledger.settle(
    outcome.hold,
    settlementOf(request.holdId, told, clock(world)),
  );
  if (settled.kind !== 'settled') world.seen.add('settled after its expiry');
  if (random.chance(0.1))
    await ledger.settle(outcome.hold, settlementOf(request.holdId, told, clock(world)));
};

/** A model fails, and may have billed; another one, dearer or cheaper, is asked under the same money. */
const fallBack = async (
  world: World,
  actor: string,
  request: HoldRequest,
  first: Hold,
): Promise<void> => {
  const { random, scheduler } = world;
  const tables = tablesOf(world, actor);
  const ledger = dynamoSpendLedger({ tables });
  const pricer = dynamoHoldPricer({ tables, ledger });
  let hold = first;
  for (let left = 1 + random.below(3); left > 0; left--) {
    const isBilled = random.chance(0.4);
    const cost = isBilled ? random.below(hold.amountNanoUsd + 1) : 0;
    world.realCost += cost;
    await scheduler.turn(actor);
    const billed = settlementOf(hold.holdId, cost, clock(world));
    const next = {
      ...request,
      // The run of a thread is told of each hold by an id of its own.
      holdId: isBilled || random.chance(0.3) ? `${hold.holdId}b` : hold.holdId,
      // The same price comes up too.
      amountNanoUsd: random.chance(0.2) ? hold.amountNanoUsd : 1 + random.below(70),
      nowMs: clock(world),
    };
    try {
      const outcome = await pricer.reprice(hold, next, isBilled ? billed : null);
      if (outcome.kind === 'refused') {
        world.seen.add('reprice refused');
        await ledger.settle(hold, billed);
        return;
      }
      world.seen.add(
        outcome.hold.window === hold.window ? 'repriced' : 'repriced in a later window',
      );
      hold = outcome.hold;
    } catch (error) {
      // Whether it landed is not known: what is remembered is ended.
      await ledger.settle(hold, billed);
      throw error;
    }
  }
  const cost = random.below(hold.amountNanoUsd + 1);
  world.realCost += cost;
  await scheduler.turn(actor);
  await ledger.settle(hold, settlementOf(hold.holdId, cost, clock(world)));
};

/** A call that did not come about: its hold never was, and its id may be taken again. */
const callOff = async (
  { random }: World,
  ledger: SpendLedger,
  request: HoldRequest,
  hold: Hold,
): Promise<void> => {
  for (let times = random.chance(0.2) ? 2 : 1; times > 0; times--) await ledger.withdraw(hold);
  if (random.chance(0.5)) return;
  const again = await ledger.hold(request);
  if (again.kind === 'held') await ledger.withdraw(again.hold);
};

const admin = async (world: World): Promise<void> => {
  const { random, scheduler } = world;
  const keys = dynamoKeyRegister({ tables: tablesOf(world, 'admin') });
  for (let later = random.below(8); later > 0; later--) await scheduler.turn('admin');
  const kind = random.below(4);
  if (kind === 0) {
    const capNanoUsd = 40 + random.below(120);
    world.maxCap = Math.max(world.maxCap, capNanoUsd);
    await keys.patch(PROJECT, KEY_ID, { capNanoUsd }, clock(world));
    world.seen.add('cap changed');
  }
  if (kind === 1) {
    await keys.revoke(PROJECT, KEY_ID, clock(world));
    world.seen.add('revoked');
  }
  if (kind === 2) {
    await keys.patch(PROJECT, KEY_ID, { rpm: 5, maxConcurrency: 3 }, clock(world));
    world.seen.add('limits changed');
  }
};

/** An hour later the schedule has run: whatever is held must be found by its index. */
const expireTheRest = async ({ memory, nowMs }: World): Promise<void> => {
  const ledger = dynamoSpendLedger({ tables: memory });
  const lateMs = nowMs + 3_600_000;
  await sweep(ledger, lateMs);
  must((await ledger.keysToSweep(lateMs, 10)).length === 0, 'a key stays in the sweep');
};

/** The tables as one actor sees it over an unreliable network. */
const tablesOf = (world: World, actor: string): Tables => {
  const { memory, random, scheduler, seen } = world;
  const fails = (share = OUTAGE_SHARE): void => {
    if (!random.chance(share)) return;
    seen.add('storage down');
    throw down();
  };
  const updateItem = async (update: Update): Promise<UpdateOutcome> => {
    await scheduler.turn(actor);
    fails();
    world.nowMs += random.below(1_500);
    const weakened = weaken(update, world.mutation);
    let outcome: UpdateOutcome = memory.applyUpdate(weakened);
    // The answer was lost: the SDK sends the same write again.
    while (random.chance(LOST_ANSWER_SHARE)) {
      seen.add(`answer lost: ${String(update.values?.[':kind'])}`);
      await scheduler.turn(actor);
      // Its tries end long before a hold does: 4 of 10 seconds against the 60 after a call's deadline.
      if (isOver(update, world.nowMs)) throw down();
      outcome = memory.applyUpdate(weakened);
    }
    if (outcome.kind === 'written' && update.condition?.includes('#window <> :window') === true)
      seen.add('settled in a later window');
    // What becomes of a hold whose move is not known is worth more tries than chance gives it.
    fails(update.values?.[':kind'] === 'reprice' ? 0.2 : OUTAGE_SHARE);
    await scheduler.turn(actor);
    return outcome;
  };
  return {
    get: async (...asked) => {
      await scheduler.turn(actor);
      fails();
      return await memory.get(...asked);
    },
    query: async (query) => {
      await scheduler.turn(actor);
      fails();
      return await memory.query(query);
    },
    getMany: async (...asked) => await memory.getMany(...asked),
    write: async (write) =>
      write.kind === 'update' ? await updateItem(write) : await memory.write(write),
    transact: async (writes) => await memory.transact(writes),
    update: updateItem,
  };
};

const down = (): AppError => new AppError({ code: 'storage_unavailable', publicMessage: 'down' });

const isOver = ({ values }: Update, nowMs: number): boolean =>
  values?.[':kind'] === 'hold' && Number(values[':expiry']) <= nowMs + CLOCK_SKEW_MS;
