import type { AsyncInvoker } from '../lambda/async-invoker.ts';
import type { BucketStore } from '../s3/bucket-store.ts';
import type { QueueStore } from './queue-store.ts';

/** Objects of a bucket that are counted; more says little more. */
const OBJECTS_MAX = 1_000;

/** What waits for a function, or for an operator. */
export interface QueueDepth {
  readonly queue: string;
  readonly holds: string;
  readonly depth: number;
  readonly oldestAtMs: number | null;
}

export interface QueueDeps {
  readonly queue: AsyncInvoker;
  readonly queues: QueueStore;
  readonly buckets: BucketStore;
  readonly failureBuckets: readonly string[];
  readonly nameOf: (functionId: string) => string;
}

/** The queue of asynchronous events of each function, the queues of the template, and the buckets of failed stream records. */
export const queueDepths = async (deps: QueueDeps): Promise<readonly QueueDepth[]> => [
  ...deps.queue.waiting().map(({ functionId, depth, oldestAtMs }) => ({
    queue: deps.nameOf(functionId),
    holds: 'asynchronous events, running ones included',
    depth,
    oldestAtMs,
  })),
  ...deps.queues.ids().map((queue) => ({
    queue,
    holds: 'messages, delayed and running ones included',
    ...deps.queues.depth(queue),
  })),
  ...(await Promise.all(
    deps.failureBuckets.map(async (bucket) => {
      const objects = await deps.buckets.list(bucket, '', '', OBJECTS_MAX);
      return {
        queue: bucket,
        holds: 'batches of failed stream records, for npm run ops -- replay',
        depth: objects.length,
        oldestAtMs: least(objects.map(({ head }) => head.modifiedMs)),
      };
    }),
  )),
];

const least = (times: readonly number[]): number | null =>
  times.length === 0 ? null : Math.min(...times);
