import type { Tables } from '../../platform/tables/tables.ts';
import { anomalyIdsFrom } from '../domain/anomaly.ts';
import { BUCKET_MS } from '../domain/summary.ts';
import type { AnomalyBook } from '../ports/windows.ts';
import { anomalyItemOf, anomalyKey, anomalyOfItem } from './anomaly-items.ts';

/** Ids as they are given here; another one names nothing, and may not fit a key. */
const ID = /^anomaly_[0-9a-z]{24}$/;

export const tableAnomalyBook = ({ tables }: { readonly tables: Tables }): AnomalyBook => ({
  put: async (anomaly) => {
    const outcome = await tables.write({
      kind: 'put',
      table: 'sre',
      key: anomalyKey(anomaly.tenant, anomaly.id),
      condition: 'attribute_not_exists(pk)',
      item: anomalyItemOf(anomaly),
    });
    return outcome.kind === 'written';
  },
  get: async (tenant, id) => {
    if (!ID.test(id)) return null;
    const item = await tables.get('sre', anomalyKey(tenant, id));
    return item === null || item['anomaly'] === undefined ? null : anomalyOfItem(item);
  },
  list: async ({ tenant, fromMs, toMs, before, limit }) => {
    const { items, last } = await tables.query({
      table: 'sre',
      pk: anomalyKey(tenant, '').pk,
      from: anomalyIdsFrom(Math.floor(fromMs / BUCKET_MS)),
      to: `${anomalyIdsFrom(Math.floor(toMs / BUCKET_MS))}~`,
      isAscending: false,
      isEventual: true,
      limit,
      ...(before === null ? {} : { after: { ...anomalyKey(tenant, before) } }),
    });
    return {
      anomalies: items.filter(({ anomaly }) => anomaly !== undefined).map(anomalyOfItem),
      next: last === null ? null : String(last['sk']),
    };
  },
});
