import {
  LATENCY_BUCKET_COUNT,
  latencyBucket,
} from '../../lambdas/ledger/domain/latency-buckets.ts';
import { figuresOf, USAGE_FIGURES, type Settlement } from '../../lambdas/ledger/domain/usage.ts';
import type { UsageHour, UsageStore, UsageTotals } from '../../lambdas/ledger/ports.ts';

const HOUR_MS = 3_600_000;

/** Keeps events alone and sums them when asked: what the stored sums must equal. */
export const memoryUsageStore = (): UsageStore => {
  const stored = new Map<string, Settlement>();
  const all = () => [...stored.values()];
  const record = (settlement: Settlement): boolean => {
    const id = `${settlement.keyId}|${settlement.holdId}`;
    if (stored.has(id)) return false;
    stored.set(id, settlement);
    return true;
  };
  return {
    record: async (settlement) => record(settlement),
    recordAll: async (settlements) =>
      settlements.map((one) => ({ status: 'fulfilled', value: record(one) })),
    hours: async (query) => {
      const fromMs = query.fromMs - (query.fromMs % HOUR_MS);
      const found = all().filter(
        (event) =>
          (query.keyId === null
            ? event.projectId === query.projectId
            : event.keyId === query.keyId) &&
          event.settledAtMs >= fromMs &&
          hourMsOf(event) < query.toMs,
      );
      const groups = Map.groupBy(found, (event) => `${event.keyId}|${hourMsOf(event)}`);
      return [...groups.values()].map(sumOf);
    },
    events: async ({ keyId, fromMs, toMs, limit, before }) => {
      const found = all()
        .filter((event) => event.keyId === keyId)
        .filter((event) => event.settledAtMs >= fromMs && event.settledAtMs < toMs)
        .filter((event) => before === null || event.holdId < before)
        .toSorted((left, right) => (left.holdId < right.holdId ? 1 : -1));
      const last = found.length > limit ? found[limit - 1] : undefined;
      return {
        events: found.slice(0, limit),
        next: last?.holdId ?? null,
      };
    },
    event: async (keyId, holdId) => stored.get(`${keyId}|${holdId}`) ?? null,
  };
};

const hourMsOf = ({ settledAtMs }: Settlement): number => settledAtMs - (settledAtMs % HOUR_MS);

const sumOf = (events: readonly Settlement[]): UsageHour => {
  const [first] = events;
  if (first === undefined) throw new Error('a group has at least one event');
  const featured = events.filter((event) => event.feature !== null);
  return {
    keyId: first.keyId,
    hourMs: hourMsOf(first),
    total: totalsOf(events),
    byModel: grouped(events, (event) => event.model),
    byFeature: grouped(featured, (event) => event.feature ?? ''),
    firstTokenBuckets: counted(events.flatMap((event) => event.firstTokenMs ?? [])),
    totalBuckets: counted(events.map((event) => event.totalMs)),
  };
};

const grouped = (events: readonly Settlement[], word: (event: Settlement) => string) =>
  Object.fromEntries(
    [...Map.groupBy(events, word)].map(([name, group]) => [name, totalsOf(group)] as const),
  );

const counted = (latencies: readonly number[]): number[] => {
  const counts = Array.from({ length: LATENCY_BUCKET_COUNT }, () => 0);
  for (const latencyMs of latencies) {
    const bucket = latencyBucket(latencyMs);
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
  return counts;
};

const totalsOf = (events: readonly Settlement[]): UsageTotals => {
  const sum = (figure: (event: Settlement) => number): number =>
    events.reduce((total, event) => total + figure(event), 0);
  return {
    costNanoUsd: events.reduce((total, event) => total + BigInt(event.costNanoUsd), 0n),
    requestCount: events.length,
    errorCount: sum(({ status }) => Number(status !== 'completed' && status !== 'cancelled')),
    counts: Object.fromEntries(
      USAGE_FIGURES.map(({ figure }) => [
        figure,
        sum(({ tokens }) => figuresOf(tokens)[figure] ?? 0),
      ]),
    ),
  };
};
