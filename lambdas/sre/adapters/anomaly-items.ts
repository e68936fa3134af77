import * as z from 'zod';
import type { Item, ItemKey, Write } from '../../platform/tables/tables.ts';
import type { Anomaly } from '../domain/anomaly.ts';
import type { AnomalyChange } from '../domain/conclude.ts';

/** Anomalies are kept for a quarter. */
const TTL_SECONDS = 97 * 86_400;

/** `ANO#<tenant> / <id>`: ids sort by the beginning. */
export const anomalyKey = (tenant: string, id: string): ItemKey => ({
  pk: `ANO#${encodeURIComponent(tenant)}`,
  sk: id,
});

const anomalyItem = z.object({
  anomaly: z.string(),
  ended_at: z.number().nullish(),
});
const isAnomaly = (value: unknown): value is Anomaly =>
  typeof value === 'object' && value !== null && 'id' in value && 'score' in value;
const storedAnomaly = z.custom<Anomaly>(isAnomaly);

export const anomalyOfItem = (item: Item): Anomaly => {
  const { anomaly, ended_at: endedMs } = anomalyItem.parse(item);
  return { ...storedAnomaly.parse(JSON.parse(anomaly)), endedMs: endedMs ?? null };
};

export const anomalyItemOf = (anomaly: Anomaly): Item => ({
  ...anomalyKey(anomaly.tenant, anomaly.id),
  schema: 1,
  anomaly: JSON.stringify(anomaly),
  kind: anomaly.kind,
  band: anomaly.band,
  revision: anomaly.revision,
  ttl: Math.ceil(anomaly.foundMs / 1_000) + TTL_SECONDS,
});

/** What a fold found or ended, as a part of the write that keeps the fold. */
export const anomalyWrite = (tenant: string, change: AnomalyChange): Write => {
  switch (change.kind) {
    case 'found':
      return {
        kind: 'put',
        table: 'sre',
        key: anomalyKey(tenant, change.anomaly.id),
        item: anomalyItemOf(change.anomaly),
      };
    case 'ended':
      return {
        kind: 'update',
        table: 'sre',
        key: anomalyKey(tenant, change.id),
        update: 'SET ended_at = :ended, #ttl = :ttl',
        names: { '#ttl': 'ttl' },
        values: {
          ':ended': change.endedMs,
          ':ttl': Math.ceil(change.endedMs / 1_000) + TTL_SECONDS,
        },
      };
  }
};
