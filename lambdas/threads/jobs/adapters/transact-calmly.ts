import type { Tables, Write } from '../../../platform/tables/tables.ts';
import { AppError } from '../../../shared/app-error.ts';
import type { Timers } from '../../../shared/deps.ts';

const TRIES_MAX = 12;
const PAUSE_MS = 20;

export interface CalmDeps {
  readonly tables: Tables;
  readonly timers: Timers;
  readonly random: () => number;
}

/** One transaction, tried again while it only met another one. false: a condition of it failed. */
export const transactCalmly = async (deps: CalmDeps, writes: readonly Write[]): Promise<boolean> =>
  (await transactTold(deps, writes)) === null;

/** null: it was written; else which of its writes were refused, by their places. */
export const transactTold = async (
  { tables, timers, random }: CalmDeps,
  writes: readonly Write[],
): Promise<readonly number[] | null> => {
  for (let tries = 1; tries <= TRIES_MAX; tries++) {
    const outcome = await tables.transact(writes);
    if (outcome.kind === 'written') return null;
    const refused = outcome.items.flatMap((item, place) => (item === undefined ? [] : [place]));
    if (refused.length > 0) return refused;
    await timers.sleep(Math.ceil(PAUSE_MS * tries * random()));
  }
  throw new AppError({ code: 'storage_unavailable', publicMessage: 'The job is too busy.' });
};
