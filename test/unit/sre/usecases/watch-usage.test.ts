import { expect, test } from 'vitest';
import { dynamoKeyRegister } from '../../../../lambdas/ledger/adapters/dynamo-key-register.ts';
import { dynamoUsageStore } from '../../../../lambdas/ledger/adapters/dynamo-usage-store.ts';
import { tableAnomalyBook } from '../../../../lambdas/sre/adapters/table-anomaly-book.ts';
import { watchUsage } from '../../../../lambdas/sre/usecases/watch-usage.ts';
import { newKey, PROJECT, settlementOf } from '../../../support/key-items.ts';
import { MemoryTables } from '../../../support/memory-tables.ts';

const HOUR_MS = 3_600_000;
const HOUR = Date.UTC(2026, 10, 30, 12);
const LOUD = 'key_loudloudloudloud';

test('a key whose spend leaves its cohort is told of once an hour, from the rows of the ledger', async () => {
  const tables = new MemoryTables();
  const usage = dynamoUsageStore({ tables });
  const keys = dynamoKeyRegister({ tables });
  const names = [LOUD, ...Array.from({ length: 9 }, (_, index) => `key_${index}aaaaaaaaaaaaaaa`)];
  for (const keyId of names) {
    await keys.create(newKey({ keyId, secretHash: keyId, profile: { cohort: { plan: 'free' } } }));
    for (let back = 1; back <= 8; back++) {
      const settledAtMs = HOUR - back * HOUR_MS;
      await usage.record({ ...settlementOf(`${keyId}${back}`, 1e8, settledAtMs), keyId });
    }
  }
  await usage.record({ ...settlementOf('now', 3e9, HOUR + 1_000), keyId: LOUD });
  let nowMs = HOUR + 60_000;
  const anomalies = tableAnomalyBook({ tables });
  const deps = { usage, keys, anomalies, clock: { nowMs: () => nowMs } };
  const [anomaly] = await watchUsage(deps, { projectId: PROJECT });
  expect(anomaly).toMatchObject({ kind: 'spend', source: { service: LOUD } });
  expect(await anomalies.get(PROJECT, anomaly?.id ?? '')).toEqual(anomaly);
  nowMs += 600_000;
  expect(await watchUsage(deps, { projectId: PROJECT })).toEqual([]);
  nowMs = HOUR + HOUR_MS + 60_000;
  expect(await watchUsage(deps, { projectId: PROJECT })).toEqual([]);
  await usage.record({ ...settlementOf('then', 3e9, HOUR + HOUR_MS), keyId: LOUD });
  expect(await watchUsage(deps, { projectId: PROJECT })).toHaveLength(1);
});
