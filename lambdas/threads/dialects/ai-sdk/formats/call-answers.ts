import * as z from 'zod';
import type { ToolResultBlock } from '../../../../inference/turn/turn.ts';
import { outputContent } from '../../../domain/output-content.ts';
import { decisionOf, type ToolAnswer } from '../../../domain/tool-answer.ts';
import type { UiMessage, UiPart } from './ai-chat-body.ts';

const output = z.looseObject({
  toolCallId: z.string(),
  state: z.enum(['output-available', 'output-error']),
  output: z.json().optional(),
  errorText: z.string().nullish(),
});
const decision = z.looseObject({
  toolCallId: z.string(),
  state: z.literal('approval-responded'),
  approval: z.looseObject({ approved: z.boolean(), reason: z.string().nullish() }),
});

/** What a client or a person said to a call of an answer. */
export interface CallAnswer {
  readonly toolUseId: string;
  readonly answer: ToolAnswer;
}

/** Results and decisions, as `addToolOutput` and `addToolApprovalResponse` put them into answers. */
export const callAnswers = (messages: readonly UiMessage[]): readonly CallAnswer[] =>
  messages.flatMap(({ role, parts }) => (role === 'assistant' ? parts.flatMap(callAnswer) : []));

const callAnswer = (each: UiPart): readonly CallAnswer[] => {
  const decided = decision.safeParse(each).data;
  if (decided !== undefined) {
    const { approved, reason } = decided.approval;
    return [{ toolUseId: decided.toolCallId, answer: decisionOf(approved, reason ?? undefined) }];
  }
  const told = output.safeParse(each).data;
  if (told === undefined) return [];
  const isError = told.state === 'output-error';
  const block: ToolResultBlock = {
    type: 'tool_result',
    tool_use_id: told.toolCallId,
    content: isError ? (told.errorText ?? 'failed') : outputContent(told.output ?? null),
    ...(isError ? { is_error: true } : {}),
  };
  return [{ toolUseId: told.toolCallId, answer: { kind: 'result', block } }];
};
