import { microsFromNanoUsd } from '../../shared/money.ts';
import type { HoldRefusal } from '../../ledger/domain/refusal.ts';
import { figuresOf, figuresView, type Settlement } from '../../ledger/domain/usage.ts';
import type { Hold } from '../../ledger/ports.ts';
import type { CompleteDeps, HeldCall } from './call-types.ts';

type Deps = Pick<CompleteDeps, 'metrics' | 'clock'>;

/** One line for each call that ended: how it went, what it cost, how much of its time was ours. */
export const recordSettlement = (
  { metrics, clock }: Deps,
  held: Pick<HeldCall, 'startedAtMs' | 'heldAtMs'> & { readonly hold: Pick<Hold, 'amountNanoUsd'> },
  settlement: Settlement,
): void => {
  const { costNanoUsd, firstTokenMs } = settlement;
  const counts = figuresView(figuresOf(settlement.tokens));
  metrics.record(
    {
      calls: 1,
      settledMicros: microsFromNanoUsd(costNanoUsd),
      addedMs: held.heldAtMs - held.startedAtMs + (clock.nowMs() - settlement.settledAtMs),
      ...(firstTokenMs === null ? {} : { firstTokenMs }),
      ...(settlement.estimated ? { estimatedSettlements: 1 } : {}),
      ...(costNanoUsd > held.hold.amountNanoUsd ? { costAboveHold: 1 } : {}),
    },
    {
      // Its own ids: whoever settles it, as a sweep, may have been called by nobody.
      facts: {
        request_id: settlement.requestId,
        key_id: settlement.keyId,
        project_id: settlement.projectId,
        model: settlement.model,
        provider: settlement.provider,
        status: settlement.status,
        input_tokens: String(counts['input_tokens'] ?? 0),
        output_tokens: String(counts['output_tokens'] ?? 0),
      },
    },
  );
};

export const recordLostSettlement = ({ metrics }: Pick<Deps, 'metrics'>): void =>
  metrics.record({ failedSettlements: 1 });

export const recordRefusal = ({ metrics }: Deps, reason: HoldRefusal, isMoney: boolean): void =>
  metrics.record({ refusedHolds: 1, ...(isMoney ? { moneyRefusals: 1 } : {}) }, { by: { reason } });

const TOO_MANY_REQUESTS = 429;

/** An answer that blames the caller is not the provider's failure; one that blames its load is. */
export const isProviderFailure = (status: number): boolean =>
  status >= 500 || status === TOO_MANY_REQUESTS;

export const recordProviderFailure = (
  { metrics }: Deps,
  { route }: Pick<HeldCall, 'route'>,
): void => metrics.record({ providerErrors: 1 }, { by: { provider: route.provider } });
