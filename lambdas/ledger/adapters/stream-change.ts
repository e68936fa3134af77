import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import * as z from 'zod';
import { assert } from '../../shared/assert.ts';
import type { KeyChange } from '../domain/key-change.ts';
import { keyItem, keyStateOf } from './key-item.ts';

const image = z.record(
  z.string(),
  z.custom<AttributeValue>((value) => typeof value === 'object'),
);

/** One record of the Keys stream that the event filter passed; null: a new key, which has no version before. */
export const keyChangeOf = (record: DynamoDBRecord): KeyChange | null => {
  if (record.dynamodb?.OldImage === undefined) return null;
  const before = keyItem.parse(unmarshall(image.parse(record.dynamodb.OldImage)));
  const after = keyItem.parse(unmarshall(image.parse(record.dynamodb.NewImage ?? {})));
  const isSettled = after.write === 'settle' || after.write === 'expire';
  assert(!isSettled || after.last !== undefined, 'a settled key has its last settlement');
  return {
    settlement: isSettled ? (after.last ?? null) : null,
    before: keyStateOf(before),
    after: keyStateOf(after),
  };
};
