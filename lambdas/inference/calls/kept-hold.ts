import type { Settlement } from '../../ledger/domain/usage.ts';
import type { Hold } from '../../ledger/ports.ts';
import { recordLostSettlement } from './call-metrics.ts';
import type { CompleteDeps } from './call-types.ts';

/** A hold whose try failed before its first token: it stands, and what would end it is known. */
export interface KeptHold {
  readonly hold: Hold;
  /** Nothing where no provider billed; else what it may have cost. */
  readonly settlement: Settlement;
  /** Tells the operator of the settlement, once it is written. */
  readonly record: () => void;
}

/** One try of a call that another one may follow. */
export interface KeptTry {
  readonly deps: CompleteDeps;
  /** null: nothing failed so far, or what failed has been settled. */
  kept(): KeptHold | null;
  /** From now on the answer is the caller's: it settles as any other. */
  commit(): void;
}

/**
 * Keeps the hold of a try that fails, for the next one to take over. Until it is committed, a settlement of a failure is kept
 * in the place of being written; every other one is written as ever. Who never takes it over ends it with `endKept`.
 */
export const keepHold = (deps: CompleteDeps): KeptTry => {
  let kept: Omit<KeptHold, 'record'> | null = null;
  let isCommitted = false;
  const records: (() => void)[] = [];
  return {
    deps: {
      ...deps,
      ledger: {
        ...deps.ledger,
        settle: async (hold, settlement) => {
          const { status } = settlement;
          if (isCommitted || (status !== 'released' && status !== 'provider_error'))
            return await deps.ledger.settle(hold, settlement);
          kept = { hold, settlement };
          return { kind: 'settled' };
        },
      },
      metrics: {
        record: (figures, about) => {
          if (kept === null || isCommitted || figures.calls === undefined)
            deps.metrics.record(figures, about);
          else records.push(() => deps.metrics.record(figures, about));
        },
      },
    },
    kept: () =>
      kept === null
        ? null
        : {
            ...kept,
            record: () => {
              for (const record of records.splice(0)) record();
            },
          },
    commit: () => {
      isCommitted = true;
    },
  };
};

/** Ends a kept hold for good. Should the store not accept it, the hold expires at its full amount. */
export const endKept = async (
  deps: Pick<CompleteDeps, 'ledger' | 'report' | 'metrics'>,
  { hold, settlement, record }: KeptHold,
): Promise<void> => {
  try {
    await deps.ledger.settle(hold, settlement);
    record();
  } catch (error) {
    deps.report('settlement failed', error);
    recordLostSettlement(deps);
  }
};
