import { setImmediate as settled } from 'node:timers/promises';
import { dynamoSpendLedger } from '../../lambdas/inference/adapters/dynamo-spend-ledger.ts';
import { keyItem, keyStateOf } from '../../lambdas/inference/adapters/key-item.ts';
import type {
  ItemUpdate,
  KeysTable,
  UpdateOutcome,
} from '../../lambdas/inference/adapters/keys-table.ts';
import type { Hold } from '../../lambdas/inference/ports.ts';
import { MemoryKeysTable } from '../support/expressions.ts';
import { seeded, type Seeded } from './seeded.ts';
import { holdRequest, KEY_ID, settlementOf, stateItem } from '../support/key-items.ts';

/** Weakenings that the invariants must catch. */
export type Mutation =
  | 'no cap clause'
  | 'no id clause'
  | 'no window clause'
  | 'settle twice'
  | 'release after tokens';

const CALLERS = 6;
const CAP = 100;
const CLOCK_SKEW_MS = 2_000;
/** Seconds before a month ends, so that some runs roll over in flight. */
const START_MS = Date.UTC(2026, 10, 30, 23, 59, 57);

/** Lets exactly one actor go on at a time, in an order that the seed decides; a dead actor never goes on. */
class Scheduler {
  private readonly waiting: { readonly actor: string; readonly resume: () => void }[] = [];
  private readonly random: Seeded;

  constructor(random: Seeded) {
    this.random = random;
  }

  async turn(actor: string): Promise<void> {
    await new Promise<void>((resume) => this.waiting.push({ actor, resume }));
  }

  /** Runs until nobody waits any more; each turn of a caller may be its last. */
  async run(crashShare: number): Promise<void> {
    for (await settled(); this.waiting.length > 0; await settled()) {
      const [next] = this.waiting.splice(this.random.below(this.waiting.length), 1);
      if (next === undefined) return;
      const dies = next.actor.startsWith('caller') && this.random.chance(crashShare);
      if (!dies) next.resume();
    }
  }
}

/**
 * One seeded run: callers over one key with crashes at every await, lost answers that the SDK repeats, clock skew,
 * a period that rolls over, a cap that changes, a revoke. Throws when an invariant does not hold.
 */
export const simulateLedger = async (
  seed: number,
  mutation: Mutation | null = null,
): Promise<void> => {
  const random = seeded(seed);
  const scheduler = new Scheduler(random);
  const memory = new MemoryKeysTable();
  const period = random.chance(0.5) ? 'month' : 'lifetime';
  memory.put(stateItem({ cap: CAP, available: CAP, period }, START_MS));
  let nowMs = START_MS;
  let maxCap = CAP;
  let realCost = 0;
  const table = (actor: string): KeysTable => ({
    get: async (pk, sk) => {
      await scheduler.turn(actor);
      return await memory.get(pk, sk);
    },
    due: async (...args) => await memory.due(...args),
    update: async (update) => {
      await scheduler.turn(actor);
      nowMs += random.below(1_500);
      const weakened = weaken(update, mutation);
      let outcome: UpdateOutcome = memory.apply(weakened);
      // The answer was lost: the SDK sends the same write again.
      if (random.chance(0.15)) {
        await scheduler.turn(actor);
        outcome = memory.apply(weakened);
      }
      await scheduler.turn(actor);
      return outcome;
    },
  });
  const clock = () => nowMs + random.below(2 * CLOCK_SKEW_MS) - CLOCK_SKEW_MS;
  const call = async (index: number): Promise<void> => {
    const actor = `caller ${index}`;
    // Callers arrive one after the other, while others are at work and time goes on.
    for (let later = random.below(12); later > 0; later--) await scheduler.turn(actor);
    const ledger = dynamoSpendLedger({ table: table(actor) });
    const amount = random.chance(0.1) ? CAP : 1 + random.below(60);
    const outcome = await ledger.hold(holdRequest(`h${index}`, amount, clock()));
    if (outcome.kind === 'refused') return;
    await scheduler.turn(actor);
    const isError = random.chance(0.2);
    const hasTokens = random.chance(0.5);
    const cost = isError && !hasTokens ? 0 : random.below(amount + 1);
    realCost += cost;
    await scheduler.turn(actor);
    const told = isError && mutation === 'release after tokens' ? 0 : cost;
    await ledger.settle(outcome.hold, settlementOf(outcome.hold.holdId, told, clock()));
    if (random.chance(0.1))
      await ledger.settle(
        outcome.hold satisfies Hold,
        settlementOf(outcome.hold.holdId, told, clock()),
      );
  };
  const admin = async (): Promise<void> => {
    await scheduler.turn('admin');
    const kind = random.below(3);
    const keys = table('admin');
    const item = keyItem.parse(await memory.get(`KEY#${KEY_ID}`, 'STATE'));
    if (kind === 0) {
      const cap = 40 + random.below(120);
      maxCap = Math.max(maxCap, cap);
      await keys.update(capChange(item.cap, cap));
    }
    if (kind === 1) await keys.update(revocation());
  };
  const actors = [
    ...Array.from({ length: CALLERS }, async (_, index) => await call(index)),
    admin(),
  ];
  const failures: unknown[] = [];
  for (const actor of actors) actor.catch((error: unknown) => failures.push(error));
  await scheduler.run(0.04);
  if (failures.length > 0) throw failures[0];
  const sweeper = dynamoSpendLedger({ table: memory });
  await sweeper.expireHolds(KEY_ID, nowMs + 3_600_000);
  check(memory, maxCap, realCost);
};

const check = (memory: MemoryKeysTable, maxCap: number, realCost: number): void => {
  const ended = new Map<string, number>();
  let rolledUp = 0;
  for (const { before, after } of memory.stream) {
    const item = keyItem.parse(after);
    keyStateOf(item);
    must(item.spent <= maxCap, 'settled cost passes the cap');
    if (item.write !== 'settle' && item.write !== 'expire') continue;
    const last = item.last;
    must(last !== undefined, 'a settlement without its record');
    if (last === undefined) continue;
    must(!ended.has(last.holdId), `the hold ${last.holdId} ended twice`);
    must(keyItem.parse(before).holds[last.holdId] !== undefined, 'a settlement without its hold');
    ended.set(last.holdId, last.costNanoUsd);
    rolledUp += last.costNanoUsd;
  }
  must(rolledUp >= realCost, 'a provider was paid more than was settled');
  const last = keyItem.parse(memory.items.get(`KEY#${KEY_ID}|STATE`));
  must(Object.keys(last.holds).length === 0, 'a hold is left after everything ended');
  must(last.available === last.cap - last.spent, 'available is not cap - spent');
};

const must = (condition: boolean, message: string): void => {
  if (!condition) throw new Error(message);
};

const weaken = (update: ItemUpdate, mutation: Mutation | null): ItemUpdate => {
  const without = (clause: string): ItemUpdate => ({
    ...update,
    condition: update.condition.replace(clause, 'attribute_exists(pk)'),
  });
  switch (mutation) {
    case 'no cap clause':
      return without('available >= :hold');
    case 'no id clause':
      return without('attribute_not_exists(holds.#id)');
    case 'no window clause':
      return without('#window IN (:lifetime, :day, :week, :month)');
    case 'settle twice':
      return without('attribute_exists(holds.#id)');
    case 'release after tokens':
    case null:
      return update;
  }
};

const capChange = (seen: number, cap: number): ItemUpdate => ({
  key: { pk: `KEY#${KEY_ID}`, sk: 'STATE' },
  condition: 'cap = :old',
  update: 'SET cap = :cap, available = available + :delta, #write = :kind',
  names: { '#write': 'write' },
  values: { ':old': seen, ':cap': cap, ':delta': cap - seen, ':kind': 'admin' },
});

const revocation = (): ItemUpdate => ({
  key: { pk: `KEY#${KEY_ID}`, sk: 'STATE' },
  condition: 'attribute_exists(pk)',
  update: 'SET #status = :revoked, #write = :kind',
  names: { '#status': 'status', '#write': 'write' },
  values: { ':revoked': 'revoked', ':kind': 'admin' },
});
