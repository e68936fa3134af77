import { median, quantile, shown, table } from './figures.ts';
import type { Rig } from './rig.ts';

const COUNTS = [10, 1_000, 10_000] as const;
const CALLS = 500;
const WARM_UPS = 200;

/** What a call's two writes cost while so many keys are in the table, on keys taken from all of them. */
export const measureKeyCounts = async (
  rig: Rig,
  minted: readonly string[],
  step: (text: string) => void,
): Promise<string> => {
  let keys = minted;
  const rows: (readonly string[])[] = [];
  for (const count of COUNTS) {
    const mint = Math.max(0, count - keys.length);
    const added = await rig.ledger({
      mint,
      keys: [],
      warmUps: 0,
      calls: 0,
      isCapacityAsked: false,
    });
    keys = [...keys, ...added.keys];
    step(`${count} keys are there`);
    const { holdMs, settleMs, units } = await rig.ledger({
      mint: 0,
      keys: [...keys],
      warmUps: WARM_UPS,
      calls: CALLS,
      isCapacityAsked: true,
    });
    const sum = units.reduce((total, unit) => total + unit, 0);
    rows.push([
      String(count),
      shown(median(holdMs)),
      shown(quantile(holdMs, 0.99)),
      shown(median(settleMs)),
      shown(quantile(settleMs, 0.99)),
      units.length === 0 ? 'not told' : shown(sum / CALLS),
    ]);
  }
  const head = ['keys', 'hold p50, ms', 'p99', 'settle p50, ms', 'p99', 'write units a call'];
  return table(head, rows);
};
