import { madeDays, madeFaults } from '../../test/support/sre/made-system.ts';
import { ALL, atOne, atThree, NAMED, shareOf, SURE, Trial, type Answer } from './causes.ts';
import type { Row, RowGroup } from './group.ts';

const SPANS = { ...ALL, name: 'spans alone', hasLines: false };

/** Root causes in a second system, of our own making: spans alone, and a quarter of the traces. */
export const made: RowGroup = {
  name: 'made',
  about: 'root causes of faults in a simulated system of 25 services, by spans alone',
  rows: ({ isQuick }) => {
    const found = new Trial(SPANS).run(madeDays());
    const { two, five, early, usual } = found;
    const kinds = Map.groupBy(madeFaults().entries(), ([, { kind }]) => kind);
    const strengths = Map.groupBy(madeFaults().entries(), ([, { strength }]) => strength);
    const sampled = isQuick ? null : new Trial({ ...SPANS, traces: 0.25 }).run(madeDays());
    return [
      row(`made system, spans alone: rank 1 / among three, ${two.length} faults, 2 minutes`, two),
      row('- 5 minutes, unknown onset', five),
      row('- 30 s after the onset', early),
      ...[...strengths, ...kinds].map(([kind, places]) =>
        row(
          `- of these: ${kind}`,
          places.flatMap(([place]) => two[place] ?? []),
        ),
      ),
      {
        what: `- usual windows that name somebody, of ${usual.length}; at confidence ${SURE}`,
        measured: `${shareOf(usual, ({ confidence }) => confidence >= NAMED)}; ${usual.filter(({ confidence }) => confidence >= SURE).length}`,
        goal: '',
      },
      ...(sampled === null ? [] : [row('- 25 % of the traces', sampled.two)]),
    ];
  },
};

const row = (what: string, answers: readonly Answer[]): Row => ({
  what,
  measured: `${atOne(answers)} / ${atThree(answers)}`,
  goal: '',
});
