import type { Update } from '../../lambdas/platform/tables/tables.ts';

/** Weakenings that the invariants must catch. */
export type LedgerFault =
  | 'no cap clause'
  | 'no id clause'
  | 'no window clause'
  | 'settle twice'
  | 'settle by a remembered amount'
  | 'reprice over the cap'
  | 'reprice what was moved'
  | 'reprice twice'
  | 'reprice keeps the old hold'
  | 'reprice forgets the bill'
  | 'reprice counts again'
  | 'withdraw uncounted'
  | 'release after tokens'
  | 'cap change without its delta'
  | 'roll up twice'
  | 'tell twice';

/** A write of the ledger with the fault in it. */
export const weaken = (update: Update, mutation: LedgerFault | null): Update => {
  const without = (clause: string): Update => ({
    ...update,
    condition: (update.condition ?? '').replace(clause, 'attribute_exists(pk)'),
  });
  switch (mutation) {
    case 'no cap clause':
      return without('available >= :hold');
    case 'no id clause':
      return without('attribute_not_exists(holds.#id)');
    case 'no window clause':
      return without('#window IN (:lifetime, :day, :week, :month)');
    case 'settle twice':
      return without('begins_with(holds.#id, :held)');
    case 'settle by a remembered amount':
      return {
        ...update,
        condition: (update.condition ?? '').replace(
          'begins_with(holds.#id, :held)',
          'attribute_exists(holds.#id)',
        ),
      };
    case 'reprice over the cap':
      return without('available >= :need');
    case 'reprice what was moved':
      return without('begins_with(holds.#old, :old)');
    case 'reprice twice':
      return without('holds.#new <> :packed');
    case 'reprice keeps the old hold':
      return { ...update, update: update.update.replace(' REMOVE holds.#old', '') };
    case 'reprice forgets the bill':
      return { ...update, update: update.update.replace('spent + :cost, #last = :last', 'spent') };
    case 'reprice counts again':
      return {
        ...update,
        update: update.update.replace(
          'available - :need, holds.#new',
          'available - :need - :need, holds.#new',
        ),
      };
    case 'withdraw uncounted':
      return { ...update, update: update.update.replace('rate.#minute - :one', 'rate.#minute') };
    case 'cap change without its delta':
      return {
        ...update,
        update: update.update.replace('available = available + :delta', 'rpm = rpm'),
      };
    case 'release after tokens':
    case 'roll up twice':
    case 'tell twice':
    case null:
      return update;
  }
};
