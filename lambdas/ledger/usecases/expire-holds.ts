import type { SpendLedger } from '../ports.ts';
import type { Clock, Metrics } from '../../shared/deps.ts';

const KEYS_A_RUN_MAX = 1_000;

export interface ExpireHoldsDeps {
  readonly ledger: SpendLedger;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

/** Ends every hold that is past its expiry; returns how many. A key that fails does not stop the others. */
export const expireHolds = async (deps: ExpireHoldsDeps): Promise<number> => {
  const nowMs = deps.clock.nowMs();
  let expired = 0;
  const failures: unknown[] = [];
  for (const keyId of await deps.ledger.keysToSweep(nowMs, KEYS_A_RUN_MAX)) {
    try {
      expired += await deps.ledger.expireHolds(keyId, nowMs);
    } catch (error) {
      failures.push(error);
    }
  }
  if (expired > 0) deps.metrics.record({ expiredHolds: expired });
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} keys failed`);
  return expired;
};
