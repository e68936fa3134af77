import * as z from 'zod';
import { readAll, type Tables } from '../../platform/tables/tables.ts';
import type { DueList } from '../ports/incidents.ts';
import { DUE_PK, dueKey } from './incident-items.ts';

/** Of live incidents, and of silenced anomalies, of all tenants: the one does not crowd out the other. */
const DUE_MAX = 20_000;
const TTL_SECONDS = 7 * 86_400;

const dueItem = z.object({
  sk: z.string(),
  tenant: z.string(),
  due_at: z.number(),
  anomaly_id: z.string().nullish(),
});

/** `DUE`: what is live, which the store of incidents writes, and anomalies that are looked at again. */
export const tableDueList = ({ tables }: { readonly tables: Tables }): DueList => ({
  defer: async (tenant, anomalyId, dueMs) => {
    const key = dueKey('A', tenant, anomalyId);
    const ttl = Math.ceil(dueMs / 1_000) + TTL_SECONDS;
    const item = { ...key, tenant, anomaly_id: anomalyId, due_at: dueMs, ttl };
    await tables.write({ kind: 'put', table: 'sre', key, item });
  },
  done: async (tenant, anomalyId) => {
    await tables.write({ kind: 'delete', table: 'sre', key: dueKey('A', tenant, anomalyId) });
  },
  due: async (nowMs) => {
    const read = async (prefix: 'I' | 'A') =>
      await readAll(tables, {
        table: 'sre',
        pk: DUE_PK,
        from: `${prefix}#`,
        to: `${prefix}#~`,
        isAscending: true,
        limit: DUE_MAX,
      });
    const items = await Promise.all([read('I'), read('A')]);
    const due = items
      .flat()
      .map((item) => dueItem.parse(item))
      .filter((item) => item.due_at <= nowMs);
    return [...Map.groupBy(due, ({ tenant }) => tenant)].map(([tenant, ofTenant]) => ({
      tenant,
      anomalyIds: ofTenant.flatMap(({ anomaly_id: id }) =>
        id === null || id === undefined ? [] : [id],
      ),
    }));
  },
});
