import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { EVENT_BYTES_MAX, type FunctionHost } from '../lambda/function-host.ts';
import { invocationRecord } from '../lambda/invocation-record.ts';
import { batchText, type StreamRecord } from './stream-records.ts';

const RETRY_MS = 200;
/** Brackets, commas and the name of the list around the records of a batch. */
const BATCH_MARGIN_BYTES = 65_536;

/** How far one mapping is. */
export interface StreamStatus {
  readonly id: string;
  readonly table: string;
  readonly functionId: string;
  delivered: number;
  /** Records that failed for good. */
  failed: number;
  /** Age of the last record when it was delivered: AWS calls it iterator age. */
  lagMs: number;
  lastDeliveredAtMs: number | null;
}

/** How the batches of a mapping reach its function. */
export interface Delivery {
  readonly table: string;
  readonly host: Pick<FunctionHost, 'config' | 'invokeText'>;
  readonly batchSize: number;
  /** Batches of different items that are handled side by side. */
  readonly lanes: number;
  readonly retriesMax: number;
  /** What failed and is older comes no more; absent: however old it is. */
  readonly ageMsMax?: number;
  readonly bisect: boolean;
  /** Does the function name the records that failed? */
  readonly reportsFailures: boolean;
  /** Puts an object into the on-failure bucket; null: there is none. */
  readonly keepFailure: ((name: string, text: string, records: number) => Promise<void>) | null;
  readonly status: StreamStatus;
  readonly onError: (error: unknown) => void;
  readonly onDelivered?: (ageMs: number) => void;
}

/** All records, in batches; an item's records stay in order. */
export const deliverAll = async (
  delivery: Delivery,
  shard: string,
  records: readonly StreamRecord[],
  signal: AbortSignal,
): Promise<void> => {
  const lanes = Map.groupBy(records, ({ item }) => laneOf(item, delivery.lanes));
  await Promise.all(
    [...lanes.values()].map(async (lane) => {
      for (const batch of batchesOf(lane, delivery.batchSize))
        await deliver(delivery, shard, batch, signal);
    }),
  );
};

const laneOf = (item: string, lanes: number): number => {
  let sum = 0;
  for (const char of item) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) % 1_000_003;
  return sum % lanes;
};

/** As many records as the mapping accepts at once, and as fit into one event. */
const batchesOf = (
  records: readonly StreamRecord[],
  batchSize: number,
): readonly (readonly StreamRecord[])[] => {
  const batches: StreamRecord[][] = [];
  let bytes = 0;
  for (const record of records) {
    const batch = batches.at(-1);
    const fits = bytes + record.bytes <= EVENT_BYTES_MAX - BATCH_MARGIN_BYTES;
    if (batch === undefined || batch.length === batchSize || !fits) {
      batches.push([record]);
      bytes = record.bytes;
    } else {
      batch.push(record);
      bytes += record.bytes;
    }
  }
  return batches;
};

/** One batch until it is done: what failed comes again, is split in halves, and ends in the failure bucket. */
export const deliver = async (
  delivery: Delivery,
  shard: string,
  records: readonly StreamRecord[],
  signal: AbortSignal,
): Promise<void> => {
  let rest = records;
  for (let tries = 0; rest.length > 0 && !signal.aborted;) {
    const failedFrom = await invoke(delivery, rest);
    if (signal.aborted) return;
    delivered(delivery, rest.slice(0, failedFrom ?? rest.length));
    if (failedFrom === null) return;
    if (failedFrom > 0) {
      rest = rest.slice(failedFrom);
      tries = 0;
      continue;
    }
    tries += 1;
    if (tries > delivery.retriesMax || isTooOld(delivery, rest))
      return await keepFailure(delivery, shard, rest, tries);
    if (delivery.bisect && rest.length > 1) {
      const middle = Math.ceil(rest.length / 2);
      await deliver(delivery, shard, rest.slice(0, middle), signal);
      rest = rest.slice(middle);
      tries = 0;
    } else await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
  }
};

const isTooOld = (
  { ageMsMax = Number.POSITIVE_INFINITY }: Delivery,
  records: readonly StreamRecord[],
): boolean => records.every(({ createdAtMs }) => createdAtMs < Date.now() - ageMsMax);

const delivered = ({ status, onDelivered }: Delivery, records: readonly StreamRecord[]): void => {
  const last = records.at(-1);
  if (last === undefined) return;
  const nowMs = Date.now();
  status.delivered += records.length;
  status.lastDeliveredAtMs = nowMs;
  status.lagMs = nowMs - last.createdAtMs;
  onDelivered?.(status.lagMs);
};

const answerSchema = z
  .object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string() })) })
  .nullish();

/** Index of the first record that failed; null when none did. */
const invoke = async (
  { host, reportsFailures }: Delivery,
  records: readonly StreamRecord[],
): Promise<number | null> => {
  try {
    const told: unknown = await host.invokeText(batchText(records));
    if (!reportsFailures) return null;
    const answer = answerSchema.parse(told);
    const failed = new Set(answer?.batchItemFailures.map((failure) => failure.itemIdentifier));
    const index = records.findIndex(({ sequence }) => failed.has(sequence));
    return index === -1 ? (failed.size > 0 ? 0 : null) : index;
  } catch {
    return 0;
  }
};

const keepFailure = async (
  delivery: Delivery,
  shardId: string,
  records: readonly StreamRecord[],
  invokeCount: number,
): Promise<void> => {
  delivery.status.failed += records.length;
  delivery.onError(new Error(`${records.length} records failed for good`));
  if (delivery.keepFailure === null) return;
  const { name, text } = invocationRecord({
    mappingId: delivery.status.id,
    functionId: delivery.host.config.id,
    table: delivery.table,
    shardId,
    invokeCount,
    records,
    atMs: Date.now(),
  });
  await delivery.keepFailure(name, text, records.length);
};
