import type { AttributeValue, _Record } from '@aws-sdk/client-dynamodb-streams';
import { streamArn } from '../template.ts';

/** A record as Lambda hands it to a function, with what the reader needs beside it. */
export interface StreamRecord {
  readonly sequence: string;
  readonly createdAtMs: number;
  /** Records of one item come in order; those of different items may be handled side by side. */
  readonly item: string;
  readonly event: object;
  readonly bytes: number;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html: times in whole seconds, binary values in base64. */
export const streamEvent = (record: _Record, table: string) => {
  const change = record.dynamodb ?? {};
  return {
    ...record,
    awsRegion: 'us-east-1',
    eventSourceARN: streamArn(table),
    dynamodb: {
      ...change,
      ...images({ Keys: change.Keys, NewImage: change.NewImage, OldImage: change.OldImage }),
      ApproximateCreationDateTime: Math.floor(createdAtMsOf(record) / 1_000),
    },
  };
};

/** What only a record needs that is delivered: most writes of a busy table are passed over. */
export const streamRecord = (
  record: _Record,
  event: ReturnType<typeof streamEvent>,
): StreamRecord => ({
  sequence: record.dynamodb?.SequenceNumber ?? '',
  createdAtMs: createdAtMsOf(record),
  item: JSON.stringify(event.dynamodb.Keys ?? null),
  event,
  bytes: Buffer.byteLength(JSON.stringify(event)),
});

const createdAtMsOf = ({ dynamodb }: _Record): number =>
  dynamodb?.ApproximateCreationDateTime?.getTime() ?? Date.now();

type Image = Record<string, AttributeValue>;

const images = (
  named: Readonly<Record<'Keys' | 'NewImage' | 'OldImage', Image | undefined>>,
): Partial<Record<'Keys' | 'NewImage' | 'OldImage', object>> =>
  Object.fromEntries(
    Object.entries(named).flatMap(([name, image]) =>
      image === undefined ? [] : [[name, plainMap(image)]],
    ),
  );

const plainMap = (image: Image): object =>
  Object.fromEntries(Object.entries(image).map(([name, value]) => [name, plain(value)]));

const plain = (value: AttributeValue): object => {
  if (value.B !== undefined) return { B: base64(value.B) };
  if (value.BS !== undefined) return { BS: value.BS.map(base64) };
  if (value.L !== undefined) return { L: value.L.map(plain) };
  if (value.M !== undefined) return { M: plainMap(value.M) };
  return value;
};

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
