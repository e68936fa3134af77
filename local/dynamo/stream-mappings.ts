import { join } from 'node:path';
import * as z from 'zod';
import { plainObject, type BucketStore } from '../s3/bucket-store.ts';
import type { AwsMetrics } from '../metrics/aws-metrics.ts';
import type { FunctionHost } from '../lambda/function-host.ts';
import { compileAny } from '../events/event-pattern.ts';
import type { StreamStatus } from './stream-delivery.ts';
import { readStream, type Mapping } from './stream-reader.ts';
import { streamWire } from './stream-wire.ts';
import { isOfQueue } from '../sqs/queue-mappings.ts';
import type { Resource } from '../template.ts';

export interface StreamDeps {
  readonly functions: ReadonlyMap<string, FunctionHost>;
  /** Of the storage engine. */
  readonly endpoint: string;
  readonly stateDir: string;
  readonly buckets: BucketStore;
  readonly onError: (mappingId: string, error: unknown) => void;
  readonly metrics: AwsMetrics;
  readonly signal: AbortSignal;
}

/** DynamoDB serves no more: https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html */
const READERS_MAX = 2;

/** Starts a reader for each event source mapping of the template; it ends when `signal` aborts. */
export const startStreams = async (
  deps: StreamDeps,
  resources: readonly Resource[],
): Promise<readonly StreamStatus[]> => {
  const mappings = resources.filter(isOfStream).map((resource) => mappingOf(deps, resource));
  const tables = Map.groupBy(mappings, ({ table }) => table);
  for (const readers of tables.values()) {
    const extra = readers[READERS_MAX];
    if (extra !== undefined)
      throw new Error(`${extra.status.id}: a stream has at most ${READERS_MAX} readers`);
  }
  await Promise.all(
    [...tables.values()].flatMap((readers) => {
      const streams = streamWire(deps.endpoint, readers.length);
      return readers.map(async (mapping) => await readStream(streams, mapping, deps.signal));
    }),
  );
  return mappings.map(({ status }) => status);
};

const isOfStream = (resource: Resource): boolean =>
  resource.type === 'AWS::Lambda::EventSourceMapping' && !isOfQueue(resource);

const mappingOf = (deps: StreamDeps, { id, properties }: Resource): Mapping => {
  const parsed = mappingSchema.safeParse(properties);
  if (!parsed.success) throw new Error(`${id}: ${z.prettifyError(parsed.error)}`);
  const mapping = parsed.data;
  const host = deps.functions.get(mapping.FunctionName.split(':').at(-1) ?? '');
  if (host === undefined) throw new Error(`${id}: no function ${mapping.FunctionName}`);
  const table = /table\/([^/]+)\//.exec(mapping.EventSourceArn)?.[1] ?? '';
  const retriesMax = mapping.MaximumRetryAttempts;
  const patterns = mapping.FilterCriteria?.Filters ?? [];
  return {
    table,
    host,
    batchSize: mapping.BatchSize,
    windowMs: mapping.MaximumBatchingWindowInSeconds * 1_000,
    lanes: mapping.ParallelizationFactor,
    startsAt: mapping.StartingPosition,
    retriesMax: retriesMax === -1 ? Number.POSITIVE_INFINITY : retriesMax,
    ageMsMax:
      mapping.MaximumRecordAgeInSeconds === -1
        ? Number.POSITIVE_INFINITY
        : mapping.MaximumRecordAgeInSeconds * 1_000,
    bisect: mapping.BisectBatchOnFunctionError,
    reportsFailures: mapping.FunctionResponseTypes.includes('ReportBatchItemFailures'),
    matches: compileAny(patterns.map(({ Pattern }): unknown => JSON.parse(Pattern))),
    keepFailure: failureKeeper(
      deps,
      { id, functionId: host.config.id },
      mapping.DestinationConfig?.OnFailure.Destination,
    ),
    checkpointPath: join(deps.stateDir, 'streams', `${id}.json`),
    status: {
      id,
      table,
      functionId: host.config.id,
      delivered: 0,
      failed: 0,
      lagMs: 0,
      lastDeliveredAtMs: null,
    },
    onError: (error) => deps.onError(id, error),
    onDelivered: (ageMs) => deps.metrics.delivered(host.config.id, ageMs),
  };
};

const failureKeeper = (
  { buckets, metrics }: StreamDeps,
  { id, functionId }: Pick<StreamStatus, 'id' | 'functionId'>,
  destination: string | undefined,
): Mapping['keepFailure'] => {
  if (destination === undefined) return null;
  const bucket = bucketOf(destination);
  if (!buckets.has(bucket))
    throw new Error(`the local runtime keeps no failures in ${destination}`);
  return async (name, text, records) => {
    const object = { bytes: Buffer.from(text), info: plainObject('application/json') };
    try {
      await buckets.put(bucket, name, { ...object, isNewOnly: false });
      metrics.keptAside(id, records);
    } catch (error) {
      metrics.lost(functionId, records);
      throw error;
    }
  };
};

/** The buckets in which failed records of streams are kept. */
export const failureBuckets = (resources: readonly Resource[]): readonly string[] => {
  const buckets = resources
    .filter(isOfStream)
    .flatMap(({ properties }) => mappingSchema.parse(properties).DestinationConfig ?? [])
    .map(({ OnFailure }) => bucketOf(OnFailure.Destination));
  return [...new Set(buckets)];
};

const bucketOf = (destination: string): string => destination.split(':').at(-1) ?? '';

/** https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html; what is not here stops the start. */
const mappingSchema = z.strictObject({
  EventSourceArn: z.string(),
  FunctionName: z.string(),
  StartingPosition: z.enum(['TRIM_HORIZON', 'LATEST']),
  BatchSize: z.number().default(100),
  MaximumBatchingWindowInSeconds: z.number().default(0),
  ParallelizationFactor: z.number().int().min(1).max(10).default(1),
  MaximumRetryAttempts: z.number().default(-1),
  MaximumRecordAgeInSeconds: z.number().int().min(-1).max(604_800).default(-1),
  BisectBatchOnFunctionError: z.boolean().default(false),
  FunctionResponseTypes: z.array(z.literal('ReportBatchItemFailures')).default([]),
  FilterCriteria: z
    .strictObject({ Filters: z.array(z.strictObject({ Pattern: z.string() })) })
    .optional(),
  DestinationConfig: z
    .strictObject({ OnFailure: z.strictObject({ Destination: z.string() }) })
    .optional(),
  Enabled: z.literal(true).optional(),
  MetricsConfig: z.unknown().optional(),
  Tags: z.unknown().optional(),
});
