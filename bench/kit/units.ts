import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumed } from './capacity-meter.ts';
import { BEFORE, ofBuilds, type Goal, type Group } from './compare.ts';
import type { Side } from './side.ts';

/** The roll-up of usage follows the settlement by its stream: all is done when nothing was written for so long. */
const QUIET_MS = 4_000;
const LOOK_MS = 500;
const LOOKS_MAX = 240;
const NOT_MORE: Goal = { max: 1, of: BEFORE };

interface Act {
  /** `a call`, `a turn`. */
  readonly what: string;
  readonly rounds: number;
  readonly writesMax?: number;
  readonly prepare: (side: Side) => Promise<() => Promise<Response>>;
}

/** What one act writes and reads in all tables through the whole stack, by the engine's own count, and what it prints. */
export const unitsOf = ({ what, rounds, writesMax, prepare }: Act): Group => ({
  name: 'units',
  about: `write and read units of ${what}, and what it prints`,
  mode: 'metered',
  rounds,
  rows: [
    {
      key: 'writes',
      what: `write units of ${what}`,
      digits: 1,
      goals: [NOT_MORE, ...(writesMax === undefined ? [] : [{ max: writesMax }])],
    },
    { key: 'reads', what: `read units of ${what}`, digits: 1, goals: [NOT_MORE] },
    { key: 'requests', what: `requests to the tables of ${what}`, digits: 0 },
    { key: 'printed', what: `bytes of logs of ${what}, roll-up included`, digits: 0 },
  ],
  contenders: ofBuilds(async (side) => {
    const act = await prepare(side);
    await untilQuiet(side);
    const printedBefore = printedBytes(side);
    await (await act()).text();
    const consumed = await untilQuiet(side);
    const sum = (isRead: boolean): number =>
      consumed
        .filter((one) => one.isRead === isRead)
        .reduce((total, { units }) => total + units, 0);
    return {
      writes: sum(false),
      reads: sum(true),
      requests: consumed.length,
      printed: printedBytes(side) - printedBefore,
    };
  }),
});

/** What was consumed until then. */
const untilQuiet = async ({ meter }: Side): Promise<readonly Consumed[]> => {
  const consumed: Consumed[] = [];
  let quietMs = 0;
  for (let look = 0; look < LOOKS_MAX && quietMs < QUIET_MS; look++) {
    await sleep(LOOK_MS);
    const more = meter.take();
    consumed.push(...more);
    quietMs = more.some(({ isRead }) => !isRead) ? 0 : quietMs + LOOK_MS;
  }
  return consumed;
};

/** CloudWatch bills each byte that it ingests. */
const printedBytes = ({ stateDir }: Side): number => {
  const dir = join(stateDir, 'logs');
  if (!existsSync(dir)) return 0;
  return readdirSync(dir).reduce((sum, file) => sum + readFileSync(join(dir, file)).length, 0);
};
