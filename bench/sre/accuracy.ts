import { createMiner } from '../../lambdas/sre/score/templates/miner.ts';
import { LOGHUB_SYSTEMS, loghubLines } from '../../test/support/development-data.ts';
import { groupingAccuracy } from '../../test/support/grouping-accuracy.ts';
import { shown } from '../kit/figures.ts';
import type { RowGroup } from './group.ts';

/** Share of lines whose group, by the id at arrival, is exactly the true one. */
const accuracyOf = (system: string): number => {
  const miner = createMiner();
  const lines = loghubLines(system);
  return groupingAccuracy(
    lines.map(({ content }) => miner.mine(content).id),
    lines.map(({ template }) => template),
  );
};

export const accuracy: RowGroup = {
  name: 'accuracy',
  about: 'grouping accuracy of the template miner on each labelled system',
  rows: () => {
    const found = LOGHUB_SYSTEMS.map((system) => ({ system, share: accuracyOf(system) }));
    const mean = found.reduce((sum, { share }) => sum + share, 0) / found.length;
    return [
      { what: 'grouping accuracy, mean of 8 systems', measured: shown(mean, 4), goal: '>= .985' },
      ...found.map(({ system, share }) => ({
        what: `- ${system}`,
        measured: shown(share, 4),
        goal: '',
      })),
    ];
  },
};
