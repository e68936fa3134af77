import { LATENCY_BUCKET_COUNT, latencyBucket } from '../domain/latency-buckets.ts';
import { figuresOf, isFailed, USAGE_FIGURES, type Settlement } from '../domain/usage.ts';
import type { UsageHour, UsageTotals } from '../ports.ts';

const HOUR_MS = 3_600_000;
const MONTH_SHARDS = 8;
export const hourText = (hourMs: number): string => new Date(hourMs).toISOString().slice(0, 13);
export const hourOf = (timeMs: number): number => timeMs - (timeMs % HOUR_MS);

const shardOf = (keyId: string): number =>
  Array.from(keyId).reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % MONTH_SHARDS;

/** Partitions of the month index that hold a project's hours of `month` (`2026-11`). */
export const monthPartitions = (projectId: string, month: string): readonly string[] =>
  Array.from({ length: MONTH_SHARDS }, (_, shard) => `USAGE#${projectId}#${month}#${shard}`);

/**
 * One settlement as additions to its key's hour row. A row is flat, because ADD works on top-level attributes:
 * `cost`, `model:<name>:cost`, `feature:<name>:cost`, `first:<bucket>`, `total:<bucket>`.
 */
export const hourAdditions = (settlement: Settlement): Readonly<Record<string, number>> => {
  const figures = Object.entries(figuresOfCall(settlement)).filter(([, value]) => value !== 0);
  const additions: Record<string, number> = {};
  const groups = ['', `model:${encodeURIComponent(settlement.model)}:`];
  if (settlement.feature !== null)
    groups.push(`feature:${encodeURIComponent(settlement.feature)}:`);
  for (const group of groups)
    for (const [figure, value] of figures) additions[`${group}${figure}`] = value;
  if (settlement.firstTokenMs !== null)
    additions[`first:${latencyBucket(settlement.firstTokenMs)}`] = 1;
  additions[`total:${latencyBucket(settlement.totalMs)}`] = 1;
  return additions;
};

const figuresOfCall = ({
  tokens,
  ...settlement
}: Settlement): Readonly<Record<string, number>> => ({
  cost: settlement.costNanoUsd,
  requests: 1,
  errors: isFailed(settlement) ? 1 : 0,
  ...figuresOf(tokens),
});

/** Keys of the hour row, and of its place in the project's month. */
export const hourKeys = (settlement: Settlement) => {
  const hour = hourText(hourOf(settlement.settledAtMs));
  const month = hour.slice(0, 7);
  return {
    pk: `KEY#${settlement.keyId}`,
    sk: `HOUR#${hour}`,
    month_pk: `USAGE#${settlement.projectId}#${month}#${shardOf(settlement.keyId)}`,
    month_sk: `${hour}#${settlement.keyId}`,
  };
};

/** Reads a row back; unknown attributes are ignored. */
export const hourFromRow = (row: Readonly<Record<string, unknown>>): UsageHour => {
  const groups = { model: new Map<string, Figures>(), feature: new Map<string, Figures>() };
  const total: Figures = {};
  const first = Array.from({ length: LATENCY_BUCKET_COUNT }, () => 0);
  const whole = [...first];
  for (const [name, value] of Object.entries(row)) {
    if (typeof value !== 'number') continue;
    const [kind = '', key = '', figure = ''] = name.split(':');
    if (kind === 'first') first[Number(key)] = value;
    else if (kind === 'total') whole[Number(key)] = value;
    else if (kind === 'model' || kind === 'feature') {
      const group = groups[kind].get(decodeURIComponent(key)) ?? {};
      group[figure] = value;
      groups[kind].set(decodeURIComponent(key), group);
    } else total[kind] = value;
  }
  const hour = String(row['sk']).slice('HOUR#'.length);
  return {
    keyId: String(row['pk']).slice('KEY#'.length),
    hourMs: Date.parse(`${hour}:00:00Z`),
    total: totalsOf(total),
    byModel: named(groups.model),
    byFeature: named(groups.feature),
    firstTokenBuckets: first,
    totalBuckets: whole,
  };
};

type Figures = Record<string, number>;

const named = (group: ReadonlyMap<string, Figures>): Record<string, UsageTotals> =>
  Object.fromEntries([...group].map(([name, figures]) => [name, totalsOf(figures)]));

const totalsOf = (figures: Figures): UsageTotals => ({
  costNanoUsd: BigInt(figures['cost'] ?? 0),
  requestCount: figures['requests'] ?? 0,
  errorCount: figures['errors'] ?? 0,
  counts: Object.fromEntries(USAGE_FIGURES.map(({ figure }) => [figure, figures[figure] ?? 0])),
});
