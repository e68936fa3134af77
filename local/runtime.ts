import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { SecretStore, startAwsEndpoints } from './aws-endpoints.ts';
import { alarmsOf } from './metrics/alarms.ts';
import { awsMetrics } from './metrics/aws-metrics.ts';
import { runCustomResources } from './lambda/custom-resources.ts';
import type { BusEvent } from './events/event-bus.ts';
import { startExpiry } from './dynamo/expiry.ts';
import { frontDoor } from './http/front-door.ts';
import { httpApiOf, httpApiOrElse } from './http/http-api.ts';
import { gatewayErrorsOf } from './http/gateway-errors.ts';
import { healthOrElse } from './http/health.ts';
import type { FunctionHost } from './lambda/function-host.ts';
import { awsEnvironment, functionsOf } from './lambda/functions.ts';
import { checkHosted } from './hosted.ts';
import { KeyUsers } from './dynamo/key-users.ts';
import { requestLines, type Answered } from './http/request-lines.ts';
import { pageOrElse } from './page/page-or-else.ts';
import { askAs } from './page/spend-view.ts';
import { binaryMediaTypesOf } from './http/media.ts';
import { functionName, type Hosted } from './page/local-view.ts';
import { messageOf } from './message-of.ts';
import { Observations } from './page/observations.ts';
import { startQueueMappings } from './sqs/queue-mappings.ts';
import { queueDepths } from './sqs/queues.ts';
import { checkPermitted } from './lambda/permissions.ts';
import { providerSecret } from './providers/providers.ts';
import { routesOf } from './http/routes.ts';
import { closeServer, serve } from './http/server.ts';
import { startSchedules } from './events/schedules.ts';
import { startServices } from './services.ts';
import { startSimulatedProviders } from './providers/simulated-providers.ts';
import { startStorage, type Storage } from './dynamo/storage.ts';
import { failureBuckets, startStreams } from './dynamo/stream-mappings.ts';
import { createTables } from './dynamo/tables.ts';
import { lockFolder, writeState } from './state-folder.ts';
import { readOutputs, readTemplates, secretArn, type Resource } from './template.ts';

export interface RuntimeOptions {
  readonly assembly: string;
  readonly stateDir: string;
  readonly port: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Prints a line for each request; null: none. */
  readonly print: ((line: string) => void) | null;
}

export interface Runtime {
  readonly baseUrl: string;
  /** Null: the template has no WebSocket API. */
  readonly websocketUrl: string | null;
  readonly adminKey: string;
  readonly engine: string;
  /** What whoever starts it must know of its engine; null: nothing. */
  readonly warning: string | null;
  /** Settles when it cannot continue. */
  readonly lost: Promise<Error>;
  readonly simulated: readonly string[];
  readonly real: readonly string[];
  readonly functions: readonly FunctionHost[];
  stop(): Promise<void>;
}

/** Hosts a cloud assembly: its tables, functions, routes, streams, schedules and custom resources. */
export const startRuntime = async (options: RuntimeOptions): Promise<Runtime> => {
  const resources = readTemplates(options.assembly);
  checkHosted(resources);
  checkPermitted(resources);
  const unlock = lockFolder(options.stateDir);
  const ending = new AbortController();
  const stops: (() => unknown)[] = [];
  const stop = async (): Promise<void> => {
    ending.abort();
    for (const end of stops.toReversed()) await end();
    rmSync(join(options.stateDir, 'local.json'), { force: true });
    unlock();
  };
  try {
    return { ...(await started({ options, resources, signal: ending.signal, stops })), stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

/** What every part of the start is given: where to read from, and where to say how it is ended. */
interface Starting {
  readonly options: RuntimeOptions;
  readonly resources: readonly Resource[];
  readonly signal: AbortSignal;
  /** Called in reverse when it is over. */
  readonly stops: (() => unknown)[];
}

const started = async (starting: Starting): Promise<Omit<Runtime, 'stop'>> => {
  const { options, resources } = starting;
  const { stateDir } = options;
  const front = await openFront(starting);
  const backing = await startBacking(starting, front);
  const { storage, secrets, services, endpoints, providers } = backing;
  const environment = {
    ...awsEnvironment({
      dynamodb: storage.endpoint,
      others: endpoints.url,
      services: services.environment,
    }),
    // A developer's tools answer on this machine; on AWS only public addresses are called.
    LOCAL_WEBHOOKS: 'allow',
    // Mails are shown here and sent nowhere.
    MAIL_FROM: 'sluice@localhost.example',
    CONSOLE_URL: `http://127.0.0.1:${front.port}/_local#{incident_id}`,
  };
  hostFunctions(starting, front, { environment, addresses: services.addresses });
  await runCustomResources(resources, front.functions, endpoints, stateDir);
  services.queue.resume();
  await startSources(starting, front, backing);
  const { websocketUrl } = services;
  const readAdminKey = (): string => secrets.get(secretArn('AdminKeySecret')) ?? '';
  const adminKey = readAdminKey();
  const baseUrl = `http://127.0.0.1:${front.port}`;
  const outputs = readOutputs(options.assembly);
  front.users.table = { endpoint: storage.endpoint, name: outputs['KeysTableName'] ?? '' };
  front.seen.ask = askAs(baseUrl, readAdminKey);
  const names = Object.keys(providers);
  const simulated = names.filter((name) => providers[name]?.simulated === true);
  writeLocalFile(stateDir, {
    base_url: baseUrl,
    ...(websocketUrl === null ? {} : { websocket_url: websocketUrl }),
    admin_key: adminKey,
    simulated,
    pid: process.pid,
    environment,
    // One address for both HTTP APIs.
    outputs: {
      ...outputs,
      BaseUrl: baseUrl,
      ...(outputs['IngestUrl'] === undefined ? {} : { IngestUrl: baseUrl }),
    },
  });
  return {
    baseUrl,
    websocketUrl,
    adminKey,
    engine: storage.engine,
    warning: storage.warning,
    lost: storage.lost,
    simulated,
    real: names.filter((name) => providers[name]?.simulated !== true),
    functions: [...front.functions.values()],
  };
};

/** The HTTP server, its page, and what they are given: it listens before anything is there to answer. */
const openFront = async ({ options, resources, signal, stops }: Starting) => {
  const functions = new Map<string, FunctionHost>();
  const routes = routesOf(resources);
  const observations = new Observations(options.stateDir);
  const onError = (source: string, error: unknown): void => {
    if (signal.aborted) return;
    console.error(`${source}: ${messageOf(error)}`);
    observations.error(source, error);
  };
  const seen: Hosted = {
    routes,
    functions,
    observations,
    alarms: alarmsOf(resources),
    streams: [],
    schedules: [],
    queues: async () => await Promise.resolve([]),
    ask: async () => await Promise.reject(new Error('The stack is starting.')),
  };
  const metrics = awsMetrics(resources, (datum) => observations.measure(datum));
  const onAnswer = (status: number): void => metrics.answered(status);
  const errors = gatewayErrorsOf(resources);
  const binaryMediaTypes = binaryMediaTypesOf(resources);
  const users = new KeyUsers();
  const lines = options.print === null ? null : requestLines(options.print, users);
  observations.onLine = (line) => lines?.line(line);
  const door = frontDoor({
    routes,
    functions,
    binaryMediaTypes,
    errors,
    onError,
    onAnswer,
    onDone: (answered) => lines?.answered(answered),
  });
  const state: { storage: Storage | null } = { storage: null };
  const isEngineUp = async (): Promise<boolean> => (await state.storage?.isUp()) ?? true;
  const onDone = (answered: Answered): void => lines?.answered(answered);
  const apis = httpApiOrElse(httpApiOf(resources), { functions, onError, onDone }, door);
  const listener = pageOrElse(seen, healthOrElse(isEngineUp, apis));
  const { server, port } = await serve(listener, options.port);
  stops.push(async () => await closeServer(server));
  return { functions, observations, onError, seen, users, metrics, server, port, state };
};
type Front = Awaited<ReturnType<typeof openFront>>;

/** Tables, secrets, buckets, queues, sockets and providers: all that functions call. */
const startBacking = async (
  { options, resources, signal, stops }: Starting,
  { functions, observations, onError, server, port, state }: Front,
) => {
  const { stateDir } = options;
  const storage = await startStorage(stateDir, options.env['DYNAMODB_ENDPOINT']);
  state.storage = storage;
  stops.push(() => storage.stop());
  const { endpoint } = storage;
  await createTables(endpoint, resources);
  startExpiry({ endpoint, onError, signal }, resources);
  const secrets = new SecretStore(join(stateDir, 'secrets.json'));
  const onEvent = (event: BusEvent): void => {
    console.log(`event ${event.detailType} ${event.detail}`);
    observations.event(event);
  };
  const services = await startServices({
    resources,
    functions,
    stateDir,
    signal,
    onError,
    onEvent,
    front: { server, port },
  });
  stops.push(() => services.stop());
  const endpoints = await startAwsEndpoints(secrets, services.bus, (mail) => {
    observations.mail(mail);
    console.log(`mail to ${mail.to.join(', ')}: ${mail.subject}\n${mail.text}`);
  });
  stops.push(() => endpoints.stop());
  const mock = await startSimulatedProviders();
  stops.push(async () => await mock.stop());
  const kept = secrets.get(secretArn('ProvidersSecret')) ?? '{}';
  const providers = providerSecret(options.env, mock.url, kept);
  putSecret(secrets, 'ProvidersSecret', JSON.stringify(providers));
  if (secrets.get(secretArn('AdminKeySecret')) === undefined)
    putSecret(secrets, 'AdminKeySecret', '{}');
  return { storage, secrets, services, endpoints, providers };
};
type Backing = Awaited<ReturnType<typeof startBacking>>;

const hostFunctions = (
  { options, resources, stops }: Starting,
  { functions, observations, metrics, onError }: Front,
  world: Parameters<typeof functionsOf>[1],
): void => {
  const hosts = functionsOf(resources, world, {
    logDir: join(options.stateDir, 'logs'),
    onLine: (...line) => observations.line(...line),
    onLogLost: onError,
    onInvoked: (...invocation) => metrics.invoked(...invocation),
  });
  for (const [id, host] of hosts) {
    functions.set(id, host);
    stops.push(async () => await host.stop());
  }
};

/** What calls functions besides the front door: streams and schedules. */
const startSources = async (
  { options, resources, signal }: Starting,
  { functions, seen, metrics, onError }: Front,
  { storage: { endpoint }, services: { buckets, queue, queues } }: Backing,
): Promise<void> => {
  const { stateDir } = options;
  const streams = { functions, endpoint, stateDir, buckets, metrics, onError, signal };
  seen.streams = await startStreams(streams, resources);
  startQueueMappings({ functions, store: queues, onError, signal }, resources);
  seen.schedules = startSchedules({ functions, onError, signal }, resources);
  const depths = {
    queue,
    queues,
    buckets,
    failureBuckets: failureBuckets(resources),
    nameOf: (id: string) => functionName(functions.get(id), id),
  };
  seen.queues = async () => await queueDepths(depths);
};

/** Where this stack is, for tests and the operator's tools: its addresses and what its stacks put out. */
const writeLocalFile = (stateDir: string, content: object): void =>
  writeState(join(stateDir, 'local.json'), JSON.stringify(content));

const putSecret = (secrets: SecretStore, id: string, value: string): void => {
  secrets.put(secretArn(id), value);
};
