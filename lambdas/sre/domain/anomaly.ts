import { createHash } from 'node:crypto';
import type { Band, Score } from '../score/composite.ts';
import type { Source } from './log-record.ts';
import { sourceName } from './summary.ts';

/** What is wrong. The last four are of keys of the gateway, the others of services. */
export const ANOMALY_KINDS = [
  'failures',
  'burn',
  'drift',
  'went_silent',
  'telemetry_lost',
  'oom',
  'crash',
  'resource',
  'spend',
  'latency',
  'errors',
  'retries',
] as const;
export type AnomalyKind = (typeof ANOMALY_KINDS)[number];

/** What is wrong with a service or a key, why that is said, and how sure it is. */
export interface Anomaly {
  /** The same for the same tenant, source, kind and beginning; sorts by the beginning. */
  readonly id: string;
  /** Rises when it gets worse; of two versions the higher one counts. */
  readonly revision: number;
  readonly tenant: string;
  readonly kind: AnomalyKind;
  readonly source: Source;
  /** Immediate: one line was enough. */
  readonly path: 'immediate' | 'windowed';
  /** When the first bucket of it begins. */
  readonly openedMs: number;
  /** When this version was found. */
  readonly foundMs: number;
  /** Since when it is over; null: it is not. */
  readonly endedMs: number | null;
  readonly band: Band;
  readonly score: Score;
  /** One sentence. */
  readonly why: string;
  readonly facts: AnomalyFacts;
  /** null: it is not of lines, or none of them was at hand. */
  readonly template: { readonly id: string; readonly text: string } | null;
  /** Ids of records, three at most. */
  readonly samples: readonly string[];
  /** Sources that deviate at the same time, this one left out. */
  readonly others: readonly Source[];
}

/** The figures that it rests on; a key that is absent does not apply. */
export type AnomalyFacts = Readonly<Record<string, number | string>>;

export const anomalyId = (
  tenant: string,
  source: Source,
  kind: AnomalyKind,
  openedBucket: number,
): string => {
  const text = JSON.stringify([tenant, sourceName(source), kind, openedBucket]);
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return `${anomalyIdsFrom(openedBucket)}${hash}`;
};

/** Where the ids of anomalies that begin in this bucket start. */
export const anomalyIdsFrom = (openedBucket: number): string =>
  `anomaly_${openedBucket.toString(36).padStart(8, '0')}`;

const BANDS: readonly (Band | null)[] = [null, 'low', 'medium', 'high', 'critical'];

export const isWorse = (band: Band | null, than: Band | null): boolean =>
  BANDS.indexOf(band) > BANDS.indexOf(than);
