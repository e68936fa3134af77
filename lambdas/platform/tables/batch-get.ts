import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { AppError } from '../../shared/app-error.ts';
import { decodeItem, encodeItem } from '../aws/attribute-values.ts';
import type { JsonCall } from '../aws/aws-json-client.ts';
import { stored } from '../storage.ts';
import type { Item, ItemKey } from './tables.ts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const KEYS_A_BATCH_MAX = 100;
const BATCHES_AT_ONCE_MAX = 8;
const TRIES_MAX = 6;
const FIRST_PAUSE_MS = 20;

/** Any number of items, strongly consistent: in batches, and again for what a batch left out. */
export const batchGet = async (
  call: JsonCall,
  tableName: string,
  keys: readonly ItemKey[],
): Promise<readonly Item[]> => {
  const batches: (readonly ItemKey[])[] = [];
  for (let from = 0; from < keys.length; from += KEYS_A_BATCH_MAX)
    batches.push(keys.slice(from, from + KEYS_A_BATCH_MAX));
  const items: Item[] = [];
  for (let from = 0; from < batches.length; from += BATCHES_AT_ONCE_MAX) {
    const found = await Promise.all(
      batches
        .slice(from, from + BATCHES_AT_ONCE_MAX)
        .map(async (batch) => await getBatch(call, tableName, batch)),
    );
    items.push(...found.flat());
  }
  return items;
};

const batchOutput = z.object({
  Responses: z.record(z.string(), z.array(z.unknown())).default({}),
  UnprocessedKeys: z.record(z.string(), z.object({ Keys: z.array(z.unknown()) })).default({}),
});

/** A batch may answer a part only (16 MB, or a throttled partition): the rest is asked for again. */
const getBatch = async (
  call: JsonCall,
  tableName: string,
  batch: readonly ItemKey[],
): Promise<readonly Item[]> => {
  const items: Item[] = [];
  let keys: readonly unknown[] = batch.map(({ pk, sk }) => encodeItem({ pk, sk }));
  for (let tries = 0; tries < TRIES_MAX && keys.length > 0; tries++) {
    if (tries > 0) await sleep(FIRST_PAUSE_MS * 2 ** tries);
    const input = { RequestItems: { [tableName]: { Keys: keys, ConsistentRead: true } } };
    const output = await stored(async () => await call('BatchGetItem', input));
    const { Responses, UnprocessedKeys } = batchOutput.parse(output);
    items.push(...(Responses[tableName] ?? []).map(decodeItem));
    keys = UnprocessedKeys[tableName]?.Keys ?? [];
  }
  if (keys.length === 0) return items;
  throw new AppError({ code: 'storage_unavailable', publicMessage: 'Storage is too busy.' });
};
