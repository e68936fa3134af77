import type { Item, Tables, Write } from '../../lambdas/platform/tables/tables.ts';
import type { SocketMutation } from './simulated-sockets.ts';
import type { Await, Fates } from './fates.ts';
import type { Actor } from './virtual-time.ts';

/** Weakenings that the invariants must catch. */
export type ThreadMutation =
  | 'no fence'
  | 'show before the put'
  | 'two puts in flight'
  | 'no nonce'
  | 'lease without fence'
  | 'message outside the end'
  | 'no sequence clause'
  | WaitMutation
  | SocketMutation;

const WAIT_MUTATIONS = [
  'wait without a look',
  'interrupt outside its turn',
  'answer without a look',
] as const;
export type WaitMutation = (typeof WAIT_MUTATIONS)[number];

export const isOfWaits = (mutation: string | null): boolean =>
  WAIT_MUTATIONS.some((one) => one === mutation);

/** Tables over a network: each call takes time, each answer may be lost and asked for again, each await may be the last. */
export const unreliable = (tables: Tables, actor: Actor, fates: Fates): Tables => {
  const travel = async (kind: Await): Promise<void> => await fates.travel(actor, kind);
  return {
    get: async (...args) => {
      await travel('read');
      const item = await tables.get(...args);
      await travel('read');
      return item;
    },
    query: async (query) => {
      await travel('read');
      const items = await tables.query(query);
      await travel('read');
      return items;
    },
    getMany: async (...args) => {
      await travel('read');
      const items = await tables.getMany(...args);
      await travel('read');
      return items;
    },
    update: async () => await Promise.reject(new Error('threads write without an answer')),
    write: async (write) => {
      await travel('write');
      let outcome = await tables.write(write);
      await travel('write');
      if (fates.loses('write')) {
        outcome = await tables.write(write);
        await travel('write');
      }
      return outcome;
    },
    transact: async (writes) => {
      await travel('transact');
      let outcome = await tables.transact(writes);
      await travel('transact');
      if (fates.loses('transact')) {
        // The SDK's token makes a repeat of what was written nothing; what was refused is tried anew.
        // https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
        if (outcome.kind === 'refused') outcome = await tables.transact(writes);
        await travel('transact');
      }
      return outcome;
    },
  };
};

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
      (mutation === 'live without a look' && isGoingLive(writes) ? writes.slice(0, 1) : writes)
        .filter((write) => !isLeftOut(write, mutation))
        .map((write) => weaken(write, mutation)),
    ),
});

/** Part of a transaction that a faulty one does not have. */
const isLeftOut = (write: Write, mutation: ThreadMutation): boolean => {
  switch (mutation) {
    case 'wait without a look':
      return write.kind === 'check' && write.condition === 'rev = :rev';
    case 'interrupt outside its turn':
      return write.kind === 'update' && write.update.includes('cancel_at');
    case 'answer without a look':
      return write.kind === 'update' && write.update === 'SET sweep_at = :now';
    default:
      return false;
  }
};

const isGoingLive = (writes: readonly Write[]): boolean =>
  writes[0]?.table === 'connections' && writes[1]?.table === 'threads';

const methods = (tables: Tables): Tables => ({
  get: async (...args) => await tables.get(...args),
  query: async (...args) => await tables.query(...args),
  getMany: async (...args) => await tables.getMany(...args),
  update: async (...args) => await tables.update(...args),
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
