import { BatchWriteItemCommand, CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { dynamoTables } from '../../lambdas/platform/tables/dynamo-tables.ts';
import type { Tables } from '../../lambdas/platform/tables/tables.ts';
import { history } from '../../lambdas/threads/adapters/threads/read-history.ts';
import { itemOfStep } from '../../lambdas/threads/adapters/threads/thread-items.ts';
import type { HistoryQuery } from '../../lambdas/threads/ports/store.ts';
import { startStorage, type Storage } from '../../local/dynamo/storage.ts';
import { storageClient } from '../../local/dynamo/storage-client.ts';
import { localCalls, meteredCalls } from '../support/local-calls.ts';
import { THREADS_TABLE } from '../support/tables.ts';
import { PLACE, step } from '../support/thread-rows.ts';

const MESSAGES = 6_000;
const BATCH = 25;
const NOW_MS = Date.UTC(2026, 10, 24);

let storage: Storage;
let tables: Tables;
let reads: number[] = [];

/** Every read leaves its capacity units behind. */
const capacity = z.object({ CapacityUnits: z.number() });

beforeAll(async () => {
  storage = await startStorage(mkdtempSync(join(tmpdir(), 'sluice-history-')), undefined);
  const client = storageClient(storage.endpoint);
  await client.send(new CreateTableCommand(THREADS_TABLE));
  const content = [{ type: 'text' as const, text: 'word '.repeat(100) }];
  for (let first = 1; first <= MESSAGES; first += BATCH) {
    const items = Array.from({ length: BATCH }, (_, index) =>
      itemOfStep(PLACE, { ...step(NOW_MS), content, seq: first + index, step: 0 }),
    );
    const puts = items.map((item) => ({
      PutRequest: { Item: marshall(item, { removeUndefinedValues: true }) },
    }));
    await client.send(new BatchWriteItemCommand({ RequestItems: { Threads: puts } }));
  }
  client.destroy();
  tables = dynamoTables({
    call: meteredCalls(localCalls(storage.endpoint), 'TOTAL', (_, consumed) => {
      reads.push(capacity.parse(consumed).CapacityUnits);
    }),
    tableNames: { threads: 'Threads' },
  });
});
afterAll(() => storage.stop());

const costOf = async (query: Partial<HistoryQuery>) => {
  reads = [];
  const { steps } = await history(tables, PLACE, {
    limit: 50,
    order: 'asc',
    beforeSeq: null,
    afterSeq: null,
    ...query,
  });
  const seqs = steps.map(({ seq }) => seq);
  return { first: seqs[0], last: seqs.at(-1), count: seqs.length, reads };
};

test('a page of a thread of 6,000 messages costs the same at its head, in its middle and at its tail', async () => {
  const head = await costOf({});
  const middle = await costOf({ afterSeq: 3_000 });
  const tail = await costOf({ order: 'desc' });
  expect([head, middle, tail].map(({ first, last, count }) => [first, last, count])).toEqual([
    [1, 50, 50],
    [3_001, 3_050, 50],
    [6_000, 5_951, 50],
  ]);
  for (const { reads: own } of [head, middle, tail]) expect(own).toHaveLength(1);
  const units = [head, middle, tail].map(({ reads: [own] }) => own ?? 0);
  expect(units[0]).toBeGreaterThan(5);
  // A longer seq is a few bytes more.
  expect(Math.max(...units) - Math.min(...units)).toBeLessThanOrEqual(1);
});
