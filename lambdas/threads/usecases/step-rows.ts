import type { Settlement } from '../../ledger/domain/usage.ts';
import type { RunStopReason } from '../domain/run-event.ts';
import type { AnswerStep } from '../domain/fold-steps.ts';
import type { MessageStatus, MessageStep, Run } from '../domain/thread.ts';

export interface RowFacts {
  readonly run: Run;
  /** What the model turns of this producer cost, by step. */
  readonly settlements: ReadonlyMap<number, Settlement>;
  readonly omissions: ReadonlyMap<number, MessageStep['omissions']>;
  /** Rows that earlier producers wrote: what their turns cost stays. */
  readonly known: ReadonlyMap<number, MessageStep>;
}

/** An answer that ended before its first word has its place in history all the same. */
const NOTHING: AnswerStep = {
  role: 'assistant',
  content: [],
  model: null,
  stopReason: null,
  isWhole: false,
  tools: [],
};

/** The steps of an answer as rows of history; the last one carries how the answer ended. */
export const answerSteps = (
  { run, settlements, omissions, known }: RowFacts,
  steps: readonly AnswerStep[],
  nowMs: number,
  lastStatus: MessageStatus,
  lastStop: RunStopReason | null = null,
): readonly MessageStep[] =>
  (steps.length === 0 ? [NOTHING] : steps).map((step, index, all) => {
    const settlement = settlements.get(index) ?? null;
    const row = known.get(index);
    const route = settlement === null ? row?.route : settlement.route;
    return {
      seq: run.seq,
      step: index,
      isAnswer: true,
      role: step.role,
      content: step.content,
      status: index === all.length - 1 ? lastStatus : 'complete',
      stopReason: index === all.length - 1 ? (lastStop ?? step.stopReason) : step.stopReason,
      // The name that was asked for: providers answer with dated ones, and thinking belongs to one name.
      model: step.role === 'tool' ? null : (settlement?.model ?? row?.model ?? run.settings.model),
      provider: settlement?.provider ?? row?.provider ?? null,
      usage: settlement?.tokens ?? row?.usage ?? null,
      costNanoUsd: settlement?.costNanoUsd ?? row?.costNanoUsd ?? 0,
      requestId: run.requestId,
      createdAtMs: run.createdAtMs,
      completedAtMs: nowMs,
      omissions: omissions.get(index) ?? row?.omissions ?? [],
      tools: step.tools,
      removed: [],
      ...(route === undefined ? {} : { route }),
    };
  });
