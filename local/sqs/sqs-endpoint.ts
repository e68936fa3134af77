import { createHash } from 'node:crypto';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { startEndpoint, type Answer, type Endpoint } from '../http/http-endpoint.ts';
import type { Message, QueueStore } from './queue-store.ts';

/** Of one message and of all messages of a batch: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const MESSAGE_BYTES_MAX = 1_048_576;
const BATCH_MAX = 10;
const DELAY_SECONDS_MAX = 900;

/** An error of the service, by its name on the wire. */
class SqsError extends Error {
  override readonly name: string;
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** What the functions and the operator's tools call; anything else is refused by its name. */
export const startSqsEndpoint = async (store: QueueStore): Promise<Endpoint> =>
  await startEndpoint(async (request) => {
    const [, action = ''] = String(request.headers['x-amz-target'] ?? '').split('.');
    const sent: unknown = JSON.parse(await text(request));
    try {
      const call = ACTIONS[action];
      if (call === undefined) throw new SqsError('UnsupportedOperation', `${action} is not hosted`);
      return ok(call(store, sent));
    } catch (error) {
      if (error instanceof z.ZodError)
        return failed(new SqsError('InvalidParameterValue', z.prettifyError(error)));
      if (error instanceof SqsError) return failed(error);
      throw error;
    }
  });

/** Errors that the service's older protocol names otherwise; the SDKs go by that name. */
const QUERY_NAMES: Readonly<Record<string, string>> = {
  QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue',
  InvalidParameterValue: 'InvalidParameterValue',
};

const JSON_TYPE = { 'content-type': 'application/x-amz-json-1.0' };
const ok = (body: object): Answer => ({
  status: 200,
  headers: JSON_TYPE,
  body: JSON.stringify(body),
});
const failed = ({ name, message }: SqsError): Answer => ({
  status: 400,
  headers: {
    ...JSON_TYPE,
    'x-amzn-query-error': `${QUERY_NAMES[name] ?? `AWS.SimpleQueueService.${name}`};Sender`,
  },
  body: JSON.stringify({ __type: `com.amazonaws.sqs#${name}`, message }),
});

const delaySeconds = z.int().min(0).max(DELAY_SECONDS_MAX).optional();
const queueUrl = z.string().min(1);
const sendCall = z.strictObject({
  QueueUrl: queueUrl,
  MessageBody: z.string().min(1),
  DelaySeconds: delaySeconds,
});
const batchCall = z.strictObject({
  QueueUrl: queueUrl,
  Entries: z.array(
    z.strictObject({
      Id: z.string(),
      MessageBody: z.string().min(1),
      DelaySeconds: delaySeconds,
      // Fairness between groups: a laptop has no neighbours to be fair to.
      MessageGroupId: z.string().min(1).max(128).optional(),
    }),
  ),
});
const receiveCall = z.strictObject({
  QueueUrl: queueUrl,
  MaxNumberOfMessages: z.int().min(1).max(BATCH_MAX).default(1),
  VisibilityTimeout: z.int().min(0).max(43_200).optional(),
  WaitTimeSeconds: z.literal(0).optional(),
});
const deleteCall = z.strictObject({ QueueUrl: queueUrl, ReceiptHandle: z.string() });
const attributesCall = z.strictObject({
  QueueUrl: queueUrl,
  AttributeNames: z.array(z.enum(['All', 'ApproximateNumberOfMessages'])),
});

const ACTIONS: Readonly<Record<string, (store: QueueStore, sent: unknown) => object>> = {
  SendMessage: (store, sent) => {
    const { QueueUrl, MessageBody, DelaySeconds } = sendCall.parse(sent);
    const queueId = queueOf(store, QueueUrl);
    checkBytes([MessageBody], 'InvalidParameterValue');
    return sentOf(store, queueId, MessageBody, DelaySeconds);
  },
  SendMessageBatch: (store, sent) => {
    const { QueueUrl, Entries } = batchCall.parse(sent);
    const queueId = queueOf(store, QueueUrl);
    checkEntries(Entries.map(({ Id }) => Id));
    checkBytes(
      Entries.map(({ MessageBody }) => MessageBody),
      'BatchRequestTooLong',
    );
    return {
      Successful: Entries.map(({ Id, MessageBody, DelaySeconds }) => ({
        Id,
        ...sentOf(store, queueId, MessageBody, DelaySeconds),
      })),
    };
  },
  ReceiveMessage: (store, sent) => {
    const { QueueUrl, MaxNumberOfMessages, VisibilityTimeout } = receiveCall.parse(sent);
    const queueId = queueOf(store, QueueUrl);
    const visibilityMs =
      VisibilityTimeout === undefined
        ? (store.queue(queueId)?.visibilityMs ?? 0)
        : VisibilityTimeout * 1_000;
    const messages = store.receive(queueId, MaxNumberOfMessages, visibilityMs);
    return messages.length === 0 ? {} : { Messages: messages.map(receivedOf) };
  },
  DeleteMessage: (store, sent) => {
    const { QueueUrl, ReceiptHandle } = deleteCall.parse(sent);
    store.delete(queueOf(store, QueueUrl), ReceiptHandle);
    return {};
  },
  GetQueueAttributes: (store, sent) => {
    const { QueueUrl } = attributesCall.parse(sent);
    const { depth } = store.depth(queueOf(store, QueueUrl));
    return { Attributes: { ApproximateNumberOfMessages: String(depth) } };
  },
};

const queueOf = (store: QueueStore, url: string): string => {
  const id = url.split('/').at(-1) ?? '';
  if (store.queue(id) === null)
    throw new SqsError('QueueDoesNotExist', 'The specified queue does not exist.');
  return id;
};

const checkEntries = (ids: readonly string[]): void => {
  if (ids.length === 0) throw new SqsError('EmptyBatchRequest', 'There is no entry.');
  if (ids.length > BATCH_MAX)
    throw new SqsError('TooManyEntriesInBatchRequest', `At most ${BATCH_MAX} entries.`);
  if (new Set(ids).size < ids.length)
    throw new SqsError('BatchEntryIdsNotDistinct', 'Two entries have one id.');
};

const checkBytes = (bodies: readonly string[], name: string): void => {
  const bytes = bodies.reduce((sum, body) => sum + Buffer.byteLength(body), 0);
  if (bytes > MESSAGE_BYTES_MAX) throw new SqsError(name, `At most ${MESSAGE_BYTES_MAX} bytes.`);
};

const sentOf = (
  store: QueueStore,
  queueId: string,
  body: string,
  delay: number | undefined,
): object => ({
  MessageId: store.send(queueId, body, delay === undefined ? null : delay * 1_000),
  MD5OfMessageBody: md5Of(body),
});

const receivedOf = (message: Message): object => ({
  MessageId: message.id,
  ReceiptHandle: message.receipt,
  Body: message.body,
  MD5OfBody: md5Of(message.body),
});

/** The SDKs compare it with what they sent. */
export const md5Of = (body: string): string => createHash('md5').update(body).digest('hex');
