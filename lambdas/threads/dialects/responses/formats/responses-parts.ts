import { parseJson } from '../../../../inference/turn/partial-json.ts';
import type {
  Block,
  ImageBlock,
  TextBlock,
  ToolResultBlock,
} from '../../../../inference/turn/turn.ts';
import { itemIdOf, type ItemPlace } from './responses-ids.ts';
import type { WireItem } from './responses-wire.ts';

/** The result of a call, wherever it ran. */
export const resultItem = (place: ItemPlace, block: ToolResultBlock): WireItem => {
  const status = block.is_error === true ? 'incomplete' : 'completed';
  const { tool_use_id: call_id, content } = block;
  if (block.form === 'tool_search') {
    const tools = typeof content === 'string' ? parseJson(content) : undefined;
    return {
      type: 'tool_search_output',
      id: itemIdOf('tso', place),
      call_id,
      execution: 'client',
      tools: Array.isArray(tools) ? tools : [],
      status,
    };
  }
  const isCustom = block.form === 'custom';
  return {
    type: isCustom ? 'custom_tool_call_output' : 'function_call_output',
    id: itemIdOf(isCustom ? 'ctco' : 'fco', place),
    call_id,
    output: typeof content === 'string' ? content : content.map(inputPart),
    status,
  };
};

const inputPart = (block: TextBlock | ImageBlock): object =>
  block.type === 'text'
    ? { type: 'input_text', text: block.text }
    : { type: 'input_image', image_url: urlOf(block), detail: 'auto' };

/** A person's blocks as parts of a message. */
export const inputParts = (blocks: readonly Block[]): readonly object[] =>
  blocks.flatMap((block) => {
    if (block.type === 'text' || block.type === 'image') return [inputPart(block)];
    if (block.type !== 'document') return [];
    const name = { filename: block.title ?? 'document' };
    return block.source.type === 'url'
      ? [{ type: 'input_file', ...name, file_url: block.source.url }]
      : [{ type: 'input_file', ...name, file_data: urlOf(block) }];
  });

const urlOf = ({ source }: Extract<Block, { readonly type: 'image' | 'document' }>): string => {
  if (source.type === 'url') return source.url;
  const data = source.type === 'text' ? Buffer.from(source.data).toString('base64') : source.data;
  return `data:${source.media_type};base64,${data}`;
};
