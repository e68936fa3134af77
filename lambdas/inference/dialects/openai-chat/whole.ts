import { foldBlocks } from '../../turn/fold-turn.ts';
import { textOfInput } from '../../turn/text-tools.ts';
import type { Block, ToolUseBlock, TurnEvent } from '../../turn/turn.ts';
import type { TokenUsage } from '../../../ledger/domain/usage.ts';
import type { AnswerEnd, AnswerFacts } from '../dialect.ts';
import type { SaidAnswer } from '../several.ts';
import {
  annotationOf,
  detailsOf,
  finishReason,
  headOf,
  isText,
  logprobsOf,
  signed,
  usageOf,
} from './answer-parts.ts';
import type { Thought } from './reasoning.ts';

/** https://platform.openai.com/docs/api-reference/chat/object */
export const wholeChat = (
  facts: AnswerFacts,
  events: readonly TurnEvent[],
  { stopReason, usage }: AnswerEnd,
): object => wholeChats(facts, [{ choice: 0, events, stopReason }], usage);

export const wholeChats = (
  facts: AnswerFacts,
  answers: readonly SaidAnswer[],
  usage: TokenUsage,
): object => ({
  ...headOf(facts),
  object: 'chat.completion',
  choices: answers.map((answer) => choiceOf(facts, answer)),
  usage: usageOf(usage),
});

const choiceOf = (facts: AnswerFacts, { choice, events, stopReason }: SaidAnswer): object => {
  const blocks = foldBlocks(events);
  const calls = blocks.flatMap((block) =>
    block.type === 'tool_use' ? [callOf(facts, block)] : [],
  );
  const message = {
    role: 'assistant',
    ...wordsOf(blocks),
    refusal: null,
    ...thoughtsIn(blocks, facts),
  };
  return {
    index: choice,
    message: calls.length === 0 ? message : { ...message, tool_calls: calls },
    logprobs: logprobsOf(
      blocks.flatMap((block) => (block.type === 'text' ? (block.logprobs ?? []) : [])),
    ),
    finish_reason: finishReason(stopReason, calls.length > 0),
  };
};

const wordsOf = (blocks: readonly Block[]): object => {
  let content = '';
  const annotations: object[] = [];
  for (const block of blocks) {
    if (block.type !== 'text') continue;
    const from = content.length;
    content += block.text;
    for (const citation of block.citations ?? [])
      annotations.push(annotationOf(citation, from, content.length));
  }
  return { content: content === '' ? null : content, annotations };
};

const thoughtsIn = (blocks: readonly Block[], { model }: AnswerFacts): object => {
  const words = blocks.flatMap((block) => (block.type === 'thinking' ? [block.thinking] : []));
  const kept = blocks.flatMap((block): readonly Thought[] =>
    block.type === 'redacted_thinking' ||
    (block.type === 'thinking' && block.signature !== undefined)
      ? [block]
      : [],
  );
  return {
    ...(words.length === 0 ? {} : { reasoning_content: words.join('') }),
    ...(kept.length === 0 ? {} : detailsOf(kept, model)),
  };
};

const callOf = (facts: AnswerFacts, block: ToolUseBlock): object =>
  isText(facts, block)
    ? {
        id: block.id,
        type: 'custom',
        custom: { name: block.name, input: textOfInput(block.input) },
      }
    : {
        id: block.id,
        type: 'function',
        function: {
          name: block.name,
          // What was cut stays as the model said it.
          arguments: block.partial_json ?? JSON.stringify(block.input),
        },
        ...signed(block),
      };
