import { describe, expect, test } from 'vitest';
import { createMiner } from '../../../../../lambdas/sre/score/templates/miner.ts';
import {
  developmentDataProblem,
  LOGHUB_SYSTEMS,
  loghubLines,
  type LabelledLine,
} from '../../../../support/development-data.ts';
import { groupingAccuracy } from '../../../../support/grouping-accuracy.ts';
import { randomOf } from '../../../../support/hostile-lines.ts';

const accuracyOf = (lines: readonly LabelledLine[]): number => {
  const miner = createMiner();
  return groupingAccuracy(
    lines.map(({ content }) => miner.mine(content).id),
    lines.map(({ template }) => template),
  );
};

const shuffled = <T>(items: readonly T[], seed: number): readonly T[] => {
  const random = randomOf(seed);
  const left = [...items];
  return Array.from({ length: items.length }, () => left.splice(random(left.length), 1)).flat();
};

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

test('the accuracy counts lines whose group is exactly right', () => {
  expect(groupingAccuracy([1, 1, 2, 3], ['a', 'a', 'b', 'b'])).toBe(0.5);
  expect(groupingAccuracy([1, 1, 1], ['a', 'a', 'b'])).toBe(0);
  expect(groupingAccuracy([5, 6, 5], ['a', 'b', 'a'])).toBe(1);
});

describe.skipIf(developmentDataProblem !== null)(
  `on labelled lines${developmentDataProblem === null ? '' : `: skipped, ${developmentDataProblem}`}`,
  () => {
    test('one configuration groups each system well, by the id at arrival', () => {
      const bySystem = LOGHUB_SYSTEMS.map(
        (system) => [system, accuracyOf(loghubLines(system))] as const,
      );
      for (const [system, accuracy] of bySystem)
        expect(accuracy, system).toBeGreaterThanOrEqual(0.94);
      expect(mean(bySystem.map(([, accuracy]) => accuracy))).toBeGreaterThanOrEqual(0.985);
    });

    test('another order of the lines changes little', () => {
      for (const seed of [1, 2, 3]) {
        const accuracies = LOGHUB_SYSTEMS.map((system) =>
          accuracyOf(shuffled(loghubLines(system), seed)),
        );
        expect(mean(accuracies), `seed ${seed}`).toBeGreaterThanOrEqual(0.975);
      }
    });

    test('a miner that reads all systems at once keeps them apart', () => {
      const lines = LOGHUB_SYSTEMS.flatMap((system) =>
        loghubLines(system).map((line) => ({ ...line, template: `${system} ${line.template}` })),
      );
      expect(accuracyOf(lines)).toBeGreaterThanOrEqual(0.98);
    });
  },
);
