import { statSync } from 'node:fs';
import { BEFORE, ofBuilds, type Figures, type Group } from './compare.ts';
import { functionNamed } from './side.ts';

/** Size and cold start of hot functions, each start in a fresh process with the function's own environment. */
export const bundlesOf = (entries: readonly string[], bytesMax: number): Group => ({
  name: 'bundles',
  about: 'size and cold start of the hot functions',
  mode: 'functions',
  rounds: 9,
  rows: entries.flatMap((entry) => [
    {
      key: `${entry} size`,
      what: `${entry}, bundle, KB`,
      digits: 0,
      goals: [{ max: bytesMax / 1_000 }],
    },
    {
      key: `${entry} init`,
      what: `${entry}, cold init, ms`,
      digits: 0,
      goals: [{ max: 0.7, of: BEFORE }],
    },
  ]),
  contenders: ofBuilds(async (side) => {
    const figures: Record<string, number> = {};
    for (const entry of entries) {
      const none = { warmUps: [], calls: [], concurrency: 1, kind: 'streamed' } as const;
      const { initMs } = await side.probe({ entry, ...none });
      figures[`${entry} size`] = statSync(functionNamed(side.functions, entry).bundle).size / 1_000;
      figures[`${entry} init`] = initMs;
    }
    return figures satisfies Figures;
  }),
});
