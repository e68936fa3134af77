import { InvokeCommand, LambdaClient, type InvokeCommandInput } from '@aws-sdk/client-lambda';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { AsyncInvoker } from '../../../local/lambda/async-invoker.ts';
import type { Endpoint } from '../../../local/http/http-endpoint.ts';
import { startLambdaEndpoint } from '../../../local/lambda/lambda-endpoint.ts';
import { parseFailedEvent } from '../../../ops/formats/invocation-record.ts';
import { functionOf } from '../../support/local-function.ts';
import { eventually } from '../../support/stack.ts';

/** Fails `failures` times for one id, then works; tells how often it ran. */
const SOURCE = `
const runs = new Map();
export const handler = async ({ id, failures = 0, act }) => {
  if (act === 'runs') return runs.get(id) ?? 0;
  if (act === 'nothing') return undefined;
  runs.set(id, (runs.get(id) ?? 0) + 1);
  if (runs.get(id) <= failures) throw new RangeError('not yet');
  return { id, ran: runs.get(id) };
};`;

const { host } = functionOf(SOURCE);
const functions = new Map([['RunTurn1A2B', host]]);
const FunctionName = 'arn:aws:lambda:us-east-1:000000000000:function:RunTurn1A2B';
const folder = mkdtempSync(join(tmpdir(), 'sluice-invocations-'));
const errors: string[] = [];
const ending = new AbortController();
const invoker = (
  fields: Partial<ConstructorParameters<typeof AsyncInvoker>[0]> = {},
  resources: ConstructorParameters<typeof AsyncInvoker>[1] = [],
) =>
  new AsyncInvoker(
    {
      functions,
      folder,
      onError: (source) => errors.push(source),
      signal: ending.signal,
      retryDelaysMs: [10, 20],
      ...fields,
    },
    resources,
  );
let endpoint: Endpoint;
let client: LambdaClient;

beforeAll(async () => {
  endpoint = await startLambdaEndpoint({ functions, queue: invoker() });
  client = new LambdaClient({
    endpoint: endpoint.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
});
afterAll(async () => {
  ending.abort();
  endpoint.stop();
  await host.stop();
});

const invoke = async (event: unknown, more: Partial<InvokeCommandInput> = {}) =>
  await client.send(
    new InvokeCommand({ FunctionName, Payload: Buffer.from(JSON.stringify(event)), ...more }),
  );
const answerOf = async (event: unknown): Promise<unknown> =>
  JSON.parse((await invoke(event)).Payload?.transformToString() ?? '');
const runsOf = async (id: string): Promise<unknown> => await answerOf({ id, act: 'runs' });

describe('a function that is invoked by name', () => {
  test('answers the caller that waits, by ARN and by name', async () => {
    expect(await answerOf({ id: 'a' })).toEqual({ id: 'a', ran: 1 });
    const byName = await invoke({ id: 'a' }, { FunctionName: 'RunTurn1A2B' });
    expect(byName).toMatchObject({ StatusCode: 200, ExecutedVersion: '$LATEST' });
    expect(await answerOf({ act: 'nothing' })).toBe(null);
  });

  test('tells the caller that it failed by a header, with the message in the body', async () => {
    const answer = await invoke({ id: 'b', failures: 1 });
    expect(answer).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled' });
    expect(JSON.parse(answer.Payload?.transformToString() ?? '')).toMatchObject({
      errorMessage: 'not yet',
    });
  });

  test('runs once behind an accepted event that nobody waits for', async () => {
    const answer = await invoke({ id: 'c' }, { InvocationType: 'Event' });
    expect(answer.StatusCode).toBe(202);
    await eventually(async () => expect(await runsOf('c')).toBe(1));
    await eventually(async () => expect(readdirSync(folder)).toEqual(await Promise.resolve([])));
  });

  test('runs an event that fails twice more and no more', async () => {
    errors.length = 0;
    await invoke({ id: 'd', failures: 2 }, { InvocationType: 'Event' });
    await eventually(async () => expect(await runsOf('d')).toBe(3));
    await invoke({ id: 'e', failures: 9 }, { InvocationType: 'Event' });
    await eventually(async () => {
      expect(await runsOf('e')).toBe(3);
      expect(readdirSync(folder)).toEqual([]);
    });
    expect(errors).toHaveLength(5);
  });

  test('keeps an event that failed for good where its function says, as Lambda writes it', async () => {
    const kept: (readonly string[])[] = [];
    const keeping = invoker(
      {
        folder: mkdtempSync(join(tmpdir(), 'sluice-invocations-')),
        keepFailure: async (...object) => await Promise.resolve(void kept.push(object)),
      },
      [
        {
          id: 'Config',
          type: 'AWS::Lambda::EventInvokeConfig',
          properties: {
            FunctionName: 'RunTurn1A2B',
            Qualifier: '$LATEST',
            MaximumRetryAttempts: 1,
            DestinationConfig: { OnFailure: { Destination: 'arn:aws:s3:::FailedRecords' } },
          },
          assetPath: null,
          metadata: {},
        },
      ],
    );
    await keeping.enqueue('RunTurn1A2B', { id: 'g', failures: 1 });
    await keeping.enqueue('RunTurn1A2B', { id: 'h', failures: 9 });
    await eventually(async () => expect(await Promise.resolve(kept)).toHaveLength(1));
    const [[bucket = '', name = '', text = ''] = []] = kept;
    expect(bucket).toBe('FailedRecords');
    expect(name).toMatch(/^aws\/lambda\/async\/RunTurn1A2B\/\d{4}\/\d\d\/\d\d\//);
    expect(parseFailedEvent(text)).toEqual({
      functionArn: `${FunctionName}:$LATEST`,
      event: { id: 'h', failures: 9 },
    });
    expect(await runsOf('g')).toBe(2);
  });

  test('takes up what a process that ended had accepted, and counts its tries on', async () => {
    const ended = new AbortController();
    const accepted = mkdtempSync(join(tmpdir(), 'sluice-invocations-'));
    const first = invoker({ folder: accepted, signal: ended.signal, retryDelaysMs: [60_000] });
    await first.enqueue('RunTurn1A2B', { id: 'f', failures: 1 });
    // A process that ended writes nothing more.
    const tries = () =>
      readdirSync(accepted)
        .filter((name) => name.endsWith('.json'))
        .map((name) => JSON.parse(readFileSync(join(accepted, name), 'utf8')).tries);
    await eventually(async () => expect(await Promise.resolve(tries())).toEqual([1]));
    ended.abort();
    invoker({ folder: accepted }).resume();
    await eventually(async () => {
      expect(await runsOf('f')).toBe(2);
      expect(readdirSync(accepted)).toEqual([]);
    });
  });

  test('takes 1 MB when nobody waits and 6 MB when somebody does, as Lambda does', async () => {
    const large = { id: 'large', text: 'x'.repeat(1_048_576) };
    await expect(invoke(large, { InvocationType: 'Event' })).rejects.toMatchObject({
      name: 'RequestTooLargeException',
    });
    expect(await answerOf(large)).toEqual({ id: 'large', ran: 1 });
    await expect(invoke({ text: 'x'.repeat(6_291_456) })).rejects.toMatchObject({
      name: 'RequestTooLargeException',
    });
  });
});

test('an unknown function and a body that is no JSON are refused as Lambda refuses them', async () => {
  await expect(invoke({}, { FunctionName: 'missing' })).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
  await expect(invoke({}, { Payload: Buffer.from('{') })).rejects.toMatchObject({
    name: 'InvalidRequestContentException',
  });
});

test('what is not implemented says so, and is logged', async () => {
  const log = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  await expect(invoke({}, { InvocationType: 'DryRun' })).rejects.toThrow('DryRun');
  await expect(invoke({}, { LogType: 'Tail' })).rejects.toThrow('log tail');
  expect(log).toHaveBeenCalledTimes(2);
  log.mockRestore();
});
