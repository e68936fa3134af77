import type { Tables, Write, WriteOutcome } from '../../lambdas/platform/tables/tables.ts';

/** The tables, and what of the protocol's bad days their writes show. */
export const noticed = (tables: Tables, seen: Set<string>): Tables => ({
  get: async (...args) => await tables.get(...args),
  query: async (...args) => await tables.query(...args),
  getMany: async (...args) => await tables.getMany(...args),
  update: async (...args) => await tables.update(...args),
  write: async (write) => {
    const outcome = await tables.write(write);
    const what = outcome.kind === 'refused' ? refusal(write, outcome) : success(write);
    if (what !== null) seen.add(what);
    return outcome;
  },
  transact: async (writes) => {
    const outcome = await tables.transact(writes);
    if (outcome.kind === 'refused' && writes.some(isOfWriter)) seen.add('fenced at: its end');
    return outcome;
  },
});

const refusal = (
  write: Write,
  { item }: WriteOutcome & { readonly kind: 'refused' },
): string | null => {
  const isOwn = item?.['writer'] === writerOf(write);
  if (write.table === 'chunks') return isOwn ? 'a put met itself' : 'fenced at: its put';
  if (isTaking(write)) return isOwn ? 'a take-over met itself' : 'two takers';
  return isOfWriter(write) ? 'fenced at: its lease' : null;
};

const success = (write: Write): string | null =>
  write.kind === 'update' && write.update.includes('writer = :nobody') ? 'handed over' : null;

const isTaking = ({ condition }: Write): boolean =>
  condition?.includes('lease_until = :seen') === true;

const isOfWriter = ({ condition }: Write): boolean =>
  condition?.includes('epoch = :epoch AND writer = :writer') === true;

const writerOf = (write: Write): unknown =>
  write.kind === 'put' ? write.item['writer'] : write.values?.[':writer'];
