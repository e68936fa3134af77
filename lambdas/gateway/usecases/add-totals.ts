import type { UsageTotals } from '../../ledger/ports.ts';

export const NO_USAGE: UsageTotals = {
  costNanoUsd: 0n,
  requestCount: 0,
  errorCount: 0,
  counts: {},
};

export const addTotals = (left: UsageTotals, right: UsageTotals): UsageTotals => ({
  costNanoUsd: left.costNanoUsd + right.costNanoUsd,
  requestCount: left.requestCount + right.requestCount,
  errorCount: left.errorCount + right.errorCount,
  counts: addFigures(left.counts, right.counts),
});

/** Every row has every figure, so those of the right are all. */
const addFigures = (
  left: UsageTotals['counts'],
  right: UsageTotals['counts'],
): UsageTotals['counts'] =>
  Object.fromEntries(
    Object.keys(right).map((figure) => [figure, (left[figure] ?? 0) + (right[figure] ?? 0)]),
  );
