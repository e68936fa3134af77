import type {
  Block,
  ImageBlock,
  TextBlock,
  ToolResultBlock,
} from '../../../../inference/turn/turn.ts';
import { itemIdOf, type ItemPlace } from './responses-ids.ts';
import type { WireEvent, WireItem } from './responses-wire.ts';

export type ItemStatus = 'in_progress' | 'completed' | 'incomplete';

/** An item of an answer with its words so far. */
export interface OpenItem {
  readonly id: string;
  readonly kind: 'message' | 'reasoning' | 'function_call';
  readonly said: string;
  /** Of a thought: what its model wants back with it. */
  readonly signature: string;
  /** Of a call. */
  readonly callId: string;
  readonly name: string;
  /** Arguments of a call whose input came whole. */
  readonly whole: string;
}

/** The item that a block of an answer begins; null: the dialect knows no such item. */
export const itemOf = (place: ItemPlace, block: Block): OpenItem | null => {
  const none = { callId: '', name: '', whole: '', signature: '' };
  switch (block.type) {
    case 'text':
      return { ...none, kind: 'message', id: itemIdOf('msg', place), said: block.text };
    case 'thinking':
      return {
        ...none,
        kind: 'reasoning',
        id: itemIdOf('rs', place),
        said: block.thinking,
        signature: block.signature ?? '',
      };
    case 'tool_use':
      return {
        ...none,
        kind: 'function_call',
        id: itemIdOf('fc', place),
        said: block.partial_json ?? '',
        callId: block.id,
        name: block.name,
        whole: JSON.stringify(block.input),
      };
    default:
      return null;
  }
};

/** The item as it stands. */
export const wireItemOf = (item: OpenItem, status: ItemStatus): WireItem =>
  wireItem(item, status, [partOf(item, item.said)]);

export const addedItem = (
  item: OpenItem,
  index: number,
): { readonly wire: WireItem; readonly events: readonly WireEvent[] } => {
  const wire = wireItem({ ...item, said: '' }, 'in_progress', []);
  const events = [
    { type: 'response.output_item.added', output_index: index, item: wire },
    ...partEvents(item, index, 'added', ''),
  ];
  return {
    wire,
    events:
      item.said === '' || item.kind === 'function_call'
        ? events
        : [...events, grownItem(item, index, item.said)],
  };
};

export const grownItem = (item: OpenItem, index: number, delta: string): WireEvent => {
  const place = { item_id: item.id, output_index: index };
  switch (item.kind) {
    case 'message':
      return {
        type: 'response.output_text.delta',
        ...place,
        content_index: 0,
        delta,
        logprobs: [],
      };
    case 'reasoning':
      return { type: 'response.reasoning_summary_text.delta', ...place, summary_index: 0, delta };
    case 'function_call':
      return { type: 'response.function_call_arguments.delta', ...place, delta };
  }
};

export const doneItem = (
  item: OpenItem,
  index: number,
  status: ItemStatus,
): { readonly wire: WireItem; readonly events: readonly WireEvent[] } => {
  const wire = wireItemOf(item, status);
  const said = item.kind === 'function_call' ? argumentsOf(item) : item.said;
  return {
    wire,
    events: [
      textDone(item, index, said),
      ...partEvents(item, index, 'done', said),
      { type: 'response.output_item.done', output_index: index, item: wire },
    ],
  };
};

const textDone = (item: OpenItem, index: number, text: string): WireEvent => {
  const place = { item_id: item.id, output_index: index };
  switch (item.kind) {
    case 'message':
      return { type: 'response.output_text.done', ...place, content_index: 0, text, logprobs: [] };
    case 'reasoning':
      return { type: 'response.reasoning_summary_text.done', ...place, summary_index: 0, text };
    case 'function_call':
      return {
        type: 'response.function_call_arguments.done',
        ...place,
        name: item.name,
        arguments: text,
      };
  }
};

/** A call has no parts. */
const partEvents = (
  item: OpenItem,
  index: number,
  edge: 'added' | 'done',
  text: string,
): readonly WireEvent[] => {
  const place = { item_id: item.id, output_index: index };
  const part = partOf(item, text);
  if (item.kind === 'message')
    return [{ type: `response.content_part.${edge}`, ...place, content_index: 0, part }];
  if (item.kind === 'reasoning')
    return [{ type: `response.reasoning_summary_part.${edge}`, ...place, summary_index: 0, part }];
  return [];
};

const partOf = ({ kind }: OpenItem, text: string): object =>
  kind === 'message'
    ? { type: 'output_text', text, annotations: [], logprobs: [] }
    : { type: 'summary_text', text };

const argumentsOf = ({ said, whole }: OpenItem): string => (said === '' ? whole : said);

const wireItem = (item: OpenItem, status: ItemStatus, parts: readonly object[]): WireItem => {
  switch (item.kind) {
    case 'message':
      return { type: 'message', id: item.id, role: 'assistant', status, content: parts };
    case 'reasoning':
      return {
        type: 'reasoning',
        id: item.id,
        status,
        summary: parts,
        ...(item.signature === '' ? {} : { encrypted_content: item.signature }),
      };
    case 'function_call':
      return {
        type: 'function_call',
        id: item.id,
        call_id: item.callId,
        name: item.name,
        arguments: parts.length === 0 ? '' : argumentsOf(item),
        status,
      };
  }
};

/** The result of a call, wherever it ran. */
export const resultItem = (place: ItemPlace, block: ToolResultBlock): WireItem => ({
  type: 'function_call_output',
  id: itemIdOf('fco', place),
  call_id: block.tool_use_id,
  output: typeof block.content === 'string' ? block.content : block.content.map(inputPart),
  status: block.is_error === true ? 'incomplete' : 'completed',
});

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
