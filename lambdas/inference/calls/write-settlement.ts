import type { Settlement } from '../../ledger/domain/usage.ts';
import { recordLostSettlement, recordSettlement } from './call-metrics.ts';
import type { CompleteDeps, HeldCall } from './call-types.ts';

/** As much of a held call as the end of its hold depends on. */
type HeldMoney = Pick<HeldCall, 'hold' | 'startedAtMs' | 'heldAtMs'>;

/**
 * Ends a hold at the first of these settlements that can be made and written; returns that one, or null when the store
 * accepted none: then the hold expires at its full amount. A cost above its hold is settled and reported.
 */
export const writeSettlement = async (
  deps: CompleteDeps,
  held: HeldMoney,
  settlements: readonly (() => Settlement | Promise<Settlement>)[],
): Promise<Settlement | null> => {
  for (const make of settlements) {
    try {
      const settlement = await make();
      await deps.ledger.settle(held.hold, settlement);
      recordSettlement(deps, held, settlement);
      if (settlement.costNanoUsd > held.hold.amountNanoUsd)
        deps.report('cost above hold', { requestId: settlement.requestId });
      return settlement;
    } catch (error) {
      deps.report('settlement failed', error);
    }
  }
  recordLostSettlement(deps);
  return null;
};
