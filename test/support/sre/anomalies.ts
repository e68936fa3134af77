import { anomalyId, type Anomaly } from '../../../lambdas/sre/domain/anomaly.ts';
import { BUCKET_MS } from '../../../lambdas/sre/domain/summary.ts';
import { sourceOf, START_MS } from './entries.ts';

/** A high anomaly of failures that began at `START_MS` and goes on; only what is named differs. */
export const anomalyOf = (
  tenant: string,
  service: string,
  change: Partial<Anomaly> = {},
): Anomaly => {
  const source = change.source ?? sourceOf(service);
  const kind = change.kind ?? 'failures';
  const openedMs = change.openedMs ?? START_MS;
  return {
    id: anomalyId(tenant, source, kind, Math.floor(openedMs / BUCKET_MS)),
    revision: 1,
    tenant,
    kind,
    source,
    path: 'windowed',
    openedMs,
    foundMs: openedMs + 5_000,
    endedMs: null,
    band: 'high',
    score: {
      version: 1,
      parts: [
        { category: 'pattern', weight: 1_000, value: 700, points: 700, because: ['timeout'] },
      ],
      adjustment: { name: 'none', points: 0 },
      score: 700,
      band: 'high',
    },
    why: `${service} failed 30 times within 10 s, where none is usual.`,
    facts: { failures: 30 },
    template: null,
    samples: [],
    others: [],
    ...change,
  };
};
