import type { Write } from '../../lambdas/platform/tables/tables.ts';
import type { Source } from '../../lambdas/sre/domain/log-record.ts';
import { EMPTY_PART } from '../../lambdas/sre/domain/part.ts';
import { bucketOf, sourceName } from '../../lambdas/sre/domain/summary.ts';
import { newWindow, type SourceWindow } from '../../lambdas/sre/domain/window.ts';
import type { StoredPart } from '../../lambdas/sre/ports/windows.ts';
import { sourceOf } from '../support/sre/entries.ts';
import type { Plan } from './incident-faults.ts';

/** Weakenings that the invariants must catch. */
export type IncidentMutation =
  | 'no version of the board'
  | 'no revision clause'
  | 'no marks'
  | 'claims not freed'
  | 'told by the writer'
  | 'silences not read'
  | 'no merge'
  | 'quiet is enough'
  | 'each member an incident';

const USUAL_RECORDS = 10;

/** All send as usual but those that are gone. */
export const windowsOf = (
  plan: Plan,
  tenant: string,
  nowMs: number,
  mutation: IncidentMutation | null,
): ReadonlyMap<number, StoredPart> => {
  const now = bucketOf(nowMs);
  const services = new Set(plan.written.map(({ anomaly }) => anomaly.source.service));
  const windows = new Map<string, SourceWindow>();
  for (const service of services) {
    const source = sourceOf(service);
    const isGone =
      mutation !== 'quiet is enough' &&
      plan.gone.some(
        ({ name, fromMs, toMs }) =>
          name === `${tenant} ${service}` && fromMs <= nowMs && nowMs < toMs,
      );
    windows.set(
      sourceName(source),
      isGone ? { ...USUAL, source, buckets: [] } : usualAt(now, source),
    );
  }
  return new Map([[0, { version: 1, part: { ...EMPTY_PART, windows } }]]);
};

/** Half an hour of a service that sends as usual. */
const USUAL: SourceWindow = {
  ...newWindow(sourceOf(''), 0, 0),
  baseline: { buckets: 1, mean: 0, variance: 0 },
  usualRecords: { total: USUAL_RECORDS, failing: 0 },
};

/** The bucket before has all of the last five minutes. */
const usualAt = (bucket: number, source: Source): SourceWindow => ({
  ...USUAL,
  source,
  buckets: [
    {
      bucket: bucket - 1,
      records: 30 * USUAL_RECORDS,
      failing: 0,
      clientFaults: 0,
      authFaults: 0,
      requests: 0,
      failedRequests: 0,
    },
  ],
});

/** The write with a guard taken away; null: it is left out. */
export const weakened = (write: Write, mutation: IncidentMutation | null): Write | null => {
  const { table, key } = write;
  if (write.kind !== 'put') return write;
  const bare: Write = { kind: 'put', table, key, item: write.item };
  switch (mutation) {
    case 'no version of the board':
      return key.sk === 'V' ? bare : write;
    case 'no revision clause':
      return key.sk.startsWith('I#') || key.sk.startsWith('T#') ? bare : write;
    case 'claims not freed':
      return key.sk.startsWith('C#') && write.item['live'] === 0 ? null : write;
    default:
      return write;
  }
};
