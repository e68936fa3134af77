import type { TokenUsage } from '../../../ledger/domain/usage.ts';
import { NO_TOKENS } from '../../../ledger/domain/usage.ts';
import { foldBlocks } from '../../turn/fold-turn.ts';
import type { Block, StopReason, TurnEvent, UrlCitation } from '../../turn/turn.ts';
import type { AnswerEnd, AnswerFacts } from '../dialect.ts';
import { unsignedBy } from './signature.ts';

/** What was written so far. Blocks come one after the other, so one is open at most. */
export interface MessagesWriter {
  readonly facts: AnswerFacts;
  readonly hasCalls: boolean;
  readonly open: OpenBlock | null;
}
interface OpenBlock {
  readonly index: number;
  readonly block: Block;
  /** Something came of it: of a call its input, of a thought its signature. */
  readonly isSaid: boolean;
  /** An event of more words up to them: nearly every event is the same but for its words. */
  readonly before: string;
}
type Step = readonly [MessagesWriter, string];

/** https://platform.claude.com/docs/en/build-with-claude/streaming */
export const startEvents = (facts: AnswerFacts): MessagesWriter => ({
  facts,
  hasCalls: false,
  open: null,
});

const event = (type: string, fields: object): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;

export const stepEvents = (state: MessagesWriter, told: TurnEvent): Step => {
  switch (told.type) {
    case 'content_block_delta':
      return stepDelta(state, told.delta);
    case 'content_block_start':
      return begin(state, told.index, told.content_block);
    case 'content_block_stop':
      return close(state);
    case 'message_start': {
      const message = {
        ...headOf(state.facts),
        content: [],
        stop_reason: null,
        stop_sequence: null,
        // Counted at the end alone: `message_delta` has it.
        usage: usageOf(NO_TOKENS),
      };
      return [state, event('message_start', { message })];
    }
    case 'message_delta':
    case 'message_stop':
      return [state, ''];
  }
};

const headOf = ({ requestId, model }: AnswerFacts) => ({
  id: `msg_${requestId}`,
  type: 'message',
  role: 'assistant',
  model,
});

const begin = (state: MessagesWriter, index: number, block: Block): Step => {
  const open = { index, block, isSaid: false, before: beforeWords(index, block) };
  const hasCalls = state.hasCalls || block.type === 'tool_use';
  return [
    { ...state, hasCalls, open },
    event('content_block_start', { index, content_block: begunBlock(block) }),
  ];
};

const begunBlock = (block: Block): object => {
  switch (block.type) {
    case 'text':
      return { type: block.type, text: block.text };
    case 'thinking':
      return { type: block.type, thinking: '', signature: '' };
    case 'tool_use':
      return { ...block, input: {} };
    default:
      return block;
  }
};

/** Words come as deltas of their block's kind. */
const beforeWords = (index: number, { type }: Block): string => {
  const name = type === 'thinking' ? 'thinking' : 'text';
  return `event: content_block_delta\ndata: {"type":"content_block_delta","index":${index},"delta":{"type":"${name}_delta","${name}":`;
};

type Delta = Extract<TurnEvent, { readonly type: 'content_block_delta' }>['delta'];

const stepDelta = (state: MessagesWriter, delta: Delta): Step => {
  const { open, facts } = state;
  if (open === null) return [state, ''];
  const { index } = open;
  switch (delta.type) {
    case 'text_delta':
      return [state, `${open.before}${JSON.stringify(delta.text)}}}\n\n`];
    case 'thinking_delta':
      return [
        state,
        facts.hidesThoughts ? '' : `${open.before}${JSON.stringify(delta.thinking)}}}\n\n`,
      ];
    case 'logprobs_delta':
      return [state, ''];
    case 'citations_delta':
      return [
        state,
        event('content_block_delta', {
          index,
          delta: { type: delta.type, citation: citationOf(delta.citation) },
        }),
      ];
    case 'signature_delta':
    case 'input_json_delta':
      return [
        open.isSaid ? state : { ...state, open: { ...open, isSaid: true } },
        event('content_block_delta', { index, delta }),
      ];
  }
};

/** A call that was said at once says its input now; a thought that nobody signed, whose it is. */
const close = (state: MessagesWriter): Step => {
  const { open, facts } = state;
  if (open === null) return [state, ''];
  const { index, block, isSaid } = open;
  const last = isSaid ? null : lastDelta(block, facts.model);
  const delta = last === null ? '' : event('content_block_delta', { index, delta: last });
  return [{ ...state, open: null }, `${delta}${event('content_block_stop', { index })}`];
};

const lastDelta = (block: Block, model: string): object | null => {
  if (block.type === 'tool_use')
    return { type: 'input_json_delta', partial_json: JSON.stringify(block.input) };
  if (block.type !== 'thinking') return null;
  return { type: 'signature_delta', signature: block.signature ?? unsignedBy(model) };
};

const citationOf = ({ url, title }: UrlCitation): object => ({
  type: 'web_search_result_location',
  url,
  title,
  cited_text: '',
  encrypted_index: '',
});

export const endEvents = ({ hasCalls }: MessagesWriter, { stopReason, usage }: AnswerEnd): string =>
  event('message_delta', {
    delta: { stop_reason: reasonOf(stopReason, hasCalls), stop_sequence: null },
    usage: usageOf(usage),
  }) + event('message_stop', {});

const reasonOf = (reason: StopReason | null, hasCalls: boolean): string => {
  if (reason === 'content_filter') return 'refusal';
  return reason ?? (hasCalls ? 'tool_use' : 'end_turn');
};

/** What was read from a cache, or written to one, stands beside the input here. */
const usageOf = (tokens: TokenUsage): object => {
  const { input, audioInput, cacheRead, cacheWrite5m, cacheWrite1h, output } = tokens;
  return {
    input_tokens: input + audioInput,
    cache_creation_input_tokens: cacheWrite5m + cacheWrite1h,
    cache_read_input_tokens: cacheRead,
    output_tokens: output,
  };
};

export const wholeMessage = (
  facts: AnswerFacts,
  events: readonly TurnEvent[],
  { stopReason, usage }: AnswerEnd,
): object => {
  const blocks = foldBlocks(events);
  const hasCalls = blocks.some(({ type }) => type === 'tool_use');
  return {
    ...headOf(facts),
    content: blocks.map((block) => wholeBlock(block, facts)),
    stop_reason: reasonOf(stopReason, hasCalls),
    stop_sequence: null,
    usage: usageOf(usage),
  };
};

const wholeBlock = (block: Block, { model, hidesThoughts }: AnswerFacts): object => {
  switch (block.type) {
    case 'text': {
      const { citations, ...words } = block;
      return citations === undefined ? words : { ...words, citations: citations.map(citationOf) };
    }
    case 'thinking':
      return {
        type: block.type,
        thinking: hidesThoughts ? '' : block.thinking,
        signature: block.signature ?? unsignedBy(model),
      };
    case 'tool_use': {
      const { partial_json: _cut, ...call } = block;
      return call;
    }
    default:
      return block;
  }
};
