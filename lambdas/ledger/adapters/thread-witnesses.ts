import * as z from 'zod';
import type { Item, Tables } from '../../platform/tables/tables.ts';
import type { HoldWitnesses } from '../ports/witnesses.ts';

/** Of a run only this is read here: the money of the model turn at hand. */
const run = z.object({ hold: z.object({ holdId: z.string() }).nullish() });
/** What is deleted is erased item by item, and so is what expired: it proves nothing. */
const isLive = (meta: Item | null): boolean =>
  meta !== null && meta['deleted_at'] === undefined && meta['erasing'] === undefined;

/**
 * Runs of threads as witnesses. A run names its hold before the provider is asked, in the transaction that makes it or in a
 * write of its own, and until the hold is settled.
 */
export const threadWitnesses = (tables: Pick<Tables, 'get'>): HoldWitnesses => ({
  isUnused: async (holdId, witness) => {
    const meta = await tables.get('threads', { pk: witness.pk, sk: 'META' });
    if (!isLive(meta)) return false;
    const item = await tables.get('threads', witness);
    return item === null || run.parse(item).hold?.holdId !== holdId;
  },
});
