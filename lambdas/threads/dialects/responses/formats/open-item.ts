import type { LikelyTokens } from '../../../../inference/turn/likely-tokens.ts';
import type { Block, UrlCitation } from '../../../../inference/turn/turn.ts';
import { calledName, callKindOf, type CalledName, type CallKind } from './call-kinds.ts';
import { itemIdOf, type ItemKind, type ItemPlace } from './responses-ids.ts';

/** An item of an answer with its words so far. */
export interface OpenItem {
  readonly id: string;
  readonly kind: 'message' | 'reasoning' | 'compaction' | CallKind;
  /** Of a call: its arguments as JSON. */
  readonly text: string;
  /** Of a message: its model says that it will not answer. */
  readonly refuses: boolean;
  /** Of a message: the pages that its words lean on. */
  readonly citations: readonly UrlCitation[];
  /** Of a message that is asked how likely it is: its latest words, which wait for what is told of them. */
  readonly untold: string;
  readonly tokens: LikelyTokens | null;
  /** Of a thought: what its model wants back with it, and who that is; null: nobody knows. */
  readonly signature: string;
  readonly writer: string | null;
  /** Of a thought whose words its provider sealed: what goes back in their place. */
  readonly sealed: string | null;
  /** Of a call. */
  readonly callId: string;
  readonly called: CalledName;
  /** Arguments of a call whose input came whole. */
  readonly whole: string;
}

const CALL_IDS: Readonly<Record<CallKind, ItemKind>> = {
  function_call: 'fc',
  custom_tool_call: 'ctc',
  tool_search_call: 'tsc',
};

/** The item that a block of an answer of `writer` begins; null: the dialect knows no such item. */
export const itemOf = (
  place: ItemPlace,
  block: Block,
  writer: string | null,
  calledAs: (name: string) => CalledName = calledName,
): OpenItem | null => {
  const none = {
    callId: '',
    called: { name: '' },
    whole: '',
    signature: '',
    writer: null,
    sealed: null,
    refuses: false,
    citations: [],
    untold: '',
    tokens: null,
  };
  switch (block.type) {
    case 'text':
      return {
        ...none,
        kind: 'message',
        id: itemIdOf('msg', place),
        text: block.text,
        refuses: block.refuses === true,
        citations: block.citations ?? [],
      };
    case 'thinking':
      return {
        ...none,
        kind: 'reasoning',
        id: itemIdOf('rs', place),
        text: block.thinking,
        signature: block.signature ?? '',
        writer,
      };
    case 'redacted_thinking':
      // Nobody could be given it back.
      if (writer === null) return null;
      return {
        ...none,
        kind: 'reasoning',
        id: itemIdOf('rs', place),
        text: '',
        sealed: block.data,
        writer,
      };
    case 'tool_use': {
      const kind = callKindOf(block.form);
      return {
        ...none,
        kind,
        id: itemIdOf(CALL_IDS[kind], place),
        text: block.partial_json ?? '',
        callId: block.id,
        called: calledAs(block.name),
        whole: JSON.stringify(block.input),
      };
    }
    default:
      return null;
  }
};

/** The same of a summary that was asked for: its words are one item, and nothing else of it is shown. */
export const summaryItemOf = (place: ItemPlace, block: Block): OpenItem | null => {
  const item = block.type === 'text' ? itemOf(place, block, null) : null;
  return item === null ? null : { ...item, kind: 'compaction', id: itemIdOf('cmp', place) };
};
