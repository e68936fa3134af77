import { join } from 'node:path';
import * as z from 'zod';
import { plainObject, type BucketStore } from './bucket-store.ts';
import type { FunctionHost } from './function-host.ts';
import { readStream, type StreamStatus } from './stream-reader.ts';
import type { Resource } from './template.ts';

export interface StreamDeps {
  readonly functions: ReadonlyMap<string, FunctionHost>;
  /** Of the storage engine. */
  readonly endpoint: string;
  readonly stateDir: string;
  readonly buckets: BucketStore;
  readonly onError: (mappingId: string, error: unknown) => void;
  readonly signal: AbortSignal;
}

/** Starts a reader for each event source mapping of the template; it ends when `signal` aborts. */
export const startStreams = (
  deps: StreamDeps,
  resources: readonly Resource[],
): readonly StreamStatus[] =>
  resources.flatMap(({ id, type, properties }) => {
    if (type !== 'AWS::Lambda::EventSourceMapping') return [];
    const mapping = mappingSchema.parse(properties);
    const host = deps.functions.get(mapping.FunctionName);
    if (host === undefined) throw new Error(`${id}: no function ${mapping.FunctionName}`);
    const bucket = mapping.DestinationConfig.OnFailure.Destination.split(':').at(-1) ?? '';
    const table = /table\/([^/]+)\//.exec(mapping.EventSourceArn)?.[1] ?? '';
    const status: StreamStatus = {
      id,
      table,
      functionId: host.config.id,
      delivered: 0,
      failed: 0,
      lagMs: 0,
      lastDeliveredAtMs: null,
    };
    void readStream(
      deps.endpoint,
      {
        table,
        host,
        batchSize: mapping.BatchSize,
        retriesMax: mapping.MaximumRetryAttempts,
        bisect: mapping.BisectBatchOnFunctionError,
        patterns: mapping.FilterCriteria.Filters.map(({ Pattern }): unknown => JSON.parse(Pattern)),
        keepFailure: async (name, text) => {
          const object = { bytes: Buffer.from(text), info: plainObject('application/json') };
          await deps.buckets.put(bucket, name, { ...object, isNewOnly: false });
        },
        checkpointPath: join(deps.stateDir, 'streams', `${id}.json`),
        status,
        onError: (error) => deps.onError(id, error),
      },
      deps.signal,
    );
    return [status];
  });

const mappingSchema = z.object({
  EventSourceArn: z.string(),
  FunctionName: z.string(),
  BatchSize: z.number(),
  MaximumRetryAttempts: z.number(),
  BisectBatchOnFunctionError: z.boolean(),
  FilterCriteria: z.object({ Filters: z.array(z.object({ Pattern: z.string() })) }),
  DestinationConfig: z.object({ OnFailure: z.object({ Destination: z.string() }) }),
});
