import type { DynamoDBRecord } from 'aws-lambda';
import { decodeItem } from '../../platform/aws/attribute-values.ts';
import type { Item } from '../../platform/tables/tables.ts';
import { assert } from '../../shared/assert.ts';
import type { KeyChange, LedgerChange } from '../domain/key-change.ts';
import { unpackPart } from '../domain/project-cap.ts';
import type { ProjectChange } from '../domain/project-warnings.ts';
import { changedCapOf } from './dynamo-project-settings.ts';
import { keyItem, keyStateOf, type KeyItem } from './key-item.ts';

/** One record of the Keys stream that the event filter passed; null: a new key, which has no version before. */
export const ledgerChangeOf = ({ dynamodb }: DynamoDBRecord): LedgerChange | null => {
  const after = decodeItem(dynamodb?.NewImage ?? {});
  const projectId = changedCapOf(after);
  if (projectId !== null) return { kind: 'project_cap', projectId, budget: null };
  if (dynamodb?.OldImage === undefined) return null;
  return { kind: 'key', ...keyChangeOf(decodeItem(dynamodb.OldImage), after) };
};

/** Two versions of a key, one after the other. */
export const keyChangeOf = (earlier: Item, later: Item): KeyChange => {
  const before = keyItem.parse(earlier);
  const after = keyItem.parse(later);
  const isSettled = after.write === 'settle' || after.write === 'expire';
  assert(!isSettled || after.last !== undefined, 'a settled key has its last settlement');
  const settlement = isSettled ? (after.last ?? null) : null;
  return {
    settlement,
    before: keyStateOf(before),
    after: keyStateOf(after),
    project: settlement === null ? null : projectOf(before, settlement.holdId),
  };
};

/** What the hold had taken of its project until it was settled. */
const projectOf = (before: KeyItem, holdId: string): ProjectChange | null => {
  const part = before.project_holds?.[holdId];
  return part === undefined ? null : { projectId: before.project_id, budget: unpackPart(part) };
};
