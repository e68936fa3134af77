import type { KeyState } from '../../ledger/domain/key.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Clock, Metrics } from '../../shared/deps.ts';
import type { Batch } from '../domain/batch.ts';
import { OTHER, sourceName, type Summary } from '../domain/summary.ts';
import type { BlockStore } from '../ports/blocks.ts';
import type { OwnMask } from '../domain/mask-pattern.ts';
import type { ActiveTenants, IngestUsage, SourceUsage } from '../ports/ingest.ts';
import type { OwnMasks } from '../ports/masks.ts';

/** Sources of one batch that are counted by themselves; the rest counts for `other`. */
const SOURCES_COUNTED_MAX = 8;
/** Of a quota that ends at midnight: no client waits that long, so it is asked to look again in a minute. */
const QUOTA_RETRY_SECONDS = 60;

export interface IngestDeps {
  readonly blocks: BlockStore;
  readonly usage: IngestUsage;
  readonly tenants: ActiveTenants;
  readonly masks: OwnMasks;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

export interface IngestInput {
  readonly key: Pick<KeyState, 'keyId' | 'projectId' | 'ingestBytesADay'>;
  /** Decodes the body, and hides what the project's own patterns find too. Throws AppError (400, 413, 415). */
  readonly read: (nowMs: number, own: OwnMask | null) => Batch;
}

/**
 * One batch of an exporter: it returns when the block is stored and counted. The same batch again is the same
 * block, and counts once: also where the first try died between the two.
 * Throws AppError `rate_limited` when the key's bytes of the day are used up.
 */
export const ingest = async (deps: IngestDeps, { key, read }: IngestInput): Promise<Batch> => {
  const nowMs = deps.clock.nowMs();
  const tenant = key.projectId;
  const [used, own] = await Promise.all([
    deps.usage.bytesOfDay(tenant, key.keyId, nowMs),
    deps.masks.of(tenant, nowMs),
    deps.tenants.seen(tenant, nowMs),
  ]);
  if (used >= key.ingestBytesADay) throw overQuota(key.ingestBytesADay);
  const batch = read(nowMs, own);
  // A batch of which nothing is kept leaves a mark too: sent again, it is the same batch.
  const { isKnown, stampMs } = await deps.blocks.put({ tenant, batch, stampMs: nowMs });
  const { hash, bytes, records, rejected } = batch;
  const bySource = usageBySource(batch);
  await deps.usage.add({
    tenant,
    keyId: key.keyId,
    hash,
    atMs: stampMs,
    nowMs,
    isKnown,
    bytes,
    records,
    rejected,
    bySource,
  });
  if (isKnown) return batch;
  deps.metrics.record({
    ingestedBytes: bytes,
    ingestedRecords: records,
    rejectedRecords: rejected,
  });
  return batch;
};

const overQuota = (bytes: number): AppError =>
  new AppError({
    code: 'rate_limited',
    publicMessage: `This key may send ${bytes} bytes a day (UTC), and has sent them.`,
    facts: { ingest_bytes_per_day: bytes },
    retryAfterSeconds: QUOTA_RETRY_SECONDS,
  });

/** The largest ones by themselves; shares of bytes go by records and are rounded. */
const usageBySource = ({ summary, bytes }: Batch): readonly SourceUsage[] => {
  const sums = recordsBySource(summary);
  const all = sums.reduce((sum, { records }) => sum + records, 0);
  const kept = sums.slice(0, SOURCES_COUNTED_MAX);
  const rest = sums.slice(SOURCES_COUNTED_MAX).reduce((sum, { records }) => sum + records, 0);
  return [...kept, ...(rest === 0 ? [] : [{ source: OTHER, records: rest }])].map((one) => ({
    ...one,
    bytes: Math.round((bytes * one.records) / Math.max(1, all)),
  }));
};

const recordsBySource = (summary: Summary) =>
  [...Map.groupBy(summary, ({ source }) => sourceName(source)).values()]
    .flatMap(([first, ...rest]) =>
      first === undefined
        ? []
        : [
            {
              source: first.source,
              records: rest.reduce((sum, { records }) => sum + records, first.records),
            },
          ],
    )
    .toSorted((left, right) => right.records - left.records);
