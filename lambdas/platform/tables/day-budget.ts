import type { TableName, Tables } from './tables.ts';

const TTL_SECONDS = 2 * 86_400;

/** How much of something a day (UTC) has left. Throws AppError `storage_unavailable`. */
export interface DayBudget {
  /** Counts so many more on this day. false: they would be more than `max`, and none is counted. */
  take(pk: string, count: number, nowMs: number, max: number): Promise<boolean>;
  /** As many of them as the day has room for; answers how many it counted. */
  takeSome(pk: string, count: number, nowMs: number, max: number): Promise<number>;
}

/** What others take meanwhile is looked at so often. */
const LOOKS_MAX = 3;

/** One item a partition and day: `<pk> / <prefix><day>`, with the count in the attribute `figure`. */
export const dayBudget = ({
  tables,
  table,
  prefix,
  figure,
}: {
  readonly tables: Tables;
  readonly table: TableName;
  readonly prefix: string;
  readonly figure: string;
}): DayBudget => {
  /** How many are left where not all of them are; null: they are counted. */
  const taken = async (
    pk: string,
    count: number,
    nowMs: number,
    max: number,
  ): Promise<number | null> => {
    const outcome = await tables.write({
      kind: 'update',
      table,
      key: { pk, sk: `${prefix}${new Date(nowMs).toISOString().slice(0, 10)}` },
      condition: 'attribute_not_exists(#figure) OR #figure <= :room',
      update: 'SET #figure = if_not_exists(#figure, :zero) + :count, #ttl = :ttl',
      names: { '#figure': figure, '#ttl': 'ttl' },
      values: {
        ':room': max - count,
        ':zero': 0,
        ':count': count,
        ':ttl': Math.ceil(nowMs / 1_000) + TTL_SECONDS,
      },
    });
    if (outcome.kind === 'written') return null;
    return Math.max(0, max - Number(outcome.item?.[figure] ?? 0));
  };
  return {
    take: async (pk, count, nowMs, max) =>
      count <= max && (await taken(pk, count, nowMs, max)) === null,
    takeSome: async (pk, count, nowMs, max) => {
      let wanted = Math.min(count, max);
      for (let looks = 0; looks < LOOKS_MAX && wanted > 0; looks++) {
        const left = await taken(pk, wanted, nowMs, max);
        if (left === null) return wanted;
        wanted = Math.min(wanted, left);
      }
      return 0;
    },
  };
};
