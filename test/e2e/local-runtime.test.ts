import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import * as z from 'zod';
import { startRuntime, type Runtime } from '../../local/runtime.ts';
import { fixtureAssembly } from '../support/fixture-app.ts';
import { eventually } from '../support/stack.ts';

const localFile = z.object({
  websocket_url: z.string(),
  environment: z.record(z.string(), z.string()),
  outputs: z.record(z.string(), z.string()),
});
const stateDir = mkdtempSync(join(tmpdir(), 'sluice-local-'));
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
const clientOf = (service: string) => ({
  endpoint: local.environment[`AWS_ENDPOINT_URL_${service}`] ?? '',
  region: 'us-east-1',
  credentials,
});

let assembly: string;
let runtime: Runtime;
let local: z.infer<typeof localFile>;
let s3: S3Client;
let lambda: LambdaClient;
let tables: DynamoDBClient;

const start = async (): Promise<void> => {
  runtime = await startRuntime({ assembly, stateDir, port: 0, env: process.env, print: null });
  local = localFile.parse(JSON.parse(readFileSync(join(stateDir, 'local.json'), 'utf8')));
  s3 = new S3Client(clientOf('S3'));
  lambda = new LambdaClient(clientOf('LAMBDA'));
  tables = new DynamoDBClient(clientOf('DYNAMODB'));
};
beforeAll(async () => {
  assembly = await fixtureAssembly();
  await start();
});
afterAll(async () => {
  await runtime.stop();
  for (const folder of [stateDir, assembly]) rmSync(folder, { recursive: true });
});

const functionId = (name: string): string =>
  runtime.functions.map(({ config }) => config.id).find((id) => id.startsWith(name)) ?? '';

const objects = async (Prefix: string): Promise<readonly unknown[]> => {
  const Bucket = local.outputs['BlobsName'];
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix }));
  return await Promise.all(
    Contents.map(async ({ Key }): Promise<unknown> => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      return JSON.parse((await Body?.transformToString()) ?? '');
    }),
  );
};

const batchSchema = z.object({
  Records: z.array(
    z.looseObject({
      eventSourceARN: z.string(),
      dynamodb: z.looseObject({ Keys: z.object({ sk: z.object({ S: z.string() }) }) }),
    }),
  ),
});
const batchesOf = async (name: string): Promise<readonly (readonly string[])[]> =>
  z
    .array(batchSchema)
    .parse(await objects(`seen/${name}/`))
    .map(({ Records }) => Records.map((record) => record.dynamodb.Keys.sk.S));

const write = async (sk: string, more: Record<string, { S: string } | { BOOL: boolean }> = {}) => {
  const Item = { pk: { S: 'P#1' }, sk: { S: sk }, ...more };
  const TableName = local.outputs['ThreadsName'];
  await tables.send(new PutItemCommand({ TableName, Item }));
};

describe('a stream with two readers', () => {
  test('brings each what its filter lets through, and keeps what fails for good', async () => {
    await write('MSG#1');
    await write('RUN#1');
    await write('MSG#2', { draft: { BOOL: true } });
    await write('MSG#3');
    await write('REQ#1', { text: { S: 'poison' } });
    await eventually(async () => {
      const all = (await batchesOf('FanOut')).flat().toSorted();
      expect(all).toEqual(['MSG#1', 'MSG#2', 'MSG#3', 'RUN#1']);
      const kept = await objects('aws/lambda/');
      expect(kept).toMatchObject([{ DDBStreamBatchInfo: { batchSize: 1 } }]);
      expect((await batchesOf('Index')).flat().toSorted()).toEqual(['MSG#1', 'MSG#3']);
    });
  });

  test('goes on where it was after a restart: nothing is brought twice, nothing is lost', async () => {
    // A batch is done when its function has answered; one that is stopped under way comes again.
    await eventually(async () => {
      expect(runtime.functions.map(({ stats }) => stats.inFlight)).not.toContain(1);
      await setImmediate();
    });
    await runtime.stop();
    await start();
    await write('MSG#4');
    await eventually(async () => {
      expect((await batchesOf('Index')).flat().toSorted()).toEqual(['MSG#1', 'MSG#3', 'MSG#4']);
      expect((await batchesOf('FanOut')).flat()).toHaveLength(5);
    });
  });
});

test('a function invokes another one, and what it says on the bus reaches the rule that matches', async () => {
  const answer = await lambda.send(
    new InvokeCommand({
      FunctionName: functionId('Starter'),
      Payload: Buffer.from('{"word":"hello"}'),
    }),
  );
  expect(answer.Payload?.transformToString()).toBe('"started"');
  await eventually(async () => {
    expect(await objects('seen/Invoked/')).toEqual([{ invoked: 'hello' }]);
    expect(await objects('seen/OnEvent/')).toMatchObject([
      { 'detail-type': 'Started', source: 'fixture', detail: { word: 'hello' } },
    ]);
  });
});

test('a function posts to the socket from which it was called, by the address that the template builds', async () => {
  const client = new WebSocket(local.websocket_url);
  await once(client, 'open');
  client.send('{"type":"say","text":"hello"}');
  const [data] = z
    .tuple([z.instanceof(Buffer)])
    .rest(z.unknown())
    .parse(await once(client, 'message'));
  expect(data.toString()).toBe('{"type":"say","text":"hello"}');
  const closed = once(client, 'close');
  await runtime.stop();
  await closed;
  await start();
});

describe('bytes through the front door and the doors of functions', () => {
  const EVERY_BYTE = Buffer.from(Uint8Array.from({ length: 256 }, (_, byte) => byte));
  const form = new FormData();
  form.set('file', new Blob([EVERY_BYTE], { type: 'audio/wav' }), 'a.wav');
  const send = async (
    path: string,
    headers: Record<string, string>,
    body: Uint8Array<ArrayBuffer>,
  ): Promise<Response> =>
    await fetch(`${runtime.baseUrl}${path}`, { method: 'POST', headers, body });

  test.each(['/buffered', '/response'])(
    'a form with a file arrives at and leaves %s byte for byte',
    async (path) => {
      const sent = new Response(form);
      const type = sent.headers.get('content-type') ?? '';
      const body = Buffer.from(await sent.arrayBuffer());
      const answer = await send(path, { 'content-type': type, accept: type }, body);
      expect(answer.status).toBe(200);
      expect(Buffer.from(await answer.clone().arrayBuffer())).toEqual(body);
      const file = (await answer.formData()).get('file');
      expect(file instanceof File && Buffer.from(await file.arrayBuffer())).toEqual(EVERY_BYTE);
    },
  );

  test.each([
    ['/buffered', 'audio/mpeg'],
    ['/response', 'audio/mpeg'],
    ['/response', '*/*'],
  ])('audio arrives at and leaves %s byte for byte for %s', async (path, accept) => {
    const answer = await send(path, { 'content-type': 'audio/mpeg', accept }, EVERY_BYTE);
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(EVERY_BYTE);
    expect(answer.headers.get('content-type')).toBe('audio/mpeg');
  });

  test.each(['/buffered', '/response'])('a gzip body arrives at %s decoded', async (path) => {
    const headers = { 'content-encoding': 'gzip' };
    const json = { ...headers, 'content-type': 'application/json' };
    expect(await (await send(path, json, gzipSync('{"a":"ü"}'))).text()).toBe('{"a":"ü"}');
    const audio = { ...headers, 'content-type': 'audio/mpeg', accept: 'audio/mpeg' };
    const answer = await send(path, audio, gzipSync(EVERY_BYTE));
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(EVERY_BYTE);
  });

  test('a body in another coding is a 415 that names the header', async () => {
    const answer = await send('/buffered', { 'content-encoding': 'br' }, EVERY_BYTE);
    expect([answer.status, await answer.json()]).toMatchObject([
      415,
      {
        error: {
          code: 'content_encoding_not_supported',
          message: expect.stringMatching(/^content-encoding: /),
          request_id: answer.headers.get('x-request-id'),
        },
      },
    ]);
  });
});
