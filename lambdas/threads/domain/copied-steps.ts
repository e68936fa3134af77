import type { MessageStep } from './thread.ts';

/**
 * Rows of whole messages as another thread has them: numbered on from there without a gap, and without the run and the
 * money that made them, so that what a thread cost is not counted twice. Where the other thread was cut is said in its own
 * numbers, so a copy does not say it.
 */
export const copiedSteps = (
  steps: readonly MessageStep[],
  afterSeq: number,
): readonly MessageStep[] => {
  const seqs = new Map([...new Set(steps.map(({ seq }) => seq))].map((seq, i) => [seq, i + 1]));
  return steps.map((step) => ({
    ...step,
    seq: afterSeq + (seqs.get(step.seq) ?? 0),
    isAnswer: false,
    usage: null,
    costNanoUsd: 0,
    omissions: step.omissions.filter(({ kind }) => kind !== 'history'),
  }));
};
