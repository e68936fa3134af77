import {
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { queueSender } from '../../../lambdas/platform/queues.ts';
import type { Endpoint } from '../../../local/http/http-endpoint.ts';
import type { FunctionHost } from '../../../local/lambda/function-host.ts';
import { queuesOf } from '../../../local/sqs/queue-configs.ts';
import { startQueueMappings } from '../../../local/sqs/queue-mappings.ts';
import { QueueStore } from '../../../local/sqs/queue-store.ts';
import { startSqsEndpoint } from '../../../local/sqs/sqs-endpoint.ts';
import { functionArn, type Resource } from '../../../local/template.ts';
import { functionOf } from '../../support/local-function.ts';
import { eventually } from '../../support/stack.ts';

const arn = (id: string): string => `arn:aws:sqs:us-east-1:000000000000:${id}`;
const url = (id: string): string => `https://sqs.us-east-1.amazonaws.com/000000000000/${id}`;
const resource = (id: string, type: string, properties: Resource['properties']): Resource => ({
  id,
  type,
  properties,
  assetPath: null,
  metadata: {},
});
const QUEUES = [
  resource('Work', 'AWS::SQS::Queue', {
    VisibilityTimeout: 1,
    RedrivePolicy: { deadLetterTargetArn: arn('Dead'), maxReceiveCount: 2 },
  }),
  resource('Dead', 'AWS::SQS::Queue', { MessageRetentionPeriod: 1_209_600 }),
];
const mapping = (more: object = {}): Resource =>
  resource('Mapping', 'AWS::Lambda::EventSourceMapping', {
    EventSourceArn: arn('Work'),
    FunctionName: functionArn('Fixture'),
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    ...more,
  });
const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

let store: QueueStore;
let path = '';
beforeEach(() => {
  path = join(mkdtempSync(join(tmpdir(), 'sluice-queues-')), 'queues.sqlite');
  store = new QueueStore(path, queuesOf(QUEUES));
});
afterEach(() => store.close());

const bodies = (atMs: number, queue = 'Work', max = 10): readonly string[] =>
  store.receive(queue, max, 1_000, atMs).map(({ body }) => body);

describe('a queue', () => {
  test('a message comes at its time, is hidden while somebody has it, and comes again until it is deleted', () => {
    store.send('Work', 'late', 5_000, 0);
    store.send('Work', 'now', null, 0);
    const [first] = store.receive('Work', 10, 1_000, 0);
    expect(first).toMatchObject({ body: 'now', receives: 1 });
    expect(bodies(999)).toEqual([]);
    const [again] = store.receive('Work', 10, 1_000, 1_000);
    expect(again).toMatchObject({ id: first?.id, receives: 2 });
    // The first receiver lost it.
    store.delete('Work', first?.receipt ?? '');
    expect(store.depth('Work').depth).toBe(2);
    store.delete('Work', again?.receipt ?? '');
    expect(bodies(4_999)).toEqual([]);
    expect(bodies(5_000)).toEqual(['late']);
  });

  test('a message that was received too often is among the dead letters', () => {
    store.send('Work', 'poison', null, 0);
    for (const atMs of [0, 1_000]) expect(bodies(atMs)).toEqual(['poison']);
    expect(bodies(2_000)).toEqual([]);
    expect(bodies(2_000, 'Dead')).toEqual(['poison']);
  });

  test('a message outlives the process, and not its retention', () => {
    store.send('Work', 'kept', null, 0);
    store.close();
    store = new QueueStore(path, queuesOf(QUEUES));
    expect(bodies(345_600_000)).toEqual(['kept']);
    expect(bodies(345_602_000)).toEqual([]);
    expect(store.depth('Work').depth).toBe(0);
  });

  test.each([
    ['FifoQueue', true],
    ['DelaySeconds', 901],
  ])('a template that says %s: %s stops the start', (name, value) => {
    expect(() => queuesOf([resource('Q', 'AWS::SQS::Queue', { [name]: value })])).toThrow(name);
  });
});

describe('the wire', () => {
  let endpoint: Endpoint;
  let sdk: SQSClient;
  beforeEach(async () => {
    endpoint = await startSqsEndpoint(store);
    sdk = new SQSClient({ endpoint: endpoint.url, region: 'us-east-1', credentials });
  });
  afterEach(() => {
    sdk.destroy();
    endpoint.stop();
  });

  test('the SDK sends, receives and deletes, and our own client sends what it receives', async () => {
    await sdk.send(new SendMessageCommand({ QueueUrl: url('Work'), MessageBody: 'é 1' }));
    const place = {
      endpoint: endpoint.url,
      region: 'us-east-1',
      credentials: { ...credentials, sessionToken: null },
    };
    await queueSender(
      url('Work'),
      place,
    )(Array.from({ length: 12 }, (_, index) => ({ body: `own ${index}`, delaySeconds: 0 })));
    const got: string[] = [];
    for (let round = 0; round < 2; round++) {
      const { Messages = [] } = await sdk.send(
        new ReceiveMessageCommand({
          QueueUrl: url('Work'),
          MaxNumberOfMessages: 10,
          VisibilityTimeout: 60,
        }),
      );
      for (const { Body = '', ReceiptHandle } of Messages) {
        got.push(Body);
        await sdk.send(new DeleteMessageCommand({ QueueUrl: url('Work'), ReceiptHandle }));
      }
    }
    expect(new Set(got)).toEqual(
      new Set(['é 1', ...Array.from({ length: 12 }, (_, index) => `own ${index}`)]),
    );
    expect(store.depth('Work').depth).toBe(0);
  });

  const ownSender = () =>
    queueSender(url('Work'), {
      endpoint: endpoint.url,
      region: 'us-east-1',
      credentials: { ...credentials, sessionToken: null },
    });

  test('our own client sends more than one call holds, in as many calls as it takes', async () => {
    const body = 'x'.repeat(200_000);
    await ownSender()(Array.from({ length: 12 }, () => ({ body, delaySeconds: 0 })));
    expect(store.depth('Work').depth).toBe(12);
  });

  test('a message that is not taken fails the sending, and keeps none of the others back', async () => {
    const words = ['a', 'x'.repeat(1_048_577), 'b', 'c'];
    const sending = ownSender()(words.map((body) => ({ body, delaySeconds: 0 })));
    await expect(sending).rejects.toThrow();
    expect(bodies(Date.now()).toSorted()).toEqual(['a', 'b', 'c']);
  });

  test.each([
    ['QueueDoesNotExist', { QueueUrl: url('None'), Entries: [{ Id: 'a', MessageBody: 'x' }] }],
    [
      'TooManyEntriesInBatchRequest',
      {
        QueueUrl: url('Work'),
        Entries: Array.from({ length: 11 }, (_, index) => ({ Id: `${index}`, MessageBody: 'x' })),
      },
    ],
    ['EmptyBatchRequest', { QueueUrl: url('Work'), Entries: [] }],
    [
      'BatchEntryIdsNotDistinct',
      {
        QueueUrl: url('Work'),
        Entries: ['x', 'y'].map((MessageBody) => ({ Id: 'a', MessageBody })),
      },
    ],
    [
      'BatchRequestTooLong',
      {
        QueueUrl: url('Work'),
        Entries: ['a', 'b'].map((Id) => ({ Id, MessageBody: 'x'.repeat(600_000) })),
      },
    ],
    [
      'InvalidParameterValue',
      { QueueUrl: url('Work'), Entries: [{ Id: 'a', MessageBody: 'x', DelaySeconds: 901 }] },
    ],
  ])('answers %s', async (name, input) => {
    await expect(sdk.send(new SendMessageBatchCommand(input))).rejects.toMatchObject({ name });
  });
});

/** Answers what its messages say: `fail` is a failed item, `throw` fails the batch, `strange` names what it did not get. */
const WORKER = `
  const seen = [];
  export const handler = async ({ Records }) => {
    if (Records === undefined) return seen;
    seen.push(Records.map(({ body }) => body));
    if (Records.some(({ body }) => body === 'throw')) throw new Error('no');
    if (Records.some(({ body }) => body === 'strange')) return { batchItemFailures: [{ itemIdentifier: 'nobody' }] };
    return { batchItemFailures: Records.filter(({ body }) => body === 'fail').map(({ messageId }) => ({ itemIdentifier: messageId })) };
  };`;

describe('a mapping', () => {
  const ending: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ending.splice(0)) await end();
  });
  const start = (more: object = {}): FunctionHost => {
    const { host } = functionOf(WORKER, { timeoutMs: 1_000 });
    const over = new AbortController();
    ending.push(
      () => over.abort(),
      async () => await host.stop(),
    );
    startQueueMappings(
      {
        functions: new Map([['Fixture', host]]),
        store,
        onError: () => undefined,
        signal: over.signal,
      },
      [mapping(more)],
    );
    return host;
  };
  const emptied = async (): Promise<void> =>
    await eventually(async () => {
      expect(store.depth('Work').depth).toBe(0);
      await Promise.resolve();
    });

  test('hands over batches, deletes what was done, and gives what failed again until it is dead', async () => {
    for (const body of ['a', 'fail', 'b']) store.send('Work', body, null);
    const host = start();
    await emptied();
    expect(await host.invoke({})).toEqual([['a', 'fail', 'b'], ['fail']]);
    expect(bodies(Date.now(), 'Dead')).toEqual(['fail']);
  });

  test.each(['throw', 'strange'])('%s fails the whole batch', async (body) => {
    for (const one of ['a', body]) store.send('Work', one, null);
    start();
    await emptied();
    expect(bodies(Date.now(), 'Dead').toSorted()).toEqual(['a', body].toSorted());
  });

  test('what AWS would refuse to make, and what is not known here, stops the start', () => {
    expect(() => start({ BatchSize: 11 })).toThrow('BatchSize');
    expect(() => start({ FilterCriteria: {} })).toThrow('FilterCriteria');
    const { host } = functionOf(WORKER, { timeoutMs: 1_001 });
    const { signal } = new AbortController();
    const functions = new Map([['Fixture', host]]);
    expect(() =>
      startQueueMappings({ functions, store, onError: () => undefined, signal }, [mapping()]),
    ).toThrow("before the function's time is over");
  });
});
