import { readAll, type Tables } from '../../platform/tables/tables.ts';
import type { ActiveTenants } from '../ports/ingest.ts';

/** An instance reports a tenant once in so long. */
const TOLD_FOR_MS = 60_000;
/** Nobody is looked after who sent nothing for a day: silence was reported long before. */
const ACTIVE_MS = 86_400_000;
/** Six evaluations a minute of each; more than an account's 1,000 functions at once can do. */
const TENANTS_MAX = 50_000;
const PK = 'TENANTS';

/** `TENANTS / <tenant>`, with the time when something came last. */
export const tableActiveTenants = ({
  tables,
  nowMs,
}: {
  readonly tables: Tables;
  readonly nowMs: () => number;
}): ActiveTenants => {
  const told = new Map<string, number>();
  return {
    seen: async (tenant, atMs) => {
      if (atMs - (told.get(tenant) ?? 0) < TOLD_FOR_MS) return;
      const key = { pk: PK, sk: tenant };
      await tables.write({
        kind: 'put',
        table: 'sre',
        key,
        item: { ...key, seen_at: atMs, ttl: Math.ceil((atMs + ACTIVE_MS) / 1_000) },
      });
      told.set(tenant, atMs);
    },
    list: async () => {
      const items = await readAll(tables, {
        table: 'sre',
        pk: PK,
        from: null,
        to: null,
        isAscending: true,
        limit: TENANTS_MAX,
      });
      // What is past its time stays in a table for up to days.
      return items
        .filter(({ seen_at: seenAt }) => Number(seenAt) > nowMs() - ACTIVE_MS)
        .map(({ sk }) => String(sk));
    },
  };
};
