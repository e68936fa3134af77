import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { expect, test } from 'vitest';
import { dynamoKeyRegister } from '../../../lambdas/ledger/adapters/dynamo-key-register.ts';
import { dynamoProjectCaps } from '../../../lambdas/ledger/adapters/dynamo-project-caps.ts';
import { dynamoSpendLedger } from '../../../lambdas/ledger/adapters/dynamo-spend-ledger.ts';
import { shardKey } from '../../../lambdas/ledger/adapters/project-shard.ts';
import { dynamoLedgerAudit } from '../../../ops/adapters/dynamo-ledger-audit.ts';
import { reconcileProject } from '../../../ops/usecases/reconcile-project.ts';
import { holdRequest, KEY_ID, newKey, PROJECT, settlementOf } from '../../support/key-items.ts';
import { MemoryTables } from '../../support/memory-tables.ts';

const NOW = Date.UTC(2026, 10, 24, 12);
const USD = 1_000_000_000;

/** A project with a cap of $100, of which $7 are spent and $11 held. */
const cappedProject = async () => {
  const tables = new MemoryTables();
  await dynamoKeyRegister({ tables }).create(newKey({ capNanoUsd: null, nowMs: NOW - 9_000 }));
  const caps = dynamoProjectCaps({ tables, pause: async () => {}, nowMs: () => NOW });
  const cap = { capNanoUsd: 100 * USD, period: 'month' } as const;
  await caps.set(PROJECT, cap, { keyId: KEY_ID, nowMs: NOW });
  await caps.bind(PROJECT, NOW + 60_000);
  const ledger = dynamoSpendLedger({ tables });
  const held = await ledger.hold(holdRequest('one', 9 * USD, NOW));
  if (held.kind === 'held') await ledger.settle(held.hold, settlementOf('one', 7 * USD, NOW));
  await ledger.hold(holdRequest('two', 11 * USD, NOW));
  const audit = dynamoLedgerAudit({
    client: DynamoDBDocumentClient.from(new DynamoDBClient({ region: 'eu-central-1' })),
    tables,
    keysTable: 'keys',
    usageTable: 'usage',
  });
  const deps = {
    audit: { ...audit, keyIds: async () => await Promise.resolve([KEY_ID]) },
    pause: async () => {},
  };
  const add = (index: number, figure: string, by: number) =>
    tables.apply({
      kind: 'update',
      table: 'keys',
      key: shardKey(PROJECT, index),
      update: `SET ${figure} = ${figure} + :by`,
      values: { ':by': by },
    });
  return { tables, ledger, deps, add };
};

test('the counters of a cap that agree with each other and with the keys are clean', async () => {
  const { deps } = await cappedProject();
  expect(await reconcileProject(deps, PROJECT)).toEqual({
    project_id: PROJECT,
    window: '2026-11',
    cap_nano_usd: 100 * USD,
    spent_nano_usd: 7 * USD,
    held_nano_usd: 11 * USD,
    held_by_keys_nano_usd: 11 * USD,
    wrong: [],
    is_checked: true,
    is_clean: true,
  });
  expect(await reconcileProject(deps, 'project_other')).toBeNull();
});

test.each([
  ['lost money', 'available', -1, ['available is not cap - spent - held']],
  ['spend that nothing was taken for', 'spent', 5, ['available is not cap - spent - held']],
  [
    'money that is held for no call',
    'held',
    3,
    ['available is not cap - spent - held', 'the counters and the keys do not hold the same'],
  ],
  ['another allotment', 'allotted', 1, ['what a window gives the counters is not the cap']],
  ['another setting', 'revision', 1, ['the counters are not of one cap']],
])('a counter with %s is told', async (_name, figure, by, wrong) => {
  const { deps, add } = await cappedProject();
  add(0, figure, by);
  expect(await reconcileProject(deps, PROJECT)).toMatchObject({ wrong, is_clean: false });
});

test('a counter that is gone is told', async () => {
  const { tables, deps } = await cappedProject();
  tables.apply({ kind: 'delete', table: 'keys', key: shardKey(PROJECT, 15) });
  const report = await reconcileProject(deps, PROJECT);
  expect(report?.is_clean).toBe(false);
  expect(report?.wrong).toContain('15 of 16 counters are there');
});

test('a project in use is looked at again, and one that never rests is not called wrong', async () => {
  const { ledger, deps } = await cappedProject();
  let calls = 0;
  let holds = 0;
  const busy = (until: number) => ({
    ...deps,
    audit: {
      ...deps.audit,
      parts: async (keyId: string) => {
        const parts = await deps.audit.parts(keyId);
        calls += 1;
        if (calls < until) await ledger.hold(holdRequest(`more${holds++}`, USD, NOW));
        return parts;
      },
    },
  });
  expect(await reconcileProject(busy(3), PROJECT)).toMatchObject({ is_checked: true, wrong: [] });
  calls = 0;
  expect(await reconcileProject(busy(99), PROJECT)).toMatchObject({
    is_checked: false,
    is_clean: true,
    wrong: [],
  });
});
