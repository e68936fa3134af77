import { join } from 'node:path';
import { AsyncInvoker } from './lambda/async-invoker.ts';
import { BucketStore, plainObject } from './s3/bucket-store.ts';
import { EventBus, type BusEvent } from './events/event-bus.ts';
import type { FunctionHost } from './lambda/function-host.ts';
import { startConnectionsEndpoint } from './sockets/connections-endpoint.ts';
import { startLambdaEndpoint } from './lambda/lambda-endpoint.ts';
import { startS3Endpoint } from './s3/s3-endpoint.ts';
import { socketApiOf } from './sockets/socket-routes.ts';
import { Sockets, type UpgradeServer } from './sockets/sockets.ts';
import { startSearchEndpoint } from './search/search-endpoint.ts';
import { SearchStore } from './search/search-store.ts';
import { queuesOf } from './sqs/queue-configs.ts';
import { QueueStore } from './sqs/queue-store.ts';
import { startSqsEndpoint } from './sqs/sqs-endpoint.ts';
import type { Resource } from './template.ts';

export interface ServicesDeps {
  readonly resources: readonly Resource[];
  /** Filled later: the functions need the addresses of the services. */
  readonly functions: ReadonlyMap<string, FunctionHost>;
  readonly stateDir: string;
  readonly signal: AbortSignal;
  readonly onError: (source: string, error: unknown) => void;
  readonly onEvent: (event: BusEvent) => void;
  /** Of the base URL: it accepts the handshakes of the template's WebSocket API too. */
  readonly front: { readonly server: UpgradeServer; readonly port: number };
}

export interface Services {
  readonly buckets: BucketStore;
  /** Lambda's own, of asynchronous events. */
  readonly queue: AsyncInvoker;
  /** Those of the template. */
  readonly queues: QueueStore;
  readonly bus: EventBus;
  /** What shows the SDKs inside the functions where the services are. */
  readonly environment: Readonly<Record<string, string>>;
  /** Addresses as the template builds them, with those that stand for them here. */
  readonly addresses: readonly (readonly [string, string])[];
  /** Null: the template has no WebSocket API. */
  readonly websocketUrl: string | null;
  stop(): void;
}

/** The AWS services that stand beside the functions, each on its own wire. */
export const startServices = async (deps: ServicesDeps): Promise<Services> => {
  const { resources, functions, stateDir, onError, onEvent, signal } = deps;
  const bucketIds = resources.filter(({ type }) => type === 'AWS::S3::Bucket').map(({ id }) => id);
  const buckets = new BucketStore(join(stateDir, 'buckets'), bucketIds);
  const folder = join(stateDir, 'invocations');
  const keepFailure = async (bucket: string, name: string, text: string): Promise<void> => {
    const object = { bytes: Buffer.from(text), info: plainObject('application/json') };
    await buckets.put(bucket, name, { ...object, isNewOnly: false });
  };
  const queue = new AsyncInvoker({ functions, folder, onError, signal, keepFailure }, resources);
  const bus = new EventBus(resources, {
    enqueue: async (...invocation) => await queue.enqueue(...invocation),
    onEvent,
  });
  const s3 = await startS3Endpoint(buckets);
  const lambda = await startLambdaEndpoint({ functions, queue, names: functionNames(resources) });
  const queues = new QueueStore(join(stateDir, 'queues.sqlite'), queuesOf(resources));
  const sqs = await startSqsEndpoint(queues);
  const sockets = await startSockets(deps);
  const search = await startSearch(deps);
  return {
    buckets,
    queue,
    queues,
    bus,
    addresses: [...(sockets?.addresses ?? []), ...(search?.addresses ?? [])],
    websocketUrl: sockets?.url ?? null,
    environment: {
      AWS_ENDPOINT_URL_S3: s3.url,
      AWS_ENDPOINT_URL_LAMBDA: lambda.url,
      AWS_ENDPOINT_URL_SQS: sqs.url,
    },
    stop: () => {
      s3.stop();
      lambda.stop();
      sqs.stop();
      queues.close();
      sockets?.stop();
      search?.stop();
    },
  };
};

/** Where a stage searches by OpenSearch: the template's domain on this machine. */
const startSearch = async ({ resources, stateDir }: ServicesDeps) => {
  const domain = resources.find(({ type }) => type === 'AWS::OpenSearchService::Domain');
  if (domain === undefined) return null;
  const store = new SearchStore(join(stateDir, 'search.sqlite'));
  const endpoint = await startSearchEndpoint(store);
  return {
    addresses: [[`https://${domain.id}`, endpoint.url]] as const,
    stop: () => {
      endpoint.stop();
      store.close();
    },
  };
};

const functionNames = (resources: readonly Resource[]): ReadonlyMap<string, string> =>
  new Map(
    resources.flatMap(({ id, type, properties }) =>
      type === 'AWS::Lambda::Function' && typeof properties['FunctionName'] === 'string'
        ? [[properties['FunctionName'], id] as const]
        : [],
    ),
  );

const startSockets = async ({ resources, functions, onError, front }: ServicesDeps) => {
  const api = socketApiOf(resources);
  if (api === null) return null;
  const sockets = new Sockets(api, { functions, onError });
  sockets.attach(front.server);
  const connections = await startConnectionsEndpoint(sockets);
  const url = `ws://127.0.0.1:${front.port}/${api.stage}`;
  const address = `${api.id}.execute-api.us-east-1.amazonaws.com/${api.stage}`;
  return {
    url,
    addresses: [
      [`wss://${address}`, url],
      [`https://${address}`, `${connections.url}/${api.stage}`],
    ] as const,
    stop: () => {
      sockets.stop();
      connections.stop();
    },
  };
};
