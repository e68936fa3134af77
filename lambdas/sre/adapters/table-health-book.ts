import * as z from 'zod';
import type { ItemKey, Tables } from '../../platform/tables/tables.ts';
import type { HealthBook } from '../ports/deliveries.ts';

const healthItem = z.object({
  paused_until: z.number().nullish(),
  refused_since: z.number().nullish(),
  problem: z.string().nullish(),
  sent_at: z.number().nullish(),
});

/** `HLT#<destination> / STATE` */
export const tableHealthBook = ({ tables }: { readonly tables: Tables }): HealthBook => ({
  read: async (id) => {
    const item = await tables.get('sre', keyOf(id));
    const health = item === null ? {} : healthItem.parse(item);
    return {
      pausedUntilMs: health.paused_until ?? 0,
      refusedSinceMs: health.refused_since ?? null,
      problem: health.problem ?? null,
      lastSentMs: health.sent_at ?? null,
    };
  },
  pause: async (id, untilMs, problem) => {
    await tables.write({
      kind: 'update',
      table: 'sre',
      key: keyOf(id),
      condition: 'attribute_not_exists(paused_until) OR paused_until < :until',
      update: 'SET paused_until = :until, problem = :problem',
      values: { ':until': untilMs, ':problem': problem },
    });
  },
  refuse: async (id, nowMs, untilMs, problem) => {
    const paused = 'SET paused_until = :until, problem = :problem';
    const values = { ':until': untilMs, ':problem': problem };
    const first = await tables.write({
      kind: 'update',
      table: 'sre',
      key: keyOf(id),
      condition: 'attribute_not_exists(refused_since)',
      update: `${paused}, refused_since = :now`,
      values: { ...values, ':now': nowMs },
    });
    if (first.kind === 'written') return true;
    await tables.write({ kind: 'update', table: 'sre', key: keyOf(id), update: paused, values });
    return false;
  },
  well: async (id, nowMs) => {
    await tables.write({
      kind: 'update',
      table: 'sre',
      key: keyOf(id),
      update: 'SET sent_at = :now REMOVE paused_until, refused_since, problem',
      values: { ':now': nowMs },
    });
  },
  renew: async (id) => {
    await tables.write({
      kind: 'update',
      table: 'sre',
      key: keyOf(id),
      update: 'REMOVE paused_until, refused_since, problem',
    });
  },
});

const keyOf = (id: string): ItemKey => ({ pk: `HLT#${id}`, sk: 'STATE' });
