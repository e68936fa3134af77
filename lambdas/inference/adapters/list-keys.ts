import { BatchGetCommand, QueryCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type * as z from 'zod';
import { stored } from '../../platform/storage.ts';
import { decodeCursor, encodeCursor } from '../../shared/cursor.ts';
import type { KeyQuery, KeyRecord } from '../ports.ts';
import { keyItem, keyStateOf } from './key-item.ts';
import { stateKey } from './ledger-expressions.ts';
import { profileItem, profileOf, projectKey, userKey } from './profile-row.ts';

const PAGES_MAX = 20;

interface ListDeps {
  readonly client: DynamoDBDocumentClient;
  readonly keysTable: string;
}

/** Newest first. Filters that are not keys of an index are applied page by page until `limit` keys match. */
export const listKeys = async (
  deps: ListDeps,
  query: KeyQuery,
): Promise<{ records: readonly KeyRecord[]; nextCursor: string | null }> => {
  const records: KeyRecord[] = [];
  let before = query.cursor === null ? null : (decodeCursor(query.cursor, 1)[0] ?? null);
  for (let page = 0; page < PAGES_MAX && records.length < query.limit; page++) {
    const rows = await profilePage(deps, query, before);
    const matching = await withStates(
      deps,
      rows.filter((row) => matches(row, query)),
      query,
    );
    for (const { record, place } of matching) {
      if (records.length === query.limit)
        return { records, nextCursor: encodeCursor([before ?? place]) };
      records.push(record);
      before = place;
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < query.limit) return { records, nextCursor: null };
    if (records.length < query.limit) before = last.list_sk;
  }
  return { records, nextCursor: before === null ? null : encodeCursor([before]) };
};

const profilePage = async (deps: ListDeps, query: KeyQuery, before: string | null) => {
  const byUser = query.userId !== undefined;
  const answer = await stored(
    async () =>
      await deps.client.send(
        new QueryCommand({
          TableName: deps.keysTable,
          IndexName: byUser ? 'by_user' : 'by_project',
          KeyConditionExpression: `${byUser ? 'user_pk' : 'list_pk'} = :list AND list_sk < :before`,
          ExpressionAttributeValues: {
            ':list': byUser
              ? userKey(query.projectId, query.userId ?? '')
              : projectKey(query.projectId),
            ':before': before ?? '~',
          },
          ScanIndexForward: false,
          Limit: query.limit,
        }),
      ),
  );
  return (answer.Items ?? []).map((row) => profileItem.parse(row));
};

const matches = (row: z.infer<typeof profileItem>, query: KeyQuery): boolean =>
  (query.name === undefined || row.name.toLowerCase().includes(query.name.toLowerCase())) &&
  Object.entries(query.metadata).every(([name, value]) => row.metadata[name] === value);

/** The states of one page of profiles in one read; pages are at most 100 keys, DynamoDB's limit for a batch. */
const withStates = async (
  deps: ListDeps,
  rows: readonly z.infer<typeof profileItem>[],
  query: KeyQuery,
) => {
  if (rows.length === 0) return [];
  const answer = await stored(
    async () =>
      await deps.client.send(
        new BatchGetCommand({
          RequestItems: {
            [deps.keysTable]: {
              Keys: rows.map((row) => stateKey(row.key_id)),
              ConsistentRead: true,
            },
          },
        }),
      ),
  );
  const states = new Map(
    (answer.Responses?.[deps.keysTable] ?? []).map((found) => {
      const item = keyItem.parse(found);
      return [item.key_id, keyStateOf(item)] as const;
    }),
  );
  return rows.flatMap((row) => {
    const state = states.get(row.key_id);
    if (state === undefined || (query.status !== undefined && state.status !== query.status))
      return [];
    return [{ record: { state, profile: profileOf(row) }, place: row.list_sk }];
  });
};
