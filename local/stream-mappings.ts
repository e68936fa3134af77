import { join } from 'node:path';
import * as z from 'zod';
import type { FunctionHost } from './function-host.ts';
import { readStream } from './stream-reader.ts';
import type { Resource } from './template.ts';

/** Starts a reader for each event source mapping of the template; it ends when `signal` aborts. */
export const startStreams = (
  resources: readonly Resource[],
  functions: ReadonlyMap<string, FunctionHost>,
  endpoint: string,
  stateDir: string,
  signal: AbortSignal,
): void => {
  for (const { id, type, properties } of resources) {
    if (type !== 'AWS::Lambda::EventSourceMapping') continue;
    const mapping = mappingSchema.parse(properties);
    const host = functions.get(mapping.FunctionName);
    if (host === undefined) throw new Error(`${id}: no function ${mapping.FunctionName}`);
    const bucket = mapping.DestinationConfig.OnFailure.Destination.split(':').at(-1) ?? '';
    void readStream(
      endpoint,
      {
        table: /table\/([^/]+)\//.exec(mapping.EventSourceArn)?.[1] ?? '',
        host,
        batchSize: mapping.BatchSize,
        retriesMax: mapping.MaximumRetryAttempts,
        bisect: mapping.BisectBatchOnFunctionError,
        patterns: mapping.FilterCriteria.Filters.map(({ Pattern }): unknown => JSON.parse(Pattern)),
        failureDir: join(stateDir, 'buckets', bucket),
        checkpointPath: join(stateDir, 'streams', `${id}.json`),
      },
      signal,
    );
  }
};

const mappingSchema = z.object({
  EventSourceArn: z.string(),
  FunctionName: z.string(),
  BatchSize: z.number(),
  MaximumRetryAttempts: z.number(),
  BisectBatchOnFunctionError: z.boolean(),
  FilterCriteria: z.object({ Filters: z.array(z.object({ Pattern: z.string() })) }),
  DestinationConfig: z.object({ OnFailure: z.object({ Destination: z.string() }) }),
});
