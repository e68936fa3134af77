import { describe, expect, test } from 'vitest';
import { IMMEDIATE_GROUPS } from '../../../../../lambdas/sre/domain/signal.ts';
import type { Signal } from '../../../../../lambdas/sre/score/signals/signal.ts';
import { signalsOf } from '../../../../../lambdas/sre/score/signals/signals-of.ts';
import {
  crashReports,
  developmentDataProblem,
  healthyShopLines,
  LOGHUB_SYSTEMS,
  loghubLines,
  severityOfLevel,
} from '../../../../support/development-data.ts';

const at = (text: string, severity: number): readonly Signal[] =>
  signalsOf({ text, stack: null, severity, exceptionType: null });

const isFlagged = (lines: readonly string[]): boolean =>
  lines.some((line) => at(line, 0).some(({ group }) => IMMEDIATE_GROUPS.includes(group)));

/** Read by a person: the line tells of a failure, whatever its label says. */
const TRUE_FLAGS = [/Servlet\.service\(\) .* threw exception .*No instances available for ts-/];

describe.skipIf(developmentDataProblem !== null)(
  `on labelled records${developmentDataProblem === null ? '' : `: skipped, ${developmentDataProblem}`}`,
  () => {
    test('at least 98 of 100 crash reports are seen, line by line', () => {
      const crashes = crashReports().filter(
        ({ title, isCorrupted }) => title !== null && !isCorrupted,
      );
      expect(crashes.length).toBe(364);
      const missed = crashes.filter(({ lines }) => !isFlagged(lines)).map(({ name }) => name);
      expect(missed.length / crashes.length, missed.join()).toBeLessThanOrEqual(0.02);
    });

    test('a log without a crash is not taken for one, but where a process of it did crash', () => {
      const healthy = crashReports().filter(({ title }) => title === null);
      expect(healthy.length).toBeGreaterThan(10);
      expect(healthy.filter(({ lines }) => isFlagged(lines)).map(({ name }) => name)).toEqual([
        'linux/649',
      ]);
    });

    test('of the normal lines none is flagged that tells of no failure, and none at once', () => {
      const lines = [
        ...LOGHUB_SYSTEMS.flatMap(loghubLines).filter(({ isNormal }) => isNormal),
        ...healthyShopLines(),
      ];
      expect(lines.length).toBeGreaterThan(20_000);
      const flags = lines.flatMap(({ content, level }) =>
        at(content, severityOfLevel(level)).map((signal) => ({ ...signal, content })),
      );
      expect(flags.filter(({ group }) => IMMEDIATE_GROUPS.includes(group))).toEqual([]);
      expect(
        flags.filter(({ content }) => !TRUE_FLAGS.some((known) => known.test(content))),
      ).toEqual([]);
    });
  },
);
