import { createMiner } from '../score/templates/miner.ts';
import { scoreAnomaly, type Score } from '../score/composite.ts';
import { NO_EVIDENCE } from '../score/no-evidence.ts';
import { signalsOf } from '../score/signals/signals-of.ts';
import type { Signal } from '../score/signals/signal.ts';
import { ERROR, IMMEDIATE_GROUPS, WARN } from './signal.ts';
import { failureOf } from './summary.ts';

/** A line as somebody asks about it. */
export interface AskedLine {
  readonly text: string;
  readonly severity: number;
  readonly stack: string | null;
  readonly exceptionType: string | null;
}

/** What one such line would be, alone. */
export interface Explanation {
  readonly text: string;
  readonly template: string;
  readonly signals: readonly Signal[];
  /** `windowed`: it counts, and makes an anomaly together with others. */
  readonly path: 'immediate' | 'windowed' | 'none';
  readonly score: Score;
  readonly why: string;
}

/** What each line would score by itself, and why not more. Lines know nothing of one another but their templates. */
export const explainLines = (lines: readonly AskedLine[]): readonly Explanation[] => {
  const miner = createMiner();
  return lines.map((line) => {
    const signals = signalsOf(line);
    const hasImmediate = signals.some(({ group }) => IMMEDIATE_GROUPS.includes(group));
    const isImmediate = hasImmediate && line.severity >= WARN;
    const failure = failureOf({
      severity: line.severity,
      status: null,
      hasSignal: signals.length > 0,
      isImmediate: hasImmediate,
    });
    const path = isImmediate ? 'immediate' : failure === 'failing' ? 'windowed' : 'none';
    const score = scoreAnomaly({
      ...NO_EVIDENCE,
      immediate: isImmediate ? line.severity : null,
      signals,
      severity: line.severity,
      frames: framesOf(line.stack),
      exceptionType: line.exceptionType,
      failures: failure === 'failing' ? 1 : 0,
    });
    return {
      text: line.text,
      template: miner.mine(line.text).template,
      signals,
      path,
      score,
      why: whyOf(path, line, signals),
    };
  });
};

const framesOf = (stack: string | null): number =>
  stack === null ? 0 : stack.split('\n').filter((line) => line.trim() !== '').length;

const whyOf = (
  path: Explanation['path'],
  { severity }: AskedLine,
  signals: readonly Signal[],
): string => {
  const [strongest] = signals.toSorted((left, right) => right.weight - left.weight);
  const sign =
    strongest === undefined
      ? 'no sign of a failure'
      : `a sign of ${strongest.group} ("${strongest.excerpt}")`;
  switch (path) {
    case 'immediate':
      return `One such line is enough: it is ${sign}, at WARN or above.`;
    case 'windowed':
      return `It counts as a failure (${severity >= ERROR ? 'ERROR or above' : `WARN with ${sign}`}); five in ten seconds, and clearly more than usual, make an anomaly.`;
    case 'none':
      return `It counts for nothing: ${sign}, below ERROR.`;
  }
};
