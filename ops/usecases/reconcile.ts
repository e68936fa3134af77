import { hourOf, hourText } from '../../lambdas/ledger/adapters/usage-row.ts';
import { rollUpRetentionMs } from '../../lambdas/ledger/adapters/dynamo-usage-store.ts';
import type { UsageStore } from '../../lambdas/ledger/ports.ts';
import type { HourFigures, LedgerAudit, LedgerFigures } from '../ports.ts';
import {
  differingFigures,
  settledBefore,
  sumSettlements,
  type SettlementSums,
} from './sum-settlements.ts';

/** A stream is behind its table by a second or so; a key in use settles while it is being read. */
const LOOKS_MAX = 4;
const PAUSE_MS = 1_500;

export interface ReconcileDeps {
  readonly audit: Pick<LedgerAudit, 'figures' | 'hours' | 'events' | 'replaceHour' | 'raiseSpent'>;
  readonly usage: Pick<UsageStore, 'record'>;
  readonly nowMs: () => number;
  readonly pause: (ms: number) => Promise<void>;
}

export interface ReconcileInput {
  readonly keyId: string;
  /** Rebuild hours from usage events, and record a latest settlement that has no event. */
  readonly repair: boolean;
  /** Raise `spent` to the settlements, where a restored ledger is behind them. */
  readonly repairSpent: boolean;
}

export interface WrongHour {
  readonly hour: string;
  readonly figures: readonly string[];
  readonly repaired: boolean;
}

export interface KeyReport {
  readonly key_id: string;
  readonly window: string;
  readonly events: number;
  readonly spent_nano_usd: number;
  readonly settled_nano_usd: number;
  /** `spent` minus the settlements of the window; 0 when they agree. */
  readonly difference_nano_usd: number;
  /** `available` is not cap - spent - held. */
  readonly is_invariant_broken: boolean;
  readonly wrong_hours: readonly WrongHour[];
  readonly repairs: readonly string[];
  readonly is_clean: boolean;
}

/** Compares one key's ledger, usage events and hours; null: there is no such key. */
export const reconcileKey = async (
  deps: ReconcileDeps,
  input: ReconcileInput,
): Promise<KeyReport | null> => {
  const repairs: string[] = [];
  let look = await lookAt(deps, input.keyId);
  for (let looks = 1; look !== null && !isSettled(look) && looks < LOOKS_MAX; looks++) {
    await deps.pause(PAUSE_MS);
    look = await lookAt(deps, input.keyId);
  }
  if (look === null) return null;
  if (input.repair && look.differenceNanoUsd > 0 && look.after.last !== null)
    if (await deps.usage.record(look.after.last)) {
      repairs.push(`recorded the latest settlement, ${look.after.last.requestId}`);
      look = (await lookAt(deps, input.keyId)) ?? look;
    }
  if (input.repairSpent && look.differenceNanoUsd < 0)
    if (await deps.audit.raiseSpent(look.after, -look.differenceNanoUsd)) {
      repairs.push(`raised spent by ${-look.differenceNanoUsd} nano-USD`);
      look = (await lookAt(deps, input.keyId)) ?? look;
    }
  return await reportOf(deps, input, look, repairs);
};

interface Look {
  readonly after: LedgerFigures;
  readonly sums: SettlementSums;
  readonly settledNanoUsd: number;
  readonly differenceNanoUsd: number;
  /** Hours whose row differs and did not change while the events were read. */
  readonly wrong: ReadonlyMap<string, HourFigures | null>;
}

const isSettled = (look: Look): boolean => look.differenceNanoUsd === 0 && look.wrong.size === 0;

/**
 * Reads ledger and rows before and after the events. Spend only grows in a window, so settlements between the two
 * readings of `spent` agree with it; and a row that is the same twice holds exactly the events read in between.
 */
const lookAt = async ({ audit, nowMs }: ReconcileDeps, keyId: string): Promise<Look | null> => {
  const before = await audit.figures(keyId);
  if (before === null) return null;
  const horizonMs = hourOf(nowMs() - rollUpRetentionMs);
  const rowsBefore = await audit.hours(keyId);
  const sums = await sumSettlements(audit.events(keyId), before, horizonMs);
  const rows = await audit.hours(keyId);
  const after = (await audit.figures(keyId)) ?? before;
  const settled = sums.settledNanoUsd + settledBefore(rows, before, horizonMs);
  const wrong = new Map<string, HourFigures | null>();
  const hours = new Set([...sums.hours.keys(), ...rows.keys()]);
  for (const hour of hours) {
    if (hour < hourText(horizonMs)) continue;
    const row = rows.get(hour) ?? null;
    const isStill = isSame(row, rowsBefore.get(hour) ?? null);
    const figures = sums.hours.get(hour)?.figures ?? new Map<string, number>();
    if (isStill && differingFigures(row, figures).length > 0) wrong.set(hour, row);
  }
  return {
    after,
    sums,
    settledNanoUsd: settled,
    differenceNanoUsd: differenceOf(before, after, settled),
    wrong,
  };
};

const differenceOf = (before: LedgerFigures, after: LedgerFigures, settled: number): number => {
  if (before.window !== after.window) return 0;
  if (settled < before.spentNanoUsd) return before.spentNanoUsd - settled;
  return settled > after.spentNanoUsd ? after.spentNanoUsd - settled : 0;
};

/** Every settlement adds to `requests`. */
const isSame = (left: HourFigures | null, right: HourFigures | null): boolean =>
  left?.get('requests') === right?.get('requests') && left?.get('cost') === right?.get('cost');

const reportOf = async (
  deps: ReconcileDeps,
  input: ReconcileInput,
  look: Look,
  repairs: readonly string[],
): Promise<KeyReport> => {
  const wrongHours: WrongHour[] = [];
  for (const [hour, row] of look.wrong) {
    const sum = look.sums.hours.get(hour);
    // An hour without any event may have lost them: it is reported, and never written over.
    const repaired =
      input.repair &&
      sum !== undefined &&
      (await deps.audit.replaceHour(sum.sample, sum.figures, row));
    const figures = differingFigures(row, sum?.figures ?? new Map<string, number>());
    wrongHours.push({ hour, figures, repaired });
  }
  const { after } = look;
  const isInvariantBroken =
    after.availableNanoUsd !== after.capNanoUsd - after.spentNanoUsd - after.heldNanoUsd;
  return {
    key_id: after.keyId,
    window: after.window,
    events: look.sums.count,
    spent_nano_usd: after.spentNanoUsd,
    settled_nano_usd: look.settledNanoUsd,
    difference_nano_usd: look.differenceNanoUsd,
    is_invariant_broken: isInvariantBroken,
    wrong_hours: wrongHours,
    repairs,
    is_clean:
      look.differenceNanoUsd === 0 &&
      !isInvariantBroken &&
      wrongHours.every(({ repaired }) => repaired),
  };
};
