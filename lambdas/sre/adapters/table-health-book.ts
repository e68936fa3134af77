import * as z from 'zod';
import type { ItemKey, Tables, Update } from '../../platform/tables/tables.ts';
import type { HealthBook } from '../ports/deliveries.ts';

const healthItem = z.object({
  paused_until: z.number().nullish(),
  refused_since: z.number().nullish(),
  problem: z.string().nullish(),
  sent_at: z.number().nullish(),
});

/** `HLT#<destination> / STATE` */
export const tableHealthBook = ({ tables }: { readonly tables: Tables }): HealthBook => {
  const write = async (
    id: string,
    change: Pick<Update, 'update' | 'values'> & { readonly condition?: string },
  ): Promise<boolean> => {
    const outcome = await tables.write({ kind: 'update', table: 'sre', key: keyOf(id), ...change });
    return outcome.kind === 'written';
  };
  const pause = async (id: string, untilMs: number, problem: string): Promise<void> => {
    await write(id, {
      condition: 'attribute_not_exists(paused_until) OR paused_until < :until',
      update: 'SET paused_until = :until, problem = :problem',
      values: { ':until': untilMs, ':problem': problem },
    });
  };
  return {
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
    pause,
    refuse: async (id, nowMs, untilMs, problem) => {
      await pause(id, untilMs, problem);
      return await write(id, {
        condition: 'attribute_not_exists(refused_since)',
        update: 'SET refused_since = :now, problem = :problem',
        values: { ':now': nowMs, ':problem': problem },
      });
    },
    well: async (id, nowMs) => {
      const sent = 'SET sent_at = :now';
      const values = { ':now': nowMs };
      const isWell = await write(id, {
        condition: 'attribute_not_exists(paused_until) OR paused_until <= :now',
        update: `${sent} REMOVE paused_until, refused_since, problem`,
        values,
      });
      // During a pause only what was under way before it is answered: the pause is the later word.
      if (!isWell) await write(id, { update: sent, values });
    },
    renew: async (id) => {
      await write(id, { update: 'REMOVE paused_until, refused_since, problem' });
    },
  };
};

const keyOf = (id: string): ItemKey => ({ pk: `HLT#${id}`, sk: 'STATE' });
