import { dynamoKeyRegister } from '../../lambdas/ledger/adapters/dynamo-key-register.ts';
import { dynamoProjectCaps } from '../../lambdas/ledger/adapters/dynamo-project-caps.ts';
import { dynamoSpendLedger } from '../../lambdas/ledger/adapters/dynamo-spend-ledger.ts';
import type { Tables } from '../../lambdas/platform/tables/tables.ts';
import { holdRequest, newKey, PROJECT, settlementOf } from '../support/key-items.ts';
import type { ProjectTellers } from './project-tellers.ts';
import type { Seeded } from './seeded.ts';

const USD = 1_000_000_000;
const noPause = async (): Promise<void> => {};

interface Afterwards {
  readonly random: Seeded;
  readonly tellers: ProjectTellers;
  readonly tables: Tables;
  readonly nowMs: number;
}

/** Whatever was not rolled up is, some time later; then the cap is changed by what is spent, and more is. */
export const afterwards = async ({ random, tellers, tables, nowMs }: Afterwards): Promise<void> => {
  const at = { nowMs };
  const finish = async (): Promise<void> =>
    await tellers.finish({
      tables,
      nowMs: () => at.nowMs,
      pause: async (ms) => void (at.nowMs += ms),
      turn: noPause,
    });
  await finish();
  const caps = dynamoProjectCaps({ tables, pause: noPause, nowMs: () => at.nowMs });
  const ledger = dynamoSpendLedger({ tables, pause: noPause });
  const keyId = 'key_ffffffffffffffff';
  await dynamoKeyRegister({ tables }).create(newKey({ keyId, capNanoUsd: null, nowMs: at.nowMs }));
  for (let rounds = 0; rounds < 3; rounds++) {
    const { budget } = await caps.get(PROJECT, at.nowMs);
    if (budget === null) return;
    const spent = Math.max(USD, budget.spentNanoUsd);
    const capNanoUsd = Math.floor(spent * random.pick([1.05, 1.4, 3]));
    const cap = { capNanoUsd, period: budget.period };
    await caps.set(PROJECT, cap, { keyId, nowMs: at.nowMs });
    await finish();
    const rest = Math.max(0, capNanoUsd - budget.spentNanoUsd);
    const amount = Math.min(rest, (1 + random.below(60)) * USD);
    const outcome = await ledger.hold({
      ...holdRequest(`later${rounds}`, amount, at.nowMs),
      keyId,
      expiresAtMs: at.nowMs + 60_000,
    });
    if (outcome.kind === 'held')
      await ledger.settle(outcome.hold, {
        ...settlementOf(outcome.hold.holdId, amount, at.nowMs),
        keyId,
      });
    await finish();
  }
};
