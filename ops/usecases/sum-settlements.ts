import { hourAdditions, hourOf, hourText } from '../../lambdas/ledger/adapters/usage-row.ts';
import { USAGE_FIGURES, type Settlement } from '../../lambdas/ledger/domain/usage.ts';
import { windowOf } from '../../lambdas/ledger/domain/window.ts';
import type { HourFigures, LedgerFigures } from '../ports.ts';

/** What one hour's settlements add up to, and one of them (it knows the row's keys). */
export interface HourSum {
  readonly sample: Settlement;
  readonly figures: Map<string, number>;
}

export interface SettlementSums {
  /** By hour, `2026-11-24T12`. */
  readonly hours: Map<string, HourSum>;
  /** Nano-USD of the ledger's current window. */
  settledNanoUsd: number;
  count: number;
}

/** Adds up settlements as the roll-up does. Hours before `horizonMs` are left to their rows: their events may be gone. */
export const sumSettlements = async (
  settlements: AsyncIterable<Settlement>,
  ledger: LedgerFigures,
  horizonMs: number,
): Promise<SettlementSums> => {
  const sums: SettlementSums = { hours: new Map(), settledNanoUsd: 0, count: 0 };
  for await (const settlement of settlements) {
    if (settlement.settledAtMs < horizonMs) continue;
    sums.count += 1;
    if (windowOf(ledger.period, settlement.startedAtMs) === ledger.window)
      sums.settledNanoUsd += settlement.costNanoUsd;
    const hour = hourText(hourOf(settlement.settledAtMs));
    const sum = sums.hours.get(hour) ?? { sample: settlement, figures: new Map<string, number>() };
    for (const [name, value] of Object.entries(hourAdditions(settlement)))
      sum.figures.set(name, (sum.figures.get(name) ?? 0) + value);
    sums.hours.set(hour, sum);
  }
  return sums;
};

/** Nano-USD that rows from before the horizon report of a lifetime window; other windows are shorter than that. */
export const settledBefore = (
  rows: ReadonlyMap<string, HourFigures>,
  ledger: LedgerFigures,
  horizonMs: number,
): number =>
  ledger.period !== 'lifetime'
    ? 0
    : [...rows]
        .filter(([hour]) => hour < hourText(horizonMs))
        .reduce((sum, [, figures]) => sum + numberOf(figures.get('cost')), 0);

/** Figures that a row from before this release shows less of. */
const NEW = new Set(USAGE_FIGURES.filter(({ isNew }) => isNew).map(({ figure }) => figure));

/** Names of the figures in which a row differs from what its settlements add up to. */
export const differingFigures = (
  row: HourFigures | null,
  figures: ReadonlyMap<string, number>,
): readonly string[] => {
  const names = new Set([...(row?.keys() ?? []), ...figures.keys()]);
  return [...names]
    .filter((name) => {
      const stored = numberOf(row?.get(name));
      const expected = figures.get(name) ?? 0;
      // One write adds every figure of a call, so `cost` and `requests` show whether it was added.
      return row !== null && NEW.has(name.slice(name.lastIndexOf(':') + 1))
        ? stored > expected
        : stored !== expected;
    })
    .toSorted();
};

const numberOf = (value: unknown): number => (typeof value === 'number' ? value : 0);
