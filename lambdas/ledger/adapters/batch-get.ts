import { BatchGetCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { setTimeout as sleep } from 'node:timers/promises';
import { stored } from '../../platform/storage.ts';
import { AppError } from '../../shared/app-error.ts';
import type { ItemKey } from './keys-table.ts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const KEYS_A_BATCH_MAX = 100;
const BATCHES_AT_ONCE_MAX = 8;
const TRIES_MAX = 6;
const FIRST_PAUSE_MS = 20;

interface BatchDeps {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
}
type Item = Readonly<Record<string, unknown>>;

/** Any number of items, strongly consistent: in batches, and again for what a batch left out. */
export const batchGet = async (
  deps: BatchDeps,
  keys: readonly ItemKey[],
): Promise<readonly Item[]> => {
  const batches: (readonly ItemKey[])[] = [];
  for (let from = 0; from < keys.length; from += KEYS_A_BATCH_MAX)
    batches.push(keys.slice(from, from + KEYS_A_BATCH_MAX));
  const items: Item[] = [];
  for (let from = 0; from < batches.length; from += BATCHES_AT_ONCE_MAX) {
    const found = await Promise.all(
      batches.slice(from, from + BATCHES_AT_ONCE_MAX).map(async (batch) => await get(deps, batch)),
    );
    items.push(...found.flat());
  }
  return items;
};

/** A batch may answer a part only (16 MB, or a throttled partition): the rest is asked for again. */
const get = async (deps: BatchDeps, batch: readonly ItemKey[]): Promise<readonly Item[]> => {
  const items: Item[] = [];
  let keys: Record<string, unknown>[] = batch.map(({ pk, sk }) => ({ pk, sk }));
  for (let tries = 0; tries < TRIES_MAX && keys.length > 0; tries++) {
    if (tries > 0) await sleep(FIRST_PAUSE_MS * 2 ** tries);
    const asked = { [deps.tableName]: { Keys: keys, ConsistentRead: true } };
    const answer = await stored(
      async () => await deps.client.send(new BatchGetCommand({ RequestItems: asked })),
    );
    items.push(...(answer.Responses?.[deps.tableName] ?? []));
    keys = answer.UnprocessedKeys?.[deps.tableName]?.Keys ?? [];
  }
  if (keys.length === 0) return items;
  throw new AppError({ code: 'storage_unavailable', publicMessage: 'Storage is too busy.' });
};
