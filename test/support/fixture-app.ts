import { App, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { build } from 'esbuild';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BUNDLE } from '../../lib/shared/bundle.ts';
import { FrontDoor } from '../../lib/shared/front-door.ts';
import { SocketApi } from '../../lib/shared/socket-api.ts';
import { readStageConfig } from '../../lib/shared/stage-config.ts';

const HANDLERS = fileURLToPath(new URL('./fixture-handlers/', import.meta.url));

/** A cloud assembly with one of everything that the local runtime hosts and the product does not use yet. */
export const fixtureAssembly = async (): Promise<string> => {
  const outdir = mkdtempSync(join(tmpdir(), 'sluice-fixture-'));
  const [recorder, starter, socket, bytes] = await Promise.all(
    ['recorder', 'starter', 'socket', 'bytes'].map(bundled),
  );
  const app = new App({ outdir });
  const stack = new Stack(app, 'Fixture');
  const bucket = new s3.Bucket(stack, 'Blobs');
  const bus = new events.EventBus(stack, 'Bus');
  const fn = (id: string, folder = '', environment: Record<string, string> = {}) =>
    new lambda.Function(stack, id, {
      runtime: lambda.Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: lambda.Code.fromAsset(folder),
      timeout: Duration.seconds(20),
      memorySize: 128,
      environment,
    });
  const record = (id: string) => fn(id, recorder, { RECORDER: id, BUCKET: bucket.bucketName });
  readers(stack, bucket, record);
  const invoked = record('Invoked');
  fn('Starter', starter, { RECORDER_ARN: invoked.functionArn, BUS: bus.eventBusName });
  new events.Rule(stack, 'OnStarted', {
    eventBus: bus,
    eventPattern: { source: ['fixture'], detailType: events.Match.prefix('Start') },
    targets: [new targets.LambdaFunction(record('OnEvent'))],
  });
  const config = readStageConfig({ stage: 'test' });
  const door = new FrontDoor(stack, 'FrontDoor', config);
  for (const STREAMING of ['buffered', 'response'])
    door.route(
      `POST /${STREAMING}`,
      fn(`Bytes-${STREAMING}`, bytes, { STREAMING, POWERTOOLS_SERVICE_NAME: 'fixture' }),
      STREAMING === 'response',
    );
  const sockets = new SocketApi(stack, 'Sockets', config);
  const socketFunction = fn('Socket', socket, { SOCKET_ENDPOINT: sockets.connectionsUrl });
  for (const key of ['$connect', '$disconnect', 'say']) sockets.route(key, socketFunction);
  new CfnOutput(stack, 'BlobsName', { value: bucket.bucketName });
  app.synth();
  return outdir;
};

/** Two readers of one stream: messages alone, in batches that wait; and everything, with a place for what fails. */
const readers = (
  stack: Stack,
  bucket: s3.Bucket,
  record: (id: string) => lambda.Function,
): void => {
  const table = new dynamodb.TableV2(stack, 'Threads', {
    partitionKey: { name: 'pk', type: dynamodb.AttributeType.STRING },
    sortKey: { name: 'sk', type: dynamodb.AttributeType.STRING },
    dynamoStream: dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
    timeToLiveAttribute: 'ttl',
  });
  new CfnOutput(stack, 'ThreadsName', { value: table.tableName });
  const eventSourceArn = table.tableStreamArn ?? '';
  record('Index').addEventSourceMapping('Messages', {
    eventSourceArn,
    startingPosition: lambda.StartingPosition.LATEST,
    batchSize: 10,
    maxBatchingWindow: Duration.seconds(1),
    parallelizationFactor: 2,
    filters: [
      lambda.FilterCriteria.filter({
        eventName: lambda.FilterRule.notEquals('REMOVE'),
        dynamodb: {
          Keys: { sk: { S: lambda.FilterRule.beginsWith('MSG#') } },
          NewImage: { draft: { BOOL: lambda.FilterRule.notExists() } },
        },
      }),
    ],
  });
  record('FanOut').addEventSourceMapping('Everything', {
    eventSourceArn,
    startingPosition: lambda.StartingPosition.TRIM_HORIZON,
    batchSize: 5,
    retryAttempts: 1,
    bisectBatchOnError: true,
    reportBatchItemFailures: true,
    onFailure: { bind: () => ({ destination: bucket.bucketArn }) },
  });
};

const bundled = async (name: string): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), `sluice-${name}-`));
  await build({
    ...BUNDLE,
    entryPoints: [join(HANDLERS, `${name}.ts`)],
    outfile: join(folder, 'index.mjs'),
    logLevel: 'error',
  });
  return folder;
};
