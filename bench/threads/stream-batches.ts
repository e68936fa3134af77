import { join } from 'node:path';
import * as z from 'zod';
import { compileAny } from '../../local/events/event-pattern.ts';
import { readStream } from '../../local/dynamo/stream-reader.ts';
import { streamWire } from '../../local/dynamo/stream-wire.ts';
import { functionNamed, type Side } from '../kit/side.ts';

const WITHIN_MS = 10_000;
const mappingSchema = z.looseObject({
  EventSourceArn: z.string(),
  FunctionName: z.string(),
  FilterCriteria: z.looseObject({ Filters: z.array(z.looseObject({ Pattern: z.string() })) }),
});

/** The first records of a table's stream that a function is there for, as one event. */
export const streamBatch = async (
  { resources, functions, engine, stateDir }: Side,
  entry: string,
): Promise<object> => {
  const config = functionNamed(functions, entry);
  const mapping = resources
    .filter(({ type }) => type === 'AWS::Lambda::EventSourceMapping')
    .map(({ properties }) => mappingSchema.parse(properties))
    .find(({ FunctionName }) => FunctionName.split(':').at(-1) === config.id);
  if (mapping === undefined) throw new Error(`no stream calls ${config.id}`);
  const table = /table\/([^/]+)\//.exec(mapping.EventSourceArn)?.[1] ?? '';
  const first = Promise.withResolvers<unknown>();
  const done = new AbortController();
  const invokeText = async (event: string): Promise<unknown> => {
    first.resolve(JSON.parse(event));
    return await Promise.resolve({ batchItemFailures: [] });
  };
  const patterns = mapping.FilterCriteria.Filters;
  await readStream(
    streamWire(engine, 1),
    {
      table,
      host: { config, invokeText },
      batchSize: 25,
      windowMs: 0,
      lanes: 1,
      startsAt: 'TRIM_HORIZON',
      retriesMax: 0,
      bisect: false,
      reportsFailures: true,
      matches: compileAny(patterns.map(({ Pattern }): unknown => JSON.parse(Pattern))),
      keepFailure: null,
      checkpointPath: join(stateDir, 'bench-streams', `${config.id}.json`),
      status: {
        id: config.id,
        table,
        functionId: config.id,
        delivered: 0,
        failed: 0,
        lagMs: 0,
        lastDeliveredAtMs: null,
      },
      onError: (error) => first.reject(error),
    },
    done.signal,
  );
  const late = setTimeout(() => first.reject(new Error(`${table} told nothing`)), WITHIN_MS);
  try {
    return z.looseObject({}).parse(await first.promise);
  } finally {
    clearTimeout(late);
    done.abort();
  }
};
