import { IMMEDIATE_GROUPS } from '../../lambdas/sre/domain/signal.ts';
import type { Signal } from '../../lambdas/sre/score/signals/signal.ts';
import { SIGNALS_VERSION } from '../../lambdas/sre/score/signals/shapes.ts';
import { signalsOf } from '../../lambdas/sre/score/signals/signals-of.ts';
import {
  crashReports,
  healthyShopLines,
  LOGHUB_SYSTEMS,
  loghubLines,
  severityOfLevel,
} from '../../test/support/development-data.ts';
import { shown } from '../kit/figures.ts';
import type { RowGroup } from './group.ts';

const at = (text: string, severity: number): readonly Signal[] =>
  signalsOf({ text, stack: null, severity, exceptionType: null });

const isImmediate = ({ group }: Signal): boolean => IMMEDIATE_GROUPS.includes(group);

const flagsOf = (lines: readonly string[]): number =>
  lines.filter((line) => at(line, 0).some(isImmediate)).length;

export const signals: RowGroup = {
  name: 'signals',
  about: 'recall on crash reports, flags on normal lines',
  rows: () => {
    const crashes = crashReports()
      .filter(({ title, isCorrupted }) => title !== null && !isCorrupted)
      .map(({ lines }) => flagsOf(lines));
    const seen = crashes.filter((flags) => flags > 0).length;
    const normal = [
      ...LOGHUB_SYSTEMS.flatMap(loghubLines).filter(({ isNormal }) => isNormal),
      ...healthyShopLines(),
    ];
    const flagged = normal.flatMap(({ content, level }) =>
      at(content, severityOfLevel(level)).map((signal) => ({ signal, content })),
    );
    for (const { signal, content } of flagged)
      console.error(
        `... to audit: ${signal.shape} "${signal.excerpt}" in ${content.slice(0, 200)}`,
      );
    const lines = normal.length.toLocaleString('en');
    return [
      {
        what: `crash recall, version ${SIGNALS_VERSION} of the table, ${crashes.length} reports line by line`,
        measured: shown(seen / crashes.length, 4),
        goal: '>= .98',
      },
      {
        what: `flags on ${lines} normal lines, before the audit`,
        measured: String(flagged.length),
        goal: '<= 3 false',
      },
      {
        what: `flags on ${lines} normal lines in the immediate groups`,
        measured: String(flagged.filter(({ signal }) => isImmediate(signal)).length),
        goal: '0',
      },
    ];
  },
};
