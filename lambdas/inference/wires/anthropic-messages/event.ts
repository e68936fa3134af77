import { utf8Text } from '../../../shared/utf8.ts';
import type { Block, BlockDelta, Json, UrlCitation } from '../../turn/turn.ts';
import { countOf, fieldsOf, listOf, outputOf, textOf } from '../fields.ts';
import { errorAnswered, errorIn } from '../frames/answered-error.ts';
import { jsonAnswer, jsonFrame, type Unreadable } from '../frames/json-frame.ts';
import { templateOf, textIn, type Template } from '../frames/template.ts';
import type { Frame, MeterState } from '../wire.ts';
import { toldAfter } from './usage.ts';

export type MessageFrame =
  | { readonly type: 'message_start'; readonly model: string; readonly usage: Json }
  | {
      readonly type: 'content_block_start';
      readonly index: number;
      readonly block: Block | null;
      readonly output: string;
    }
  | {
      readonly type: 'content_block_delta';
      readonly index: number;
      /** null: of a kind that is not known. */
      readonly delta: BlockDelta | null;
      readonly output: string;
    }
  | { readonly type: 'content_block_stop'; readonly index: number }
  | {
      readonly type: 'message_delta';
      readonly stopReason: string | null;
      readonly usage: Json;
    }
  | { readonly type: 'message_stop' }
  /** An answer in one body. */
  | {
      readonly type: 'message';
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

/** https://platform.claude.com/docs/en/build-with-claude/streaming */
const readEvent = (data: string): MessageFrame => jsonFrame(data, eventOf);

/** Reads the events of one stream, one after the other. */
export const eventReader = (): ((data: string) => MessageFrame) => {
  let known: { readonly template: Template; readonly frame: WordsFrame } | null = null;
  return (data) => {
    const text = known === null ? null : textIn(known.template, data);
    if (known !== null && text !== null) return withText(known.frame, text);
    const frame = readEvent(data);
    if (frame.type !== 'content_block_delta' || !isWords(frame)) return frame;
    const name = frame.delta.type === 'text_delta' ? 'text' : 'thinking';
    const template = templateOf(data, name, frame.output);
    if (template !== null) known = { template, frame };
    return frame;
  };
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

/** An answer that has words or a count is one, whatever `error` it carries beside them. */
export const readMessage = (bytes: Uint8Array): MessageFrame => {
  const value = jsonAnswer(bytes);
  const { content, usage, model, stop_reason } = fieldsOf(value);
  const output = listOf(content).map(outputOfBlock).join('');
  const counts = Object.values(fieldsOf(usage)).map(countOf);
  const isCounted = counts.some((count) => count !== null && count > 0);
  const error = output === '' && !isCounted ? errorAnswered(value) : null;
  if (error !== null) return { type: 'error', error };
  const saysNothing = output === '' && Object.keys(fieldsOf(usage)).length === 0;
  return {
    type: 'message',
    model: textOf(model),
    blocks: listOf(content).flatMap((block) => blockOf(block) ?? []),
    stopReason: textOf(stop_reason) || null,
    // Neither a count nor words that we know: all of it is counted, or it would be free.
    output: saysNothing ? utf8Text(bytes) : output,
    usage: usage ?? null,
  };
};

/** What is known after this frame. */
export const meterEvent = (state: MeterState, { value }: Frame<MessageFrame>): MeterState => {
  if (value === null || state.ended) return state;
  switch (value.type) {
    case 'message_start':
      return { ...state, told: toldAfter(state.told, value.usage, value.model) };
    case 'content_block_delta':
      return value.output === '' ? state : withWords(state, value.output);
    case 'message_delta':
      return {
        ...state,
        sawToken: true,
        told: toldAfter(state.told, value.usage, null),
        finished: state.finished || value.stopReason !== null,
      };
    case 'message':
      return {
        ...withWords(state, value.output),
        told: toldAfter(state.told, value.usage, value.model),
        ended: true,
      };
    case 'message_stop':
      return { ...state, ended: true };
    case 'error':
      return { ...state, failed: true };
    case 'content_block_start':
      return value.output === '' ? state : withWords(state, value.output);
    case 'content_block_stop':
    case 'other':
      return state;
    case 'unreadable':
      return value.output === '' ? state : withWords(state, value.output);
  }
};

const withWords = (state: MeterState, words: string): MeterState => ({
  told: state.told,
  text: state.text + words,
  sawToken: state.sawToken || words !== '',
  finished: state.finished,
  ended: state.ended,
  failed: state.failed,
});

const eventOf = (value: Json): MessageFrame => {
  const event = fieldsOf(value);
  const index = countOf(event['index']) ?? 0;
  switch (event['type']) {
    case 'content_block_delta':
      return deltaOf(index, fieldsOf(event['delta']));
    case 'message_start': {
      const { model, usage } = fieldsOf(event['message']);
      // Its output count is a placeholder: only `message_delta` says what was put out.
      const known = { ...fieldsOf(usage), output_tokens: null };
      return { type: 'message_start', model: textOf(model), usage: known };
    }
    case 'content_block_start':
      return {
        type: 'content_block_start',
        index,
        block: blockOf(event['content_block']),
        output: outputOfStart(event['content_block']),
      };
    case 'content_block_stop':
      return { type: 'content_block_stop', index };
    case 'message_delta': {
      const { stop_reason } = fieldsOf(event['delta']);
      const stopReason = textOf(stop_reason) || null;
      return { type: 'message_delta', stopReason, usage: event['usage'] ?? null };
    }
    case 'message_stop':
      return { type: 'message_stop' };
    case 'error':
      return { type: 'error', error: event['error'] ?? null };
    default: {
      const error = errorIn(value);
      return error === null ? OTHER : { type: 'error', error };
    }
  }
};

/** A block as it begins; null: of a kind that is not known. Its tool has the name that the provider knows. */
const blockOf = (value: Json | undefined): Block | null => {
  const { type, text, citations, thinking, signature, data, id, name, input } = fieldsOf(value);
  switch (type) {
    case 'text': {
      const pages = listOf(citations).flatMap(citationOf);
      return { type, text: textOf(text), ...(pages.length === 0 ? {} : { citations: pages }) };
    }
    case 'thinking': {
      const sign = textOf(signature);
      return { type, thinking: textOf(thinking), ...(sign === '' ? {} : { signature: sign }) };
    }
    case 'redacted_thinking':
      return typeof data === 'string' ? { type, data } : null;
    case 'tool_use':
      return typeof id === 'string' && typeof name === 'string'
        ? { type, id, name, input: input ?? {} }
        : null;
    default:
      return null;
  }
};

const deltaOf = (index: number, delta: Readonly<Record<string, Json>>): MessageFrame => {
  const { type, text, thinking, partial_json, signature, citation } = delta;
  const output = textOf(text ?? thinking ?? partial_json);
  return {
    type: 'content_block_delta',
    index,
    delta:
      type === 'citations_delta' ? citationDelta(citation) : blockDelta(type, output, signature),
    output,
  };
};

const blockDelta = (
  type: Json | undefined,
  output: string,
  signature: Json | undefined,
): BlockDelta | null => {
  switch (type) {
    case 'text_delta':
      return { type: 'text_delta', text: output };
    case 'thinking_delta':
      return { type: 'thinking_delta', thinking: output };
    case 'input_json_delta':
      return { type: 'input_json_delta', partial_json: output };
    case 'signature_delta':
      return typeof signature === 'string' ? { type: 'signature_delta', signature } : null;
    default:
      return null;
  }
};

const citationDelta = (value: Json | undefined): BlockDelta | null => {
  const [citation] = citationOf(value);
  return citation === undefined ? null : { type: 'citations_delta', citation };
};

/** A place in a document is no page. https://platform.claude.com/docs/en/build-with-claude/citations */
const citationOf = (value: Json | undefined): readonly UrlCitation[] => {
  const { url, source, title } = fieldsOf(value);
  const page = textOf(url) || textOf(source);
  return URL.canParse(page) ? [{ type: 'url_citation', url: page, title: textOf(title) }] : [];
};

/** What a block says as it begins: a call its name, words nearly always nothing. */
const outputOfStart = (value: Json | undefined): string => {
  const { text, thinking, name } = fieldsOf(value);
  return textOf(text ?? thinking ?? name);
};

const outputOfBlock = (value: Json): string => {
  const { text, thinking, input } = fieldsOf(value);
  return outputOf(text ?? thinking ?? input);
};
