import { foldBlocks } from '../../inference/turn/fold-turn.ts';
import type { Block, StopReason, TurnEvent } from '../../inference/turn/turn.ts';
import type { RunEvent } from './run-event.ts';
import type { ToolTrace } from './thread.ts';

/** One step of an answer: a model's turn, or the results of its tools. */
export interface AnswerStep {
  readonly role: 'assistant' | 'tool';
  readonly content: readonly Block[];
  readonly model: string | null;
  readonly stopReason: StopReason | null;
  /** false: its producer died or was stopped before the step was over. */
  readonly isWhole: boolean;
  readonly tools: readonly ToolTrace[];
}

interface Open {
  readonly steps: readonly AnswerStep[];
  /** Events of the bracket that is open; null: none is. */
  readonly bracket: TurnEvent[] | null;
}

/** A message is the fold of its run's events: what was stored, no more and no less. */
export const foldSteps = (events: readonly RunEvent[]): readonly AnswerStep[] => {
  return closeSteps(events.reduce<Open>(step, { steps: [], bracket: null }));
};

/** A bracket that nobody closed is a step that was cut. */
const closeSteps = ({ steps, bracket }: Open): readonly AnswerStep[] =>
  bracket === null ? steps : [...steps, modelStep(bracket, false)];

const step = (open: Open, event: RunEvent): Open => {
  switch (event.type) {
    case 'message_start':
      return { ...open, bracket: [event] };
    case 'content_block_start':
    case 'content_block_delta':
    case 'content_block_stop':
    case 'message_delta':
      // Ours alone until it is closed: a copy for each delta would make a long answer cost its square.
      open.bracket?.push(event);
      return open;
    case 'message_stop':
      return open.bracket === null
        ? open
        : { steps: [...open.steps, modelStep(open.bracket, true)], bracket: null };
    case 'tool_result':
      return { steps: withResult(closeSteps(open), event), bracket: null };
    case 'run.resumed':
      return event.restart ? { ...open, bracket: null } : open;
    default:
      return open;
  }
};

const modelStep = (events: readonly TurnEvent[], isWhole: boolean): AnswerStep => {
  const start = events.find((event) => event.type === 'message_start');
  const delta = events.findLast((event) => event.type === 'message_delta');
  return {
    role: 'assistant',
    // No model is told again how likely its words were: the run's log alone has it.
    content: foldBlocks(events.filter((event) => !tellsLikelihood(event))),
    model: start?.message.model ?? null,
    stopReason: delta?.delta.stop_reason ?? null,
    isWhole,
    tools: [],
  };
};

const tellsLikelihood = (event: TurnEvent): boolean =>
  event.type === 'content_block_delta' && event.delta.type === 'logprobs_delta';

/** Results of one batch are one step. */
const withResult = (
  steps: readonly AnswerStep[],
  event: Extract<RunEvent, { readonly type: 'tool_result' }>,
): readonly AnswerStep[] => {
  const trace: ToolTrace = {
    toolUseId: event.block.tool_use_id,
    name: event.name,
    status: event.status,
    latencyMs: event.latency_ms,
    attempts: event.attempts,
  };
  const last = steps.at(-1);
  if (last?.role === 'tool')
    return [
      ...steps.slice(0, -1),
      { ...last, content: [...last.content, event.block], tools: [...last.tools, trace] },
    ];
  return [
    ...steps,
    {
      role: 'tool',
      content: [event.block],
      model: null,
      stopReason: null,
      isWhole: true,
      tools: [trace],
    },
  ];
};
