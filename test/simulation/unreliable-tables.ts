import type { Item, Tables, Write } from '../../lambdas/threads/adapters/tables/tables.ts';
import type { SocketMutation } from './simulated-sockets.ts';
import type { Actor, VirtualTime } from './virtual-time.ts';

/** Weakenings that the invariants must catch. */
export type ThreadMutation =
  | 'no fence'
  | 'show before the put'
  | 'two puts in flight'
  | 'no nonce'
  | 'lease without fence'
  | 'message outside the end'
  | 'no sequence clause'
  | SocketMutation;

export interface Faults {
  readonly time: VirtualTime;
  readonly actor: Actor;
  /** true: nobody dies any more, so that what is left is cleared up. */
  readonly isCalm: () => boolean;
}

const CRASH_SHARE = 0.004;
const PAUSE_SHARE = 0.002;
const LOST_ANSWER_SHARE = 0.06;

/** Tables over a network: each call takes time, each answer may be lost and asked for again, each await may be the last. */
export const unreliable = (tables: Tables, faults: Faults): Tables => {
  const travel = async (): Promise<void> => {
    const { time, actor } = faults;
    const { random } = time;
    if (!faults.isCalm() && mayDie(actor)) {
      if (random.chance(CRASH_SHARE)) actor.isDead = true;
      else if (random.chance(PAUSE_SHARE)) {
        actor.wasPaused = true;
        await time.sleep(actor, 15_000 + random.below(60_000));
      }
    }
    await time.sleep(actor, 1 + random.below(12));
  };
  const isLost = (): boolean => !faults.isCalm() && faults.time.random.chance(LOST_ANSWER_SHARE);
  return {
    get: async (...args) => {
      await travel();
      const item = await tables.get(...args);
      await travel();
      return item;
    },
    query: async (query) => {
      await travel();
      const items = await tables.query(query);
      await travel();
      return items;
    },
    queryIndex: async (query) => {
      await travel();
      return await tables.queryIndex(query);
    },
    write: async (write) => {
      await travel();
      let outcome = await tables.write(write);
      await travel();
      if (isLost()) {
        outcome = await tables.write(write);
        await travel();
      }
      return outcome;
    },
    transact: async (writes) => {
      await travel();
      // The SDK's token makes a repeated transaction one: the first answer counts.
      const outcome = await tables.transact(writes);
      await travel();
      if (isLost()) await travel();
      return outcome;
    },
  };
};

/** Clients keep looking; functions die. */
const mayDie = (actor: Actor): boolean => /^(post|claimed|sweep|subscribe)/.test(actor.name);

/** The tables with one guard taken away. */
export const weakened = (tables: Tables, mutation: ThreadMutation): Tables => ({
  ...methods(tables),
  write: async (write) => {
    const outcome = await tables.write(weaken(write, mutation));
    if (mutation === 'no nonce' && outcome.kind === 'refused' && write.table === 'chunks')
      return { kind: 'refused', item: withoutWriter(outcome.item) };
    return outcome;
  },
  transact: async (writes) =>
    await tables.transact(
      (mutation === 'live without a look' && isGoingLive(writes) ? writes.slice(0, 1) : writes).map(
        (write) => weaken(write, mutation),
      ),
    ),
});

const isGoingLive = (writes: readonly Write[]): boolean =>
  writes[0]?.table === 'connections' && writes[1]?.table === 'threads';

const methods = (tables: Tables): Tables => ({
  get: async (...args) => await tables.get(...args),
  query: async (...args) => await tables.query(...args),
  queryIndex: async (...args) => await tables.queryIndex(...args),
  write: async (...args) => await tables.write(...args),
  transact: async (...args) => await tables.transact(...args),
});

const withoutWriter = (item: Item | null): Item | null =>
  item === null ? null : { ...item, writer: null };

const weaken = (write: Write, mutation: ThreadMutation): Write => {
  const { condition } = write;
  if (condition === undefined || write.table === 'connections') return write;
  const always = (clause: string): Write => ({
    ...write,
    condition: condition.replace(clause, 'attribute_exists(pk)'),
  });
  switch (mutation) {
    case 'no fence':
      return write.table === 'chunks'
        ? { ...write, condition: 'attribute_exists(sk) OR attribute_not_exists(sk)' }
        : write;
    case 'lease without fence':
      return always('epoch = :epoch AND writer = :writer');
    case 'no sequence clause':
      return always('last_seq = :last AND rev = :rev');
    default:
      return write;
  }
};

/** Steps are written before the transaction that ends the run, not inside it. */
export const splitMessages = (tables: Tables): Tables => ({
  ...methods(tables),
  transact: async (writes) => {
    const isStep = (write: Write): boolean => write.key.sk.startsWith('MSG#');
    if (!writes.some((write) => write.key.sk.startsWith('LOG#')))
      return await tables.transact(writes);
    const outcome = await tables.transact(writes.filter((write) => !isStep(write)));
    for (const write of writes.filter(isStep)) await tables.write(write);
    return outcome;
  },
});
