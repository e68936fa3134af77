import * as z from 'zod';
import { readAll, type Item, type ItemKey, type Tables } from '../../platform/tables/tables.ts';
import { RECENT_MS } from '../incidents/limits.ts';
import type { Silence } from '../incidents/silence.ts';
import type { SilenceBook } from '../ports/incidents.ts';

const SILENCES_MAX = 2_000;
/** Ids as they are given here; another one names nothing, and may not fit a key. */
const ID = /^silence_[0-9a-z]{26}$/;

const silenceItem = z.object({ silence: z.string() });
const isSilence = (value: unknown): value is Silence =>
  typeof value === 'object' && value !== null && 'pattern' in value && 'untilMs' in value;
const storedSilence = z.custom<Silence>(isSilence);

const silenceOfItem = (item: Item): Silence =>
  storedSilence.parse(JSON.parse(silenceItem.parse(item).silence));

/** `SIL#<tenant> / <id>` */
const keyOf = (tenant: string, id: string): ItemKey => ({
  pk: `SIL#${encodeURIComponent(tenant)}`,
  sk: id,
});

export const tableSilenceBook = ({ tables }: { readonly tables: Tables }): SilenceBook => ({
  list: async (tenant, nowMs) => {
    const items = await readAll(tables, {
      table: 'sre',
      pk: keyOf(tenant, '').pk,
      from: null,
      to: null,
      isAscending: false,
      limit: SILENCES_MAX,
    });
    // What is past its time stays in a table for up to days.
    return items.map(silenceOfItem).filter(({ untilMs }) => untilMs > nowMs - RECENT_MS);
  },
  put: async (tenant, silence) => {
    const key = keyOf(tenant, silence.id);
    await tables.write({
      kind: 'put',
      table: 'sre',
      key,
      item: {
        ...key,
        schema: 1,
        silence: JSON.stringify(silence),
        ttl: Math.ceil((silence.untilMs + RECENT_MS) / 1_000),
      },
    });
  },
  end: async (tenant, id) => {
    if (!ID.test(id)) return false;
    const key = keyOf(tenant, id);
    const condition = 'attribute_exists(pk)';
    const outcome = await tables.write({ kind: 'delete', table: 'sre', key, condition });
    return outcome.kind === 'written';
  },
});
