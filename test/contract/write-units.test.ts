import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { App } from 'aws-cdk-lib';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  CALL_WRITES,
  EVENT_BYTES,
  HOLD_BYTES,
  HOUR_BYTES,
  STATE_BYTES,
  writeUnits,
} from '../../cost/call-writes.ts';
import { inventoryOf } from '../../cost/inventory.ts';
import { tableNamed } from '../../cost/parts.ts';
import { dynamoSpendLedger } from '../../lambdas/ledger/adapters/dynamo-spend-ledger.ts';
import { dynamoUsageStore } from '../../lambdas/ledger/adapters/dynamo-usage-store.ts';
import { hourKeys } from '../../lambdas/ledger/adapters/usage-row.ts';
import type { HoldRequest } from '../../lambdas/ledger/ports.ts';
import { NO_TOKENS, type Settlement } from '../../lambdas/ledger/domain/usage.ts';
import { dynamoTables } from '../../lambdas/platform/tables/dynamo-tables.ts';
import type { Tables } from '../../lambdas/platform/tables/tables.ts';
import * as z from 'zod';
import { StateStack } from '../../lib/state-stack.ts';
import { startStorage, type Storage } from '../../local/dynamo/storage.ts';
import { storageClient } from '../../local/dynamo/storage-client.ts';
import { createTables } from '../../local/dynamo/tables.ts';
import { readTemplates } from '../../local/template.ts';
import { localCalls, meteredCalls } from '../support/local-calls.ts';
import { holdRequest, KEY_ID, placeItem, settlementOf, stateItem } from '../support/key-items.ts';

const NOW = Date.UTC(2026, 10, 24, 12);
const KEYS = 'KeysTable';
const HASH = 'a'.repeat(64);
const assembly = mkdtempSync(join(tmpdir(), 'sluice-units-'));
let storage: Storage;
let tables: Tables;
let client: DynamoDBDocumentClient;
const units = z.object({ CapacityUnits: z.number() });
const capacity = z.object({
  Table: units,
  GlobalSecondaryIndexes: z.record(z.string(), units).default({}),
});
const capacities = z.union([capacity.transform((one) => [one]), z.array(capacity)]);
const consumed: z.infer<typeof capacity>[] = [];

beforeAll(async () => {
  storage = await startStorage(mkdtempSync(join(tmpdir(), 'sluice-units-')), undefined);
  const app = new App({ outdir: assembly });
  new StateStack(app, 'State', {});
  app.synth();
  const raw = storageClient(storage.endpoint);
  await createTables(storage.endpoint, readTemplates(assembly));
  tables = dynamoTables({
    call: meteredCalls(localCalls(storage.endpoint), 'INDEXES', (_, figures) => {
      consumed.push(...capacities.parse(figures));
    }),
    tableNames: { keys: KEYS, usage: 'UsageTable' },
  });
  client = DynamoDBDocumentClient.from(raw);
});
afterAll(() => storage.stop());

/** A call with long words: a dated model, a feature, an end user, a thread. */
const holdOf = (index: number): HoldRequest => ({
  ...holdRequest(`01m880wczcf3hjbxybqb20mv${index + 10}`, 1_000_000, NOW + index),
  secretHash: HASH,
  model: 'claude-sonnet-4-5-20250929',
  provider: 'anthropic',
  feature: 'chat',
});
const settledOf = (request: HoldRequest): Settlement => ({
  ...settlementOf(request.holdId, 512_345, request.nowMs),
  requestId: `req_${KEY_ID.slice(4)}${request.holdId}`,
  model: request.model,
  provider: request.provider,
  feature: request.feature,
  endUserId: 'user_0123456789abcdef',
  threadId: 'thread_01m880wczcf3hjbxybqb20mvdr',
  firstTokenMs: 400 + (request.nowMs % 50) * 40,
  totalMs: 9_000 + (request.nowMs % 50) * 100,
  tokens: {
    ...NO_TOKENS,
    input: 1_204,
    cacheRead: 1_000,
    cacheWrite5m: 10,
    output: 512,
    reasoning: 100,
  },
});
const unitsOf = (found: readonly z.infer<typeof capacity>[]) => ({
  table: found.reduce((sum, { Table }) => sum + Table.CapacityUnits, 0),
  indexes: found
    .flatMap(({ GlobalSecondaryIndexes }) => Object.values(GlobalSecondaryIndexes))
    .reduce((sum, { CapacityUnits }) => sum + CapacityUnits, 0),
});

test('the model of a call has the write units that the engine counts, and items of its bytes', async () => {
  const ledger = dynamoSpendLedger({ tables });
  const usage = dynamoUsageStore({ tables });
  const cap = 1e12;
  const state = { ...stateItem({ cap, available: cap, secret_hash: HASH }, NOW), schema: 1 };
  await placeItem(tables, state);
  const template: unknown = JSON.parse(readFileSync(join(assembly, 'State.template.json'), 'utf8'));
  const inventory = inventoryOf([template]);
  const unitsOfModel = (tableId: string): number =>
    CALL_WRITES.filter((write) => write.tableId === tableId).reduce(
      (sum, write) => sum + writeUnits(write, tableNamed(inventory, tableId)),
      0,
    );

  for (let index = 0; index < 20; index++) {
    const request = holdOf(index);
    consumed.length = 0;
    const outcome = await ledger.hold(request);
    if (outcome.kind !== 'held') throw new Error(outcome.reason);
    await ledger.settle(outcome.hold, settledOf(request));
    const ofKeys = unitsOf(consumed);
    expect(ofKeys.table).toBe(unitsOfModel('KeysTable'));
    // The first hold enters the sweep index; the model counts that once a sweep.
    expect(ofKeys.indexes).toBe(index === 0 ? 1 : 0);

    consumed.length = 0;
    await usage.record(settledOf(request));
    const { table, indexes } = unitsOf(consumed);
    const model = unitsOfModel('UsageTable');
    expect(table + indexes).toBeGreaterThanOrEqual(model - 1);
    // Dynoxide counts the index of a transaction once, DynamoDB Local twice: the model takes the dearer.
    expect(table + indexes).toBeLessThanOrEqual(model);
  }

  const bytesAt = async (TableName: string, Key: Record<string, string>): Promise<number> =>
    itemBytes((await client.send(new GetCommand({ TableName, Key }))).Item ?? {});
  const last = settledOf(holdOf(19));
  const pk = `KEY#${KEY_ID}`;
  const idle = await bytesAt(KEYS, { pk, sk: 'STATE' });
  expect(within(idle, STATE_BYTES)).toBe(true);
  const { month_pk: _pk, month_sk: _sk, ...hourKey } = hourKeys(last);
  expect(within(await bytesAt('UsageTable', hourKey), HOUR_BYTES)).toBe(true);
  const event = await bytesAt('UsageTable', { pk, sk: `CALL#${last.holdId}` });
  expect(within(event, EVENT_BYTES)).toBe(true);
  await ledger.hold(holdOf(20));
  const held = (await bytesAt(KEYS, { pk, sk: 'STATE' })) - idle;
  expect(within(held, HOLD_BYTES)).toBe(true);
});

/** Within a tenth: words differ in length from call to call. */
const within = (measured: number, modelled: number): boolean => {
  const isClose = Math.abs(measured - modelled) <= modelled / 10;
  if (!isClose) console.error(`measured ${measured} bytes, modelled ${modelled}`);
  return isClose;
};

/**
 * Bytes as DynamoDB reckons them: names and text in UTF-8, about a byte for two digits and one more, three for a map
 * or list and one for each entry. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
const itemBytes = (value: unknown): number => {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value === 'number')
    return Math.ceil(String(Math.abs(value)).replace(/0+$/, '').length / 2) + 1;
  if (typeof value !== 'object' || value === null) return 1;
  const entries = Object.entries(value);
  const own = entries.reduce((sum, [name, inner]) => {
    const nested = typeof inner === 'object' && inner !== null ? 3 + Object.keys(inner).length : 0;
    return sum + (Array.isArray(value) ? 0 : Buffer.byteLength(name)) + itemBytes(inner) + nested;
  }, 0);
  return own;
};
