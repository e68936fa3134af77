import * as z from 'zod';
import { readAll, type Item, type ItemKey, type Tables } from '../../platform/tables/tables.ts';
import { RECENT_MS, SILENCES_MAX } from '../incidents/limits.ts';
import type { Silence } from '../incidents/silence.ts';
import type { SilenceBook } from '../ports/incidents.ts';

/** Those that are over stay in a table for up to days; each new one makes room. */
const READ_MAX = 2 * SILENCES_MAX;
const CLEARED_AT_ONCE = 25;
/** Ids as they are given here; another one names nothing, and may not fit a key. */
const ID = /^silence_[0-9a-z]{26}$/;

const silenceItem = z.object({ silence: z.string() });
/** One from before there were hours has none. */
type Stored = Omit<Silence, 'hours'> & Partial<Pick<Silence, 'hours'>>;
const isSilence = (value: unknown): value is Stored =>
  typeof value === 'object' && value !== null && 'pattern' in value && 'untilMs' in value;
const storedSilence = z.custom<Stored>(isSilence);

const silenceOfItem = (item: Item): Silence => {
  const silence = storedSilence.parse(JSON.parse(silenceItem.parse(item).silence));
  return { ...silence, hours: silence.hours ?? null };
};

/** `SIL#<tenant> / <id>` */
const keyOf = (tenant: string, id: string): ItemKey => ({
  pk: `SIL#${encodeURIComponent(tenant)}`,
  sk: id,
});

export const tableSilenceBook = ({ tables }: { readonly tables: Tables }): SilenceBook => {
  const read = async (tenant: string): Promise<readonly Silence[]> => {
    const items = await readAll(tables, {
      table: 'sre',
      pk: keyOf(tenant, '').pk,
      from: null,
      to: null,
      isAscending: false,
      limit: READ_MAX,
    });
    return items.map(silenceOfItem);
  };
  return {
    list: async (tenant, nowMs) => (await read(tenant)).filter((one) => !isPast(one, nowMs)),
    put: async (tenant, silence, nowMs) => {
      const all = await read(tenant);
      const past = all.filter((one) => isPast(one, nowMs));
      if (all.length - past.length >= SILENCES_MAX) return false;
      for (const { id } of past.slice(0, CLEARED_AT_ONCE))
        await tables.write({ kind: 'delete', table: 'sre', key: keyOf(tenant, id) });
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
      return true;
    },
    end: async (tenant, id) => {
      if (!ID.test(id)) return false;
      const key = keyOf(tenant, id);
      const condition = 'attribute_exists(pk)';
      const outcome = await tables.write({ kind: 'delete', table: 'sre', key, condition });
      return outcome.kind === 'written';
    },
  };
};

const isPast = ({ untilMs }: Silence, nowMs: number): boolean => untilMs <= nowMs - RECENT_MS;
