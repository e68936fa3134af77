import { markOf } from '../../../../inference/dialects/marked-thought.ts';
import { parseJson } from '../../../../inference/turn/partial-json.ts';
import { allTokens } from '../../../../inference/turn/likely-tokens.ts';
import type { TokenLogprob, UrlCitation } from '../../../../inference/turn/turn.ts';
import { textOfInput, textSoFar } from '../../../../inference/turn/text-tools.ts';
import type { OpenItem } from './open-item.ts';
import { sealSummary } from './responses-compaction.ts';
import { eventLogprobs, partLogprobs } from './responses-logprobs.ts';
import type { WireEvent, WireItem } from './responses-wire.ts';

export type ItemStatus = 'in_progress' | 'completed' | 'incomplete';

/** The item as it stands. */
export const wireItemOf = (item: OpenItem, status: ItemStatus): WireItem =>
  wireItem(item, status, item.sealed === null ? [partOf(item)] : []);

export const addItem = (
  item: OpenItem,
  index: number,
): { readonly wire: WireItem; readonly events: readonly WireEvent[] } => {
  const empty = { ...item, text: '', citations: [] };
  const wire = wireItem(empty, 'in_progress', []);
  const isToldInPieces = item.kind === 'message' || item.kind === 'reasoning';
  return {
    wire,
    events: [
      { type: 'response.output_item.added', output_index: index, item: wire },
      ...partEvents(empty, index, 'added'),
      ...(item.text !== '' && isToldInPieces ? growItem(empty, index, item.text) : []),
      ...item.citations.map((citation, at) =>
        citeItem({ ...item, citations: item.citations.slice(0, at) }, index, citation),
      ),
    ],
  };
};

/** One more page that an item leans on; `item` is as it was before it. */
export const citeItem = (item: OpenItem, index: number, citation: UrlCitation): WireEvent => ({
  type: 'response.output_text.annotation.added',
  item_id: item.id,
  output_index: index,
  content_index: 0,
  annotation_index: item.citations.length,
  annotation: annotationOf(citation, item.text),
});

/** A page without a place stands for all of the words. */
const annotationOf = (citation: UrlCitation, text: string): object => ({
  start_index: 0,
  end_index: text.length,
  ...citation,
});

/** What carries the words of an item that nothing was told of. */
export const tellWords = (item: OpenItem, index: number): readonly WireEvent[] =>
  item.untold === '' ? [] : growItem(item, index, item.untold);

/** What carries more words of an item, and how likely they are; `item` is as it was before them. */
export const growItem = (
  item: OpenItem,
  index: number,
  words: string,
  tokens: readonly TokenLogprob[] = [],
): readonly WireEvent[] => {
  const place = { item_id: item.id, output_index: index };
  switch (item.kind) {
    case 'message':
      if (item.refuses)
        return [{ type: 'response.refusal.delta', ...place, content_index: 0, delta: words }];
      return [
        {
          type: 'response.output_text.delta',
          ...place,
          content_index: 0,
          delta: words,
          logprobs: eventLogprobs(tokens),
        },
      ];
    case 'reasoning':
      return [
        {
          type: 'response.reasoning_summary_text.delta',
          ...place,
          summary_index: 0,
          delta: words,
        },
      ];
    case 'function_call':
      return [{ type: 'response.function_call_arguments.delta', ...place, delta: words }];
    case 'custom_tool_call': {
      const delta = textSoFar(item.text + words).slice(textSoFar(item.text).length);
      return delta === ''
        ? []
        : [{ type: 'response.custom_tool_call_input.delta', ...place, delta }];
    }
    case 'tool_search_call':
    case 'compaction':
      return [];
  }
};

export const closeItem = (
  item: OpenItem,
  index: number,
  status: ItemStatus,
): { readonly wire: WireItem; readonly events: readonly WireEvent[] } => {
  const wire = wireItemOf(item, isCut(item) ? 'incomplete' : status);
  return {
    wire,
    events: [
      ...tellWords(item, index),
      ...textDone(item, index),
      ...partEvents(item, index, 'done'),
      { type: 'response.output_item.done', output_index: index, item: wire },
    ],
  };
};

const textDone = (item: OpenItem, index: number): readonly WireEvent[] => {
  const place = { item_id: item.id, output_index: index };
  const { text } = item;
  switch (item.kind) {
    case 'message':
      if (item.refuses)
        return [{ type: 'response.refusal.done', ...place, content_index: 0, refusal: text }];
      return [
        {
          type: 'response.output_text.done',
          ...place,
          content_index: 0,
          text,
          logprobs: eventLogprobs(allTokens(item.tokens)),
        },
      ];
    case 'reasoning':
      return item.sealed === null
        ? [{ type: 'response.reasoning_summary_text.done', ...place, summary_index: 0, text }]
        : [];
    case 'function_call':
      return [
        {
          type: 'response.function_call_arguments.done',
          ...place,
          name: item.called.name,
          arguments: argumentsOf(item),
        },
      ];
    case 'custom_tool_call':
      return [{ type: 'response.custom_tool_call_input.done', ...place, input: customInput(item) }];
    case 'tool_search_call':
    case 'compaction':
      return [];
  }
};

/** A call has no parts, nor has what is sealed. */
const partEvents = (
  item: OpenItem,
  index: number,
  edge: 'added' | 'done',
): readonly WireEvent[] => {
  const place = { item_id: item.id, output_index: index };
  const part = partOf(item);
  if (item.kind === 'message')
    return [{ type: `response.content_part.${edge}`, ...place, content_index: 0, part }];
  if (item.kind === 'reasoning' && item.sealed === null)
    return [{ type: `response.reasoning_summary_part.${edge}`, ...place, summary_index: 0, part }];
  return [];
};

const partOf = ({ kind, text, refuses, citations, tokens }: OpenItem): object => {
  if (kind !== 'message') return { type: 'summary_text', text };
  if (refuses) return { type: 'refusal', refusal: text };
  return {
    type: 'output_text',
    text,
    annotations: citations.map((citation) => annotationOf(citation, text)),
    logprobs: partLogprobs(tokens),
  };
};

const argumentsOf = ({ text, whole }: OpenItem): string => (text === '' ? whole : text);

/** A call whose input never became whole JSON is not to be run, though its model ended it. */
const isCut = (item: OpenItem): boolean =>
  item.callId !== '' && parseJson(argumentsOf(item)) === undefined;

const customInput = (item: OpenItem): string => {
  const input = parseJson(argumentsOf(item));
  return input === undefined ? textSoFar(item.text) : textOfInput(input);
};

/** A client that stores nothing sends a thought back to whichever model it asks next: its own model alone gets it. */
const sealOf = ({ signature, sealed, writer }: OpenItem): string => {
  if (writer === null) return signature;
  return sealed === null
    ? markOf({ type: 'thinking', thinking: '', signature }, writer, false)
    : markOf({ type: 'redacted_thinking', data: sealed }, writer, true);
};

/** `parts`: none of an item that has just begun. */
const wireItem = (item: OpenItem, status: ItemStatus, parts: readonly object[]): WireItem => {
  const { id, callId, called } = item;
  const isBegun = parts.length === 0;
  switch (item.kind) {
    case 'message':
      return { type: 'message', id, role: 'assistant', status, content: parts };
    case 'reasoning':
      return {
        type: 'reasoning',
        id,
        status,
        summary: parts,
        ...(item.signature === '' && item.sealed === null
          ? {}
          : { encrypted_content: sealOf(item) }),
      };
    case 'compaction':
      return { type: 'compaction', id, encrypted_content: sealSummary(item.text.trim()) };
    case 'function_call':
      return {
        type: 'function_call',
        id,
        call_id: callId,
        ...called,
        arguments: isBegun ? '' : argumentsOf(item),
        status,
      };
    case 'custom_tool_call':
      return {
        type: 'custom_tool_call',
        id,
        call_id: callId,
        ...called,
        input: isBegun ? '' : customInput(item),
        status,
      };
    case 'tool_search_call':
      return {
        type: 'tool_search_call',
        id,
        call_id: callId,
        execution: 'client',
        arguments: (isBegun ? undefined : parseJson(argumentsOf(item))) ?? {},
        status,
      };
  }
};
