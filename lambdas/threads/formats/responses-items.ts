import type { Block } from '../../inference/domain/turn.ts';

export interface WireItem {
  readonly type: string;
  readonly id: string;
  readonly [field: string]: unknown;
}
export interface WireEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}
interface ItemPlace {
  readonly id: string;
  readonly index: number;
}

/** An item that is not done, with the words so far. */
export interface OpenItem extends ItemPlace {
  readonly kind: 'message' | 'reasoning' | 'function_call';
  readonly said: string;
  /** Of a call. */
  readonly callId: string;
  readonly name: string;
  /** Arguments of a call whose input came whole. */
  readonly whole: string;
}

interface Added {
  readonly item: OpenItem;
  readonly wire: WireItem;
  readonly events: readonly WireEvent[];
}

/** The item that a block begins; null: the dialect knows no such item. */
export const addedItem = ({ id, index }: ItemPlace, block: Block): Added | null => {
  const none = { callId: '', name: '', whole: '', index };
  switch (block.type) {
    case 'text':
      return added({ ...none, kind: 'message', id, said: '' }, block.text);
    case 'thinking':
      return added({ ...none, kind: 'reasoning', id: `rs_${id}`, said: '' }, block.thinking);
    case 'tool_use':
      return added(
        {
          index,
          kind: 'function_call',
          id: `fc_${id}`,
          said: '',
          callId: block.id,
          name: block.name,
          whole: JSON.stringify(block.input),
        },
        '',
      );
    default:
      return null;
  }
};

const added = (item: OpenItem, said: string): Added => {
  const wire = wireItem(item, 'in_progress', []);
  const events = [
    { type: 'response.output_item.added', output_index: item.index, item: wire },
    ...partEvents(item, 'added', ''),
  ];
  return {
    wire,
    item: { ...item, said },
    events: said === '' ? events : [...events, grownItem(item, said)],
  };
};

export const grownItem = (item: OpenItem, delta: string): WireEvent => {
  const place = { item_id: item.id, output_index: item.index };
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
  status: 'completed' | 'incomplete',
): { readonly wire: WireItem; readonly events: readonly WireEvent[] } => {
  const said = item.kind === 'function_call' && item.said === '' ? item.whole : item.said;
  const wire = wireItem({ ...item, said }, status, [partOf(item, said)]);
  return {
    wire,
    events: [
      textDone(item, said),
      ...partEvents(item, 'done', said),
      { type: 'response.output_item.done', output_index: item.index, item: wire },
    ],
  };
};

const textDone = (item: OpenItem, text: string): WireEvent => {
  const place = { item_id: item.id, output_index: item.index };
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
const partEvents = (item: OpenItem, edge: 'added' | 'done', text: string): readonly WireEvent[] => {
  const place = { item_id: item.id, output_index: item.index };
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

const wireItem = (item: OpenItem, status: string, parts: readonly object[]): WireItem => {
  switch (item.kind) {
    case 'message':
      return { type: 'message', id: item.id, role: 'assistant', status, content: parts };
    case 'reasoning':
      return { type: 'reasoning', id: item.id, status, summary: parts };
    case 'function_call':
      return {
        type: 'function_call',
        id: item.id,
        call_id: item.callId,
        name: item.name,
        arguments: item.said,
        status,
      };
  }
};
