import type { LogRecord } from '../../../lambdas/sre/domain/log-record.ts';
import { BUCKET_MS } from '../../../lambdas/sre/domain/summary.ts';
import { summarise } from '../../../lambdas/sre/in/summary/summarise.ts';
import { signalsOf } from '../../../lambdas/sre/score/signals/signals-of.ts';
import { blockAt } from './entries.ts';
import type { FoldedTenant } from './folded-tenant.ts';

/** Sends records as they come, ten seconds a batch, and evaluates after each. */
export const play = (tenant: FoldedTenant, records: readonly LogRecord[]): void => {
  const buckets = Map.groupBy(records, ({ timeMs }) => Math.floor(timeMs / BUCKET_MS));
  for (const [bucket, batch] of [...buckets].toSorted(([left], [right]) => left - right)) {
    const endMs = (bucket + 1) * BUCKET_MS;
    tenant.evaluate(endMs, [blockAt(endMs - 1, ...summarise(batch, signalsOf))]);
  }
};

/** The same records, the first of them at this time. */
export const shifted = (records: readonly LogRecord[], toMs: number): readonly LogRecord[] => {
  const fromMs = records[0]?.timeMs ?? 0;
  return records.map((record) => ({ ...record, timeMs: record.timeMs - fromMs + toMs }));
};

/** How long it takes to play them, in whole buckets. */
export const lengthOf = (records: readonly LogRecord[]): number => {
  const lengthMs = (records.at(-1)?.timeMs ?? 0) - (records[0]?.timeMs ?? 0);
  return Math.ceil((lengthMs + 1) / BUCKET_MS) * BUCKET_MS;
};
