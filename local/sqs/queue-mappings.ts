import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { read } from '../http/api-v2.ts';
import type { FunctionHost } from '../lambda/function-host.ts';
import type { Resource } from '../template.ts';
import type { Message, QueueConfig, QueueStore } from './queue-store.ts';
import { md5Of } from './sqs-endpoint.ts';

/** So many batches at once where the template says nothing: with these Lambda begins. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
const BATCHES_AT_ONCE = 5;
/** A queue is looked at again after so long, whatever it says. */
const LOOK_MS_MAX = 1_000;

export interface QueueMappingDeps {
  readonly functions: ReadonlyMap<string, FunctionHost>;
  readonly store: QueueStore;
  readonly onError: (mappingId: string, error: unknown) => void;
  readonly signal: AbortSignal;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html; what is not here stops the start. */
const mappingSchema = z.strictObject({
  EventSourceArn: z.string(),
  FunctionName: z.string(),
  BatchSize: z.number().int().min(1).max(10).default(10),
  FunctionResponseTypes: z.array(z.literal('ReportBatchItemFailures')).default([]),
  ScalingConfig: z
    .strictObject({ MaximumConcurrency: z.number().int().min(2).max(1_000) })
    .optional(),
  Enabled: z.literal(true).optional(),
  Tags: z.unknown().optional(),
});

interface Mapping {
  readonly id: string;
  readonly queue: QueueConfig;
  readonly arn: string;
  readonly host: FunctionHost;
  readonly batchSize: number;
  readonly batchesMax: number;
  readonly reportsFailures: boolean;
}

export const isOfQueue = ({ properties }: Resource): boolean =>
  String(properties['EventSourceArn']).startsWith('arn:aws:sqs:');

/** Hands the messages of each mapped queue to its function until `signal` aborts. */
export const startQueueMappings = (
  deps: QueueMappingDeps,
  resources: readonly Resource[],
): void => {
  const mapped = resources.filter(
    (resource) => resource.type === 'AWS::Lambda::EventSourceMapping' && isOfQueue(resource),
  );
  for (const mapping of mapped.map((resource) => mappingOf(deps, resource)))
    run(deps, mapping).catch((error: unknown) => deps.onError(mapping.id, error));
};

const mappingOf = (deps: QueueMappingDeps, { id, properties }: Resource): Mapping => {
  const mapping = read(id, mappingSchema, properties);
  const host = deps.functions.get(mapping.FunctionName.split(':').at(-1) ?? '');
  const queue = deps.store.queue(mapping.EventSourceArn.split(':').at(-1) ?? '');
  if (host === undefined || queue === null) throw new Error(`${id}: no function or no queue`);
  // AWS refuses to make such a mapping: a message would come again while it is worked on.
  if (queue.visibilityMs < host.config.timeoutMs)
    throw new Error(`${id}: the queue shows a message again before the function's time is over`);
  return {
    id,
    queue,
    arn: mapping.EventSourceArn,
    host,
    batchSize: mapping.BatchSize,
    batchesMax: mapping.ScalingConfig?.MaximumConcurrency ?? BATCHES_AT_ONCE,
    reportsFailures: mapping.FunctionResponseTypes.length > 0,
  };
};

const run = async (deps: QueueMappingDeps, mapping: Mapping): Promise<void> => {
  const { store, signal } = deps;
  const { queue } = mapping;
  const running = new Set<Promise<void>>();
  let wake = (): void => undefined;
  const ended = store.onSent(() => wake());
  signal.addEventListener('abort', ended, { once: true });
  while (!signal.aborted) {
    const messages =
      running.size < mapping.batchesMax
        ? store.receive(queue.id, mapping.batchSize, queue.visibilityMs)
        : [];
    if (messages.length > 0) {
      const batch: Promise<void> = deliver(deps, mapping, messages).finally(() => {
        running.delete(batch);
        wake();
      });
      running.add(batch);
      continue;
    }
    const nextMs = (store.nextAtMs(queue.id) ?? Number.POSITIVE_INFINITY) - Date.now();
    const awake = new AbortController();
    wake = () => awake.abort();
    await sleep(Math.max(1, Math.min(nextMs, LOOK_MS_MAX)), undefined, {
      signal: AbortSignal.any([awake.signal, signal]),
    }).catch(() => undefined);
  }
};

/** What failed is seen again when its time of being hidden is over, as on AWS; the rest is deleted. */
const deliver = async (
  { store, onError, signal }: QueueMappingDeps,
  mapping: Mapping,
  messages: readonly Message[],
): Promise<void> => {
  try {
    const answer: unknown = await mapping.host.invoke({
      Records: messages.map((message) => recordOf(mapping, message)),
    });
    if (signal.aborted) return;
    const failed = mapping.reportsFailures ? failedOf(answer, messages) : new Set<string>();
    for (const { id, receipt } of messages)
      if (!failed.has(id)) store.delete(mapping.queue.id, receipt);
  } catch (error) {
    if (!signal.aborted) onError(mapping.id, error);
  }
};

const answerSchema = z
  .object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string() })).default([]) })
  .nullish();

/** An answer that names what was no part of the batch fails all of it. https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html */
const failedOf = (answer: unknown, messages: readonly Message[]): ReadonlySet<string> => {
  const known = new Set(messages.map(({ id }) => id));
  const named = answerSchema.parse(answer)?.batchItemFailures ?? [];
  const failed = new Set(named.map(({ itemIdentifier }) => itemIdentifier));
  return [...failed].every((id) => known.has(id)) ? failed : known;
};

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html */
const recordOf = (mapping: Mapping, message: Message): object => ({
  messageId: message.id,
  receiptHandle: message.receipt,
  body: message.body,
  attributes: {
    ApproximateReceiveCount: String(message.receives),
    SentTimestamp: String(message.sentAtMs),
    SenderId: 'local',
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAtMs),
  },
  messageAttributes: {},
  md5OfBody: md5Of(message.body),
  eventSource: 'aws:sqs',
  eventSourceARN: mapping.arn,
  awsRegion: 'us-east-1',
});
