import type { ToolUseBlock } from '../../inference/turn/turn.ts';
import { refusalWords, type ToolAnswer } from './tool-answer.ts';
import type { AnswerStep } from './fold-steps.ts';
import type { RunEvent } from './run-event.ts';

/** Tool calls of the latest model turn that have no result yet. */
export const openCalls = (steps: readonly AnswerStep[]): readonly ToolUseBlock[] => {
  const at = steps.findLastIndex((step) => step.role === 'assistant');
  const answered = new Set(
    steps
      .slice(at + 1)
      .flatMap((step) => step.content)
      .flatMap((block) => (block.type === 'tool_result' ? [block.tool_use_id] : [])),
  );
  return (steps[at]?.content ?? []).filter(
    (block): block is ToolUseBlock => block.type === 'tool_use' && !answered.has(block.id),
  );
};

/** What a client or a person said to a call of a run that does not continue: that is its result. null: nothing that is one. */
export const answeredResult = (use: ToolUseBlock, answer: ToolAnswer | null): RunEvent | null => {
  const event = { type: 'tool_result' as const, name: use.name, latency_ms: 0, attempts: 0 };
  if (answer?.kind === 'result') {
    const status = answer.block.is_error === true ? 'failed' : 'completed';
    return { ...event, block: answer.block, status };
  }
  if (answer === null || answer.isApproved) return null;
  const block = {
    type: 'tool_result' as const,
    tool_use_id: use.id,
    content: refusalWords(answer.reason),
    is_error: true,
  };
  return { ...event, block, status: 'denied' };
};

/** A call that nobody will run any more gets a result all the same, so that the next turn is valid. */
export const cancelledResult = (use: ToolUseBlock): RunEvent => ({
  type: 'tool_result',
  name: use.name,
  block: {
    type: 'tool_result',
    tool_use_id: use.id,
    content: 'The call was cancelled before it had a result.',
    is_error: true,
  },
  status: 'cancelled',
  latency_ms: 0,
  attempts: 0,
});
