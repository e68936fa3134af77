import * as z from 'zod';
import { streamArn } from '../template.ts';

/** A record as the stream's own wire has it: values in DynamoDB's JSON, bytes in base64, times in seconds. */
export const wireRecord = z.looseObject({
  dynamodb: z.looseObject({
    SequenceNumber: z.string(),
    ApproximateCreationDateTime: z.number(),
    Keys: z.unknown(),
  }),
});
export type WireRecord = z.infer<typeof wireRecord>;

/** A record as Lambda hands it to a function, with what the reader needs beside it. */
export interface StreamRecord {
  readonly sequence: string;
  readonly createdAtMs: number;
  /** Records of one item come in order; those of different items may be handled side by side. */
  readonly item: string;
  readonly event: object;
  readonly bytes: number;
}

/** The wire's own form, with times in whole seconds. https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html */
export const streamEvent = (record: WireRecord, table: string) => ({
  ...record,
  awsRegion: 'us-east-1',
  eventSourceARN: streamArn(table),
  dynamodb: {
    ...record.dynamodb,
    ApproximateCreationDateTime: Math.floor(record.dynamodb.ApproximateCreationDateTime),
  },
});

/** What only a record needs that is delivered: most writes of a busy table are passed over. */
export const streamRecord = (
  { dynamodb }: WireRecord,
  event: ReturnType<typeof streamEvent>,
): StreamRecord => ({
  sequence: dynamodb.SequenceNumber,
  createdAtMs: dynamodb.ApproximateCreationDateTime * 1_000,
  item: JSON.stringify(dynamodb.Keys ?? null),
  event,
  bytes: Buffer.byteLength(JSON.stringify(event)),
});
