import type { Source } from '../../../lambdas/sre/domain/log-record.ts';
import { USUAL_SETTINGS, type SettingsOf } from '../../../lambdas/sre/domain/part.ts';
import {
  BUCKET_MS,
  type Entry,
  type Shape,
  type StampedSummary,
} from '../../../lambdas/sre/domain/summary.ts';

/** The beginning of a bucket. */
export const START_MS = Date.UTC(2026, 10, 30, 12);

export const sourceOf = (service: string): Source => ({
  environment: 'prod',
  namespace: '',
  service,
});

export const SHAPE: Shape = {
  text: 'Connection pool exhausted',
  count: 1,
  severity: 17,
  signals: [{ group: 'resource', weight: 800 }],
  exceptionType: null,
  frames: 0,
  samples: [0],
};

/** Of the bucket that this moment is in; only what is named is there. */
export const entryAt = (service: string, timeMs: number, change: Partial<Entry> = {}): Entry => ({
  source: sourceOf(service),
  bucket: Math.floor(timeMs / BUCKET_MS),
  records: 10,
  failing: 0,
  clientFaults: 0,
  authFaults: 0,
  requests: 0,
  statuses: {},
  severity: (change.failing ?? 0) > 0 ? 17 : 9,
  latencies: [],
  shapes: [],
  ...change,
});

let blocks = 0;
/** A block with a hash that no other one has. */
export const blockAt = (stampMs: number, ...summary: readonly Entry[]): StampedSummary => ({
  block: (++blocks).toString(16).padStart(16, '0').split('').toReversed().join('').padEnd(64, '0'),
  stampMs,
  summary,
});

export const usualSettings: SettingsOf = () => USUAL_SETTINGS;
