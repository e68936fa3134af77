import { streamArn } from '../template.ts';
import { ObjectText, objectText } from '../json-text.ts';

/** A record as the stream's own wire has it: values in DynamoDB's JSON, bytes in base64, times in seconds. */
export interface WireRecord {
  readonly sequence: string;
  readonly createdSeconds: number;
  readonly record: ObjectText;
  readonly change: ObjectText;
}

/** Throws when it has no place or no time. */
export const wireRecord = (record: unknown): WireRecord => {
  const change = record instanceof ObjectText ? record.member('dynamodb') : null;
  if (!(record instanceof ObjectText && change instanceof ObjectText))
    throw new TypeError('a record of a stream without a change');
  const sequence = change.member('SequenceNumber');
  const createdSeconds = change.member('ApproximateCreationDateTime');
  if (typeof sequence !== 'string' || typeof createdSeconds !== 'number')
    throw new TypeError('a record of a stream without a place or a time');
  return { sequence, createdSeconds, record, change };
};

export interface WirePage {
  readonly records: readonly WireRecord[];
  /** null: the shard has ended. */
  readonly next: string | null;
}

/** What GetRecords answers. */
export const wirePage = (text: string): WirePage => {
  const page = objectText(text);
  const records = page.member('Records');
  const next = page.member('NextShardIterator');
  if (!Array.isArray(records)) throw new TypeError('a page of a stream without records');
  return { records: records.map(wireRecord), next: typeof next === 'string' ? next : null };
};

/** A record as Lambda hands it to a function, with what the reader needs beside it. */
export interface StreamRecord {
  readonly sequence: string;
  readonly createdAtMs: number;
  /** Records of one item come in order; those of different items may be handled side by side. */
  readonly item: string;
  /** The record of the event, in JSON. */
  readonly text: string;
  readonly bytes: number;
}

/** The wire's own form, with times in whole seconds. https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html */
export const streamEvent = (
  { record, change, createdSeconds }: WireRecord,
  table: string,
): ObjectText =>
  record.with({
    awsRegion: '"us-east-1"',
    eventSourceARN: JSON.stringify(streamArn(table)),
    dynamodb: change.with({ ApproximateCreationDateTime: String(Math.floor(createdSeconds)) }),
  });

/** What only a record needs that is delivered: most writes of a busy table are passed over. */
export const streamRecord = (
  { sequence, createdSeconds, change }: WireRecord,
  event: ObjectText,
): StreamRecord => {
  const keys = change.member('Keys');
  const text = event.inOrder();
  return {
    sequence,
    createdAtMs: createdSeconds * 1_000,
    // Attributes come in any order, and an item is the same in each.
    item: keys instanceof ObjectText ? keys.inOrder() : JSON.stringify(keys ?? null),
    text,
    bytes: Buffer.byteLength(text),
  };
};

/** The event of a batch. */
export const batchText = (records: readonly StreamRecord[]): string =>
  `{"Records":[${records.map(({ text }) => text).join(',')}]}`;
