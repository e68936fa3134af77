import { unreachable } from '../../shared/assert.ts';
import { completeMembers, toolInput } from './partial-json.ts';
import { wholeEscapes } from '../../shared/characters.ts';
import type { Block, BlockDelta, TokenLogprob, ToolUseBlock, TurnEvent } from './turn.ts';

/** A block that grows; `json` is the tool input so far, as text. */
interface OpenBlock {
  block: Block;
  json: string;
  /** Of a text: very many, so they are put into the block once. */
  readonly logprobs: TokenLogprob[];
}

/**
 * The blocks that a turn's events make, in the order in which they began; events of several brackets follow each other.
 * Works on any prefix: a block that was cut keeps its text, a tool input that was cut, or is no object, keeps its complete
 * members and is marked by `partial_json`. Events of unknown blocks are ignored.
 */
export const foldBlocks = (events: readonly TurnEvent[]): readonly Block[] => {
  const blocks: OpenBlock[] = [];
  const byIndex = new Map<number, OpenBlock>();
  for (const event of events) {
    if (event.type === 'message_start') byIndex.clear();
    else if (event.type === 'content_block_start') {
      const open = { block: event.content_block, json: '', logprobs: [] };
      blocks.push(open);
      byIndex.set(event.index, open);
    } else if (event.type === 'content_block_delta') {
      const open = byIndex.get(event.index);
      if (open !== undefined) extend(open, event.delta);
    } else if (event.type === 'content_block_stop') byIndex.delete(event.index);
  }
  return blocks.map(({ block, json, logprobs }) => {
    if (block.type === 'tool_use' && json.trim() !== '') return withInput(block, json);
    return block.type === 'text' && logprobs.length > 0 ? { ...block, logprobs } : block;
  });
};

const extend = (open: OpenBlock, delta: BlockDelta): void => {
  const { block } = open;
  switch (delta.type) {
    case 'text_delta':
      if (block.type === 'text') open.block = { ...block, text: block.text + delta.text };
      return;
    case 'input_json_delta':
      open.json += delta.partial_json;
      return;
    case 'thinking_delta':
      if (block.type === 'thinking')
        open.block = { ...block, thinking: block.thinking + delta.thinking };
      return;
    case 'signature_delta':
      if (block.type === 'thinking')
        open.block = { ...block, signature: (block.signature ?? '') + delta.signature };
      return;
    case 'citations_delta':
      if (block.type === 'text')
        open.block = { ...block, citations: [...(block.citations ?? []), delta.citation] };
      return;
    case 'logprobs_delta':
      for (const token of delta.logprobs) open.logprobs.push(token);
      return;
    default:
      unreachable(delta);
  }
};

const withInput = (block: ToolUseBlock, json: string): ToolUseBlock => {
  const input = toolInput(json);
  return input === null
    ? { ...block, input: completeMembers(wholeEscapes(json)), partial_json: json }
    : { ...block, input };
};
