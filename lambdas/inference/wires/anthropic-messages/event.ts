import { NO_TOKENS, type TokenUsage } from '../../../ledger/domain/usage.ts';
import type { Block, BlockDelta, Json, UrlCitation } from '../../turn/turn.ts';
import { countOf, fieldsOf, listOf, outputOf, textOf } from '../fields.ts';
import { frameError } from '../frames/failure.ts';
import { jsonAnswer, jsonFrame, type Unreadable } from '../frames/json-frame.ts';
import type { Frame, MeterState } from '../wire.ts';

/** The counts that one event names; null: it names none of this kind. */
interface Counts {
  readonly input: number | null;
  readonly output: number | null;
  readonly cacheRead: number | null;
  readonly cacheWrites: number | null;
  readonly cacheWrite1h: number | null;
}

export type MessageFrame =
  | { readonly type: 'message_start'; readonly model: string; readonly counts: Counts }
  | { readonly type: 'content_block_start'; readonly index: number; readonly block: Block | null }
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
      readonly counts: Counts;
    }
  | { readonly type: 'message_stop' }
  /** An answer in one body. */
  | { readonly type: 'message'; readonly output: string; readonly counts: Counts }
  | { readonly type: 'error'; readonly error: Json }
  | { readonly type: 'other' }
  | Unreadable;

const OTHER: MessageFrame = { type: 'other' };

/** https://platform.claude.com/docs/en/build-with-claude/streaming */
export const readEvent = (data: string): MessageFrame => jsonFrame(data, eventOf);

export const readMessage = (bytes: Uint8Array): MessageFrame => {
  const { content, usage } = fieldsOf(jsonAnswer(bytes));
  return {
    type: 'message',
    output: listOf(content).map(outputOfBlock).join(''),
    counts: countsOf(usage),
  };
};

/** What is known after this frame. */
export const meterEvent = (state: MeterState, { value }: Frame<MessageFrame>): MeterState => {
  if (value === null || state.ended) return state;
  switch (value.type) {
    case 'message_start':
      return { ...state, usage: tokensAfter(state.usage, value.counts) };
    case 'content_block_delta':
      return value.output === ''
        ? state
        : { ...state, sawToken: true, text: state.text + value.output };
    case 'message_delta':
      return { ...state, sawToken: true, usage: tokensAfter(state.usage, value.counts) };
    case 'message':
      return { ...state, text: value.output, usage: tokensAfter(state.usage, value.counts) };
    case 'message_stop':
      return { ...state, ended: true };
    case 'error':
      return { ...state, failed: true };
    case 'content_block_start':
    case 'content_block_stop':
    case 'other':
      return state;
    case 'unreadable':
      throw frameError(value.cause);
  }
};

const eventOf = (value: Json): MessageFrame => {
  const event = fieldsOf(value);
  const index = countOf(event['index']) ?? 0;
  switch (event['type']) {
    case 'content_block_delta':
      return deltaOf(index, fieldsOf(event['delta']));
    case 'message_start': {
      const { model, usage } = fieldsOf(event['message']);
      // Its output count is a placeholder: only `message_delta` says what was put out.
      const counts = { ...countsOf(usage), output: 0 };
      return { type: 'message_start', model: textOf(model), counts };
    }
    case 'content_block_start':
      return { type: 'content_block_start', index, block: blockOf(event['content_block']) };
    case 'content_block_stop':
      return { type: 'content_block_stop', index };
    case 'message_delta': {
      const { stop_reason } = fieldsOf(event['delta']);
      const stopReason = textOf(stop_reason) || null;
      return { type: 'message_delta', stopReason, counts: countsOf(event['usage']) };
    }
    case 'message_stop':
      return { type: 'message_stop' };
    case 'error':
      return { type: 'error', error: event['error'] ?? null };
    default:
      return OTHER;
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

const outputOfBlock = (value: Json): string => {
  const { text, thinking, input } = fieldsOf(value);
  return outputOf(text ?? thinking ?? input);
};

const countsOf = (value: Json | undefined): Counts => {
  const usage = fieldsOf(value);
  const split = fieldsOf(usage['cache_creation']);
  return {
    input: countOf(usage['input_tokens']),
    output: countOf(usage['output_tokens']),
    cacheRead: countOf(usage['cache_read_input_tokens']),
    cacheWrites: countOf(usage['cache_creation_input_tokens']),
    cacheWrite1h: countOf(split['ephemeral_1h_input_tokens']),
  };
};

/** Later events repeat or complete the counts of `message_start`; what came in is zero while nobody says it. */
const tokensAfter = (before: TokenUsage | null, counts: Counts): TokenUsage | null => {
  if (before === null && counts.input === null && counts.output === null) return null;
  const cacheWrite1h = counts.cacheWrite1h ?? before?.cacheWrite1h ?? 0;
  return {
    ...NO_TOKENS,
    input: counts.input ?? before?.input ?? 0,
    cacheRead: counts.cacheRead ?? before?.cacheRead ?? 0,
    cacheWrite1h,
    cacheWrite5m:
      counts.cacheWrites === null
        ? (before?.cacheWrite5m ?? 0)
        : Math.max(0, counts.cacheWrites - cacheWrite1h),
    output: counts.output ?? before?.output ?? 0,
  };
};
