import type { Block, BlockDelta, Json } from '../../turn/turn.ts';
import { countOf, fieldsOf, outputOf, textOf } from '../fields.ts';
import { errorIn } from '../frames/answered-error.ts';
import { jsonFrame, type Unreadable } from '../frames/json-frame.ts';
import { eventName, type ReadEvent } from '../frames/sse.ts';
import { templateOf, textIn, type Template } from '../frames/template.ts';
import { blockOf, citationOf, outputOfStart } from './block.ts';

export type MessageFrame =
  | {
      readonly type: 'message_start';
      readonly id: string;
      readonly model: string;
      readonly usage: Json;
    }
  | {
      readonly type: 'content_block_start';
      /** null: it says none. */
      readonly index: number | null;
      readonly block: Block | null;
      readonly output: string;
    }
  | {
      readonly type: 'content_block_delta';
      readonly index: number | null;
      /** null: of a kind that is not known. */
      readonly delta: BlockDelta | null;
      readonly output: string;
    }
  | { readonly type: 'content_block_stop'; readonly index: number | null }
  | {
      readonly type: 'message_delta';
      readonly stopReason: string | null;
      readonly usage: Json;
    }
  | { readonly type: 'message_stop' }
  /** An answer in one body. */
  | {
      readonly type: 'message';
      readonly id: string;
      readonly model: string;
      readonly blocks: readonly Block[];
      readonly stopReason: string | null;
      readonly output: string;
      readonly usage: Json;
    }
  | { readonly type: 'error'; readonly error: Json }
  | { readonly type: 'other' }
  | Unreadable;

const OTHER: MessageFrame = { type: 'other' };
const STOP: MessageFrame = { type: 'message_stop' };

/** Reads the events of one stream, one after the other. https://platform.claude.com/docs/en/build-with-claude/streaming */
export const eventReader = (): ReadEvent<MessageFrame> => {
  let known: { readonly template: Template; readonly frame: WordsFrame } | null = null;
  return (data, event) => {
    const text = known === null ? null : textIn(known.template, data);
    if (known !== null && text !== null) return withText(known.frame, text);
    const frame = readEvent(data, event);
    if (frame.type !== 'content_block_delta' || !isWords(frame)) return frame;
    const name = frame.delta.type === 'text_delta' ? 'text' : 'thinking';
    const template = templateOf(data, name, frame.output);
    if (template !== null) known = { template, frame };
    return frame;
  };
};

/** Relays end a stream as others do, and some say what an event is in its name alone. */
const readEvent: ReadEvent<MessageFrame> = (data, event) => {
  if (data.trim() === '[DONE]') return STOP;
  const frame = jsonFrame(data, (value) => {
    const fields = fieldsOf(value);
    return eventOf(value, fields, event);
  });
  return frame.type === 'unreadable' && eventName(event) === 'error'
    ? { type: 'error', error: null }
    : frame;
};

type DeltaFrame = Extract<MessageFrame, { readonly type: 'content_block_delta' }>;
type WordsFrame = DeltaFrame & {
  readonly delta: Extract<BlockDelta, { readonly type: 'text_delta' | 'thinking_delta' }>;
};

const isWords = (frame: DeltaFrame): frame is WordsFrame =>
  frame.delta?.type === 'text_delta' || frame.delta?.type === 'thinking_delta';

const withText = ({ type, index, delta }: WordsFrame, output: string): WordsFrame =>
  delta.type === 'text_delta'
    ? { type, index, delta: { type: 'text_delta', text: output }, output }
    : { type, index, delta: { type: 'thinking_delta', thinking: output }, output };

type Fields = Readonly<Record<string, Json>>;

const eventOf = (value: Json, event: Fields, bytes: Buffer): MessageFrame => {
  const type = textOf(event['type']) || eventName(bytes);
  switch (type) {
    case 'content_block_delta':
      return deltaOf(countOf(event['index']), fieldsOf(event['delta']));
    case 'message_start': {
      const { id, model, usage } = fieldsOf(event['message']);
      return { type, id: textOf(id), model: textOf(model), usage: usage ?? null };
    }
    case 'content_block_start': {
      const { content_block: block } = event;
      const index = countOf(event['index']);
      return { type, index, block: blockOf(block), output: outputOfStart(block) };
    }
    case 'content_block_stop':
      return { type, index: countOf(event['index']) };
    case 'message_delta': {
      const { stop_reason } = fieldsOf(event['delta']);
      return { type, stopReason: textOf(stop_reason) || null, usage: event['usage'] ?? null };
    }
    case 'message_stop':
      return STOP;
    case 'error':
      return { type, error: event['error'] ?? value };
    default: {
      const error = errorIn(value) ?? (eventName(bytes) === 'error' ? value : null);
      return error === null ? OTHER : { type: 'error', error };
    }
  }
};

/** A delta says its words where its type says, whatever stands in the places of others. */
const deltaOf = (index: number | null, fields: Fields): MessageFrame => {
  const { text, thinking, partial_json, signature, citation, content } = fields;
  const words = textOf(text);
  const thought = textOf(thinking);
  const json = outputOf(partial_json);
  const any = words || thought || json || textOf(content);
  const of = (delta: BlockDelta | null, output: string): MessageFrame => ({
    type: 'content_block_delta',
    index,
    delta,
    output,
  });
  switch (fields['type'] ?? typeOf(fields)) {
    case 'text_delta':
      return of({ type: 'text_delta', text: words || any }, words || any);
    case 'thinking_delta':
      return of({ type: 'thinking_delta', thinking: thought || any }, thought || any);
    case 'input_json_delta':
      return of({ type: 'input_json_delta', partial_json: json || any }, json || any);
    case 'signature_delta':
      return of(typeof signature === 'string' ? { type: 'signature_delta', signature } : null, any);
    case 'citations_delta': {
      const [page] = citationOf(citation);
      return of(page === undefined ? null : { type: 'citations_delta', citation: page }, any);
    }
    default:
      return of(null, any);
  }
};

/** The type of a delta that does not say it. */
const typeOf = ({ partial_json, thinking, text }: Fields): string => {
  if (partial_json !== undefined) return 'input_json_delta';
  if (thinking !== undefined) return 'thinking_delta';
  return text === undefined ? '' : 'text_delta';
};
