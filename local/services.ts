import { join } from 'node:path';
import { AsyncInvoker } from './async-invoker.ts';
import { BucketStore } from './bucket-store.ts';
import { EventBus, type BusEvent } from './event-bus.ts';
import type { FunctionHost } from './function-host.ts';
import { startLambdaEndpoint } from './lambda-endpoint.ts';
import { startS3Endpoint } from './s3-endpoint.ts';
import type { Resource } from './template.ts';

export interface ServicesDeps {
  readonly resources: readonly Resource[];
  /** Filled later: the functions need the addresses of the services. */
  readonly functions: ReadonlyMap<string, FunctionHost>;
  readonly stateDir: string;
  readonly signal: AbortSignal;
  readonly onError: (source: string, error: unknown) => void;
  readonly onEvent: (event: BusEvent) => void;
}

export interface Services {
  readonly buckets: BucketStore;
  readonly queue: AsyncInvoker;
  readonly bus: EventBus;
  /** What tells the SDKs inside the functions where the services are. */
  readonly environment: Readonly<Record<string, string>>;
  stop(): void;
}

/** The AWS services that stand beside the functions, each on its own wire. */
export const startServices = async (deps: ServicesDeps): Promise<Services> => {
  const { resources, functions, stateDir, onError, onEvent, signal } = deps;
  const bucketIds = resources.filter(({ type }) => type === 'AWS::S3::Bucket').map(({ id }) => id);
  const buckets = new BucketStore(join(stateDir, 'buckets'), bucketIds);
  const folder = join(stateDir, 'invocations');
  const queue = new AsyncInvoker({ functions, folder, onError, signal }, resources);
  const bus = new EventBus(resources, {
    enqueue: async (...invocation) => await queue.enqueue(...invocation),
    onEvent,
  });
  const s3 = await startS3Endpoint(buckets);
  const lambda = await startLambdaEndpoint({ functions, queue });
  return {
    buckets,
    queue,
    bus,
    environment: { AWS_ENDPOINT_URL_S3: s3.url, AWS_ENDPOINT_URL_LAMBDA: lambda.url },
    stop: () => {
      s3.stop();
      lambda.stop();
    },
  };
};
