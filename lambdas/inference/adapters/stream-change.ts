import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import * as z from 'zod';
import { assert } from '../../shared/assert.ts';
import type { SettledChange } from '../usecases/roll-up-usage.ts';
import { keyItem, keyStateOf } from './key-item.ts';

const image = z.record(
  z.string(),
  z.custom<AttributeValue>((value) => typeof value === 'object'),
);

/** One record of the Keys stream that the event filter passed: a settle or an expire. */
export const settledChangeOf = (record: DynamoDBRecord): SettledChange => {
  const before = keyItem.parse(unmarshall(image.parse(record.dynamodb?.OldImage ?? {})));
  const after = keyItem.parse(unmarshall(image.parse(record.dynamodb?.NewImage ?? {})));
  assert(after.last !== undefined, 'a settled key has its last settlement');
  return { settlement: after.last, before: keyStateOf(before), after: keyStateOf(after) };
};
