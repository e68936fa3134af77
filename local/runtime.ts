import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServerType } from '@hono/node-server';
import * as z from 'zod';
import { SecretStore, listen, startAwsEndpoints } from './aws-endpoints.ts';
import { FunctionHost } from './function-host.ts';
import { frontDoor, routesOf } from './front-door.ts';
import { providerSecret } from './providers.ts';
import { startSimulatedProviders } from './simulated-providers.ts';
import { createTables, startStorage, storageClient } from './storage.ts';
import { readStream } from './stream-reader.ts';
import { readTemplates, record, secretArn, type Resource } from './template.ts';

const HOSTED = [
  'AWS::DynamoDB::GlobalTable',
  'AWS::SecretsManager::Secret',
  'AWS::Lambda::Function',
  'AWS::Lambda::EventSourceMapping',
  'AWS::ApiGateway::RestApi',
  'AWS::ApiGateway::Resource',
  'AWS::ApiGateway::Method',
  'AWS::ApiGateway::GatewayResponse',
  'AWS::Events::EventBus',
  'AWS::Events::Rule',
  'AWS::S3::Bucket',
  'Custom::AdminKey',
];
/** These mean nothing on a laptop: nobody checks permissions, keeps log groups or publishes deployments here. */
const MEANINGLESS = [
  'AWS::IAM::Role',
  'AWS::IAM::Policy',
  'AWS::Lambda::Permission',
  'AWS::Logs::LogGroup',
  'AWS::S3::BucketPolicy',
  'AWS::ApiGateway::Deployment',
  'AWS::ApiGateway::Stage',
  'AWS::CDK::Metadata',
];

export interface RuntimeOptions {
  readonly assembly: string;
  readonly stateDir: string;
  readonly port: number;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface Runtime {
  readonly baseUrl: string;
  readonly adminKey: string;
  readonly engine: string;
  readonly simulated: readonly string[];
  readonly real: readonly string[];
  replaceFunction(id: string): void;
  stop(): Promise<void>;
}

/** Stops the start when the template has what this runtime lacks, naming the resource. */
export const checkHosted = (resources: readonly Resource[]): void => {
  const unknown = resources.find(
    ({ type }) => !HOSTED.includes(type) && !MEANINGLESS.includes(type),
  );
  if (unknown !== undefined)
    throw new Error(`the local runtime does not host ${unknown.type} (${unknown.id})`);
};

/** Hosts a cloud assembly: its tables, functions, routes, streams, schedules and custom resources. */
export const startRuntime = async (options: RuntimeOptions): Promise<Runtime> => {
  const resources = readTemplates(options.assembly);
  checkHosted(resources);
  const { stateDir } = options;
  mkdirSync(stateDir, { recursive: true });
  const stops: (() => unknown)[] = [];
  const stop = async (): Promise<void> => {
    for (const end of stops.toReversed()) await end();
    rmSync(join(stateDir, 'local.json'), { force: true });
  };
  try {
    const functions = new Map<string, FunctionHost>();
    const errors = gatewayErrors(resources);
    const app = frontDoor({ routes: routesOf(resources), functions, errors });
    const { server, port } = await listenOn(app, options.port);
    stops.push(() => closeServer(server));
    const storage = await startStorage(stateDir, options.env['DYNAMODB_ENDPOINT']);
    stops.push(() => storage.stop());
    await createTables(storageClient(storage.endpoint), resources);
    const secrets = new SecretStore(join(stateDir, 'secrets.json'));
    const endpoints = await startAwsEndpoints(secrets, (event) =>
      console.log(`event ${event.detailType} ${event.detail}`),
    );
    stops.push(() => endpoints.stop());
    const mock = await startSimulatedProviders();
    stops.push(async () => await mock.stop());
    const providers = providerSecret(options.env, mock.url);
    putSecret(secrets, 'ProvidersSecret', JSON.stringify(providers));
    if (secrets.get(secretName('AdminKeySecret')) === undefined)
      putSecret(secrets, 'AdminKeySecret', '{}');
    for (const [id, host] of functionsOf(resources, {
      dynamodb: storage.endpoint,
      others: endpoints.url,
      logDir: join(stateDir, 'logs'),
    })) {
      functions.set(id, host);
      stops.push(async () => await host.stop());
    }
    await runCustomResources(resources, functions, endpoints, stateDir);
    const ending = new AbortController();
    stops.push(() => ending.abort());
    startStreams(resources, functions, storage.endpoint, stateDir, ending.signal);
    startSchedules(resources, functions, ending.signal);
    const adminKey = secrets.get(secretName('AdminKeySecret')) ?? '';
    const baseUrl = `http://127.0.0.1:${port}`;
    writeFileSync(
      join(stateDir, 'local.json'),
      JSON.stringify({ base_url: baseUrl, admin_key: adminKey, pid: process.pid }),
      { mode: 0o600 },
    );
    const names = Object.keys(providers);
    return {
      baseUrl,
      adminKey,
      engine: storage.engine,
      simulated: names.filter((name) => providers[name]?.simulated === true),
      real: names.filter((name) => providers[name]?.simulated !== true),
      replaceFunction: (id) => functions.get(id)?.replace(),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};

const listenOn = async (...[app, port]: Parameters<typeof listen>): ReturnType<typeof listen> => {
  try {
    return await listen(app, port);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')
      throw new Error(`port ${port} is taken: choose another one with --port or SLUICE_PORT`, {
        cause: error,
      });
    throw error;
  }
};

const closeServer = async (server: ServerType): Promise<void> => {
  if ('closeAllConnections' in server) server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
};

const secretName = (id: string): string => `${id}-local`;

const putSecret = (secrets: SecretStore, id: string, value: string): void => {
  secrets.put(secretName(id), value);
  secrets.put(secretArn(id), value);
};

const gatewayErrors = (resources: readonly Resource[]): ReadonlyMap<string, Resource> =>
  new Map(
    resources
      .filter(({ type }) => type === 'AWS::ApiGateway::GatewayResponse')
      .map((resource) => [String(resource.properties['ResponseType']), resource]),
  );

const functionSchema = z.object({
  Timeout: z.number(),
  MemorySize: z.number(),
  Environment: z.object({ Variables: z.record(z.string(), z.string()) }),
});

const functionsOf = (
  resources: readonly Resource[],
  urls: { readonly dynamodb: string; readonly others: string; readonly logDir: string },
): readonly (readonly [string, FunctionHost])[] =>
  resources
    .filter(({ type }) => type === 'AWS::Lambda::Function')
    .map(({ id, properties, assetPath }) => {
      const config = functionSchema.parse(properties);
      const host = new FunctionHost({
        id,
        bundle: join(assetPath ?? '', 'index.mjs'),
        timeoutMs: config.Timeout * 1_000,
        memoryMb: config.MemorySize,
        logDir: urls.logDir,
        environment: {
          ...config.Environment.Variables,
          AWS_REGION: 'us-east-1',
          AWS_ACCESS_KEY_ID: 'local',
          AWS_SECRET_ACCESS_KEY: 'local',
          AWS_ENDPOINT_URL_DYNAMODB: urls.dynamodb,
          AWS_ENDPOINT_URL_SECRETS_MANAGER: urls.others,
          AWS_ENDPOINT_URL_EVENTBRIDGE: urls.others,
        },
      });
      return [id, host] as const;
    });

/** Each custom resource is created once; its physical id is kept, so a later start leaves it alone. */
const runCustomResources = async (
  resources: readonly Resource[],
  functions: ReadonlyMap<string, FunctionHost>,
  endpoints: Awaited<ReturnType<typeof startAwsEndpoints>>,
  stateDir: string,
): Promise<void> => {
  const path = join(stateDir, 'custom-resources.json');
  const made = z
    .record(z.string(), z.string())
    .parse(existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {});
  for (const { id, type, properties } of resources) {
    if (!type.startsWith('Custom::') || made[id] !== undefined) continue;
    const functionId = String(properties['ServiceToken']).split(':').at(-1) ?? '';
    const requestId = randomUUID();
    await functions.get(functionId)?.invoke({
      RequestType: 'Create',
      ResponseURL: `${endpoints.url}/custom-resource/${requestId}`,
      StackId: 'local',
      RequestId: requestId,
      ResourceType: type,
      LogicalResourceId: id,
      ServiceToken: properties['ServiceToken'],
      ResourceProperties: properties,
    });
    const answer = z
      .object({ Status: z.string(), Reason: z.string(), PhysicalResourceId: z.string() })
      .parse(await endpoints.answerOf(requestId));
    if (answer.Status !== 'SUCCESS') throw new Error(`${id}: ${answer.Reason}`);
    made[id] = answer.PhysicalResourceId;
    writeFileSync(path, JSON.stringify(made));
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

const startStreams = (
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

const startSchedules = (
  resources: readonly Resource[],
  functions: ReadonlyMap<string, FunctionHost>,
  signal: AbortSignal,
): void => {
  for (const { id, type, properties } of resources) {
    if (type !== 'AWS::Events::Rule') continue;
    if (properties['ScheduleExpression'] !== 'rate(1 minute)')
      throw new Error(`${id}: the local runtime knows schedules of one minute only`);
    const targets = z.array(z.object({ Arn: z.string() })).parse(properties['Targets']);
    const timer = setInterval(() => {
      for (const { Arn } of targets)
        void functions
          .get(Arn.split(':').at(-1) ?? '')
          ?.invoke({
            source: 'aws.events',
            'detail-type': 'Scheduled Event',
            time: new Date().toISOString(),
            detail: record(null),
          })
          .catch((error: unknown) => console.error(id, error));
    }, 60_000);
    signal.addEventListener('abort', () => clearInterval(timer));
  }
};
