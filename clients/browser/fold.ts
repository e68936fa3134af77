import type { Block, Delta, RunEnded, RunEvent } from './types.ts';

/** The message so far, as a fold of its run's events; start with `NOTHING`. */
export interface Answer {
  readonly content: readonly Block[];
  /** Where the blocks of the model turn at hand begin. */
  readonly turnAt: number;
  readonly isTurnOpen: boolean;
}

export const NOTHING: Answer = { content: [], turnAt: 0, isTurnOpen: false };

/** Adds an event. A tool's input that was cut stays text in `partial_json`; history knows its complete members. */
export const fold = (answer: Answer, event: RunEvent): Answer => {
  const { content, turnAt } = answer;
  const change = (index: number, to: (block: Block) => Block): Answer => ({
    ...answer,
    content: content.map((block, at) => (at === turnAt + index ? to(block) : block)),
  });
  switch (event.type) {
    case 'message_start':
      return { content, turnAt: content.length, isTurnOpen: true };
    case 'message_stop':
      return { ...answer, isTurnOpen: false };
    case 'content_block_start':
      return { ...answer, content: [...content, event.content_block] };
    case 'content_block_delta':
      return change(event.index, (block) => extended(block, event.delta));
    case 'content_block_stop':
      return change(event.index, closed);
    case 'tool_result':
      return { content: [...content, event.block], turnAt, isTurnOpen: false };
    case 'run.resumed':
      return event.restart && answer.isTurnOpen
        ? { content: content.slice(0, turnAt), turnAt, isTurnOpen: false }
        : answer;
    default:
      return answer;
  }
};

const extended = (block: Block, delta: Delta): Block => {
  if (block.type === 'text' && delta.type === 'text_delta')
    return { ...block, text: block.text + delta.text };
  if (block.type === 'text' && delta.type === 'citations_delta')
    return { ...block, citations: [...(block.citations ?? []), delta.citation] };
  if (block.type === 'thinking' && delta.type === 'thinking_delta')
    return { ...block, thinking: block.thinking + delta.thinking };
  if (block.type === 'tool_use' && delta.type === 'input_json_delta')
    return { ...block, partial_json: (block.partial_json ?? '') + delta.partial_json };
  return block;
};

const closed = (block: Block): Block => {
  if (block.type !== 'tool_use' || block.partial_json === undefined) return block;
  const { partial_json: json, ...use } = block;
  try {
    return { ...use, input: JSON.parse(json) };
  } catch {
    return block;
  }
};

/** The run is over. */
export const isEnd = (event: RunEvent): event is RunEnded =>
  /^run\.(completed|incomplete|interrupted|cancelled|failed)$/.test(event.type);
