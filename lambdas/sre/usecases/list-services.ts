import { latencyQuantileMs } from '../../ledger/domain/latency-buckets.ts';
import { settingFor } from '../domain/service-setting.ts';
import { bucketOf, BUCKET_MS } from '../domain/summary.ts';
import { countsBetween, failuresOf, type SourceWindow } from '../domain/window.ts';
import type { Source } from '../domain/log-record.ts';
import type { Baseline, Sensitivity } from '../score/statistics.ts';
import type { SettingsBook } from '../ports/settings.ts';
import type { WindowStore } from '../ports/windows.ts';

/** Five minutes. */
const SHOWN_BUCKETS = 30;
const SHOWN_SECONDS = (SHOWN_BUCKETS * BUCKET_MS) / 1_000;

/** A service as its windows know it. */
export interface Service {
  readonly source: Source;
  readonly lastSeenMs: number;
  readonly recordsPerSecond: number;
  /** null: nothing came in the last five minutes. */
  readonly errorRate: number | null;
  /** null: none of its records is of a request. */
  readonly p95Ms: number | null;
  readonly baseline: Baseline;
  readonly open: readonly string[];
  readonly sensitivity: Sensitivity;
  readonly mutedUntilMs: number | null;
  readonly owner: string | null;
}

export interface ListServicesDeps {
  readonly windows: WindowStore;
  readonly settings: SettingsBook;
}

/** Services of a tenant that sent something within a day, by name. */
export const listServices = async (
  deps: ListServicesDeps,
  tenant: string,
  nowMs: number,
): Promise<readonly Service[]> => {
  const [parts, settings] = await Promise.all([
    deps.windows.load(tenant),
    deps.settings.list(tenant),
  ]);
  return [...parts.values()]
    .flatMap(({ part }) => [...part.windows])
    .toSorted(([left], [right]) => left.localeCompare(right))
    .map(([, window]) => {
      const setting = settingFor(settings, window.source);
      return {
        ...serviceOf(window, nowMs),
        sensitivity: setting?.sensitivity ?? 'normal',
        mutedUntilMs: setting?.mutedUntilMs ?? null,
        owner: setting?.owner ?? null,
      };
    });
};

const serviceOf = (
  window: SourceWindow,
  nowMs: number,
): Omit<Service, 'sensitivity' | 'mutedUntilMs' | 'owner'> => {
  const now = bucketOf(nowMs);
  const counts = countsBetween(window, now - SHOWN_BUCKETS, now);
  return {
    source: window.source,
    lastSeenMs: window.arrivedBucket * BUCKET_MS,
    recordsPerSecond: counts.records / SHOWN_SECONDS,
    errorRate: counts.records === 0 ? null : failuresOf(counts) / counts.records,
    p95Ms: latencyQuantileMs(window.latencies, 0.95),
    baseline: window.baseline,
    open: window.open.map(({ kind }) => kind),
  };
};
