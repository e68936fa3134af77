import { ofBuilds, type Group } from '../kit/compare.ts';
import { mintKeys } from '../kit/side.ts';
import { measureWrites } from './writes.ts';

const COUNTS = [16, 1_000, 10_000] as const;
const QUICK_KEYS = 50;
/** Taken from all of them. */
const SAMPLE = 250;
const CALLS = 500;

/** Whether a call's two writes cost more while more keys are in the table. */
export const keys: Group = {
  name: 'keys',
  about: 'hold and settle by the number of keys',
  mode: 'stack',
  rounds: 1,
  isOnlyNamed: true,
  rows: COUNTS.flatMap((count) => [
    { key: `hold ${count}`, what: `hold with ${count} keys, p50, ms` },
    { key: `settle ${count}`, what: `settle with ${count} keys, p50, ms` },
  ]),
  contenders: ofBuilds(async (side, { isQuick }) => {
    const figures: Record<string, number> = {};
    const minted = [...side.keys];
    for (const count of COUNTS) {
      const wanted = isQuick ? Math.min(count, QUICK_KEYS) : count;
      minted.push(...(await mintKeys(side, wanted - minted.length)));
      const stride = Math.ceil(minted.length / SAMPLE);
      const secrets = minted.filter((_, index) => index % stride === 0);
      const batches = Math.ceil(CALLS / secrets.length);
      const { hold, settle } = await measureWrites(side, batches, { secrets, warmUps: batches });
      figures[`hold ${count}`] = hold.p50Ms;
      figures[`settle ${count}`] = settle.p50Ms;
    }
    return figures;
  }),
};
