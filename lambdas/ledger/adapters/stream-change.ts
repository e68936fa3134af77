import type { DynamoDBRecord } from 'aws-lambda';
import { decodeItem } from '../../platform/aws/attribute-values.ts';
import { assert } from '../../shared/assert.ts';
import type { KeyChange } from '../domain/key-change.ts';
import { keyItem, keyStateOf } from './key-item.ts';

/** One record of the Keys stream that the event filter passed; null: a new key, which has no version before. */
export const keyChangeOf = (record: DynamoDBRecord): KeyChange | null => {
  if (record.dynamodb?.OldImage === undefined) return null;
  const before = keyItem.parse(decodeItem(record.dynamodb.OldImage));
  const after = keyItem.parse(decodeItem(record.dynamodb.NewImage ?? {}));
  const isSettled = after.write === 'settle' || after.write === 'expire';
  assert(!isSettled || after.last !== undefined, 'a settled key has its last settlement');
  return {
    settlement: isSettled ? (after.last ?? null) : null,
    before: keyStateOf(before),
    after: keyStateOf(after),
  };
};
