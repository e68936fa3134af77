import type { Inventory } from './inventory.ts';
import { logBill, type LogBill, type SearchEngine } from './log-cost.ts';
import { BATCH_SHAPES, LARGE_BATCH } from './log-shape.ts';

/** Volumes of the table, with the services of one tenant that send so much. */
const VOLUMES = [
  { gbADay: 10, services: 50 },
  { gbADay: 100, services: 300 },
  { gbADay: 500, services: 1_000 },
] as const;
const DETAILED_GB_A_DAY = 500;
const ENGINES: readonly SearchEngine[] = ['scan', 'opensearch'];
const GOAL_USD: Readonly<Record<SearchEngine, number>> = { scan: 8_000, opensearch: 15_000 };
const DAYS = 365;

export interface LogYear {
  readonly volumes: readonly {
    readonly gbADay: number;
    readonly gb: number;
    readonly records: number;
  }[];
  readonly bills: readonly LogBill[];
  readonly goals: readonly { readonly bill: LogBill; readonly goalUsd: number }[];
  /** GB a day whose bill is shown line by line. */
  readonly detailed: number;
}

/** What a year of logs costs, by volume, size of batches and engine of search. */
export const logYear = (inventory: Inventory): LogYear => {
  const bills = ENGINES.flatMap((search) =>
    BATCH_SHAPES.flatMap((shape) =>
      VOLUMES.map((volume) => logBill(inventory, { ...volume, shape, search })),
    ),
  );
  return {
    volumes: VOLUMES.map(({ gbADay }) => ({
      gbADay,
      gb: gbADay * DAYS,
      records: ((gbADay * 1e9) / LARGE_BATCH.jsonBytes) * LARGE_BATCH.records * DAYS,
    })),
    bills,
    goals: bills
      .filter(({ gbADay, shape }) => gbADay === DETAILED_GB_A_DAY && shape === LARGE_BATCH)
      .map((bill) => ({ bill, goalUsd: GOAL_USD[bill.search] })),
    detailed: DETAILED_GB_A_DAY,
  };
};
