import { textSoFar } from '../../turn/text-tools.ts';
import type { Block, TokenLogprob, ToolUseBlock, TurnEvent } from '../../turn/turn.ts';
import type { AnswerEnd, AnswerFacts } from '../dialect.ts';
import {
  annotationOf,
  detailsOf,
  finishReason,
  headOf,
  isText,
  logprobsOf,
  signed,
  usageOf,
} from './answer-parts.ts';
import type { Thought } from './reasoning.ts';

/** What was written so far. Blocks come one after the other, so one is open at most. */
export interface ChatWriter {
  readonly facts: AnswerFacts;
  /** A chunk up to its delta, and after it: nearly every chunk is the same but for its words. */
  readonly before: string;
  readonly behind: string;
  readonly calls: number;
  /** Characters of the answer. */
  readonly length: number;
  readonly thoughts: readonly Thought[];
  readonly open: OpenBlock | null;
}
interface OpenBlock {
  readonly block: Block;
  /** Where its words begin. */
  readonly from: number;
  /** Of a call: its input so far, and how much of its text was shown. */
  readonly json: string;
  readonly shown: number;
  readonly thinking: string;
  readonly signature: string;
}
type Step = readonly [ChatWriter, string];

const NO_LOGPROBS = ',"logprobs":null';

/** https://platform.openai.com/docs/api-reference/chat-streaming */
export const startChunks = (facts: AnswerFacts): ChatWriter => {
  const head = JSON.stringify({ ...headOf(facts), object: 'chat.completion.chunk' });
  const usage = facts.wantsUsage ? ',"usage":null' : '';
  return {
    facts,
    before: `data: ${head.slice(0, -1)},"choices":[{"index":${facts.choice ?? 0},"delta":`,
    behind: `${NO_LOGPROBS},"finish_reason":null}]${usage}}\n\n`,
    calls: 0,
    length: 0,
    thoughts: [],
    open: null,
  };
};

const chunk = ({ before, behind }: ChatWriter, delta: object): string =>
  `${before}${JSON.stringify(delta)}${behind}`;

export const stepChunks = (state: ChatWriter, event: TurnEvent): Step => {
  switch (event.type) {
    case 'content_block_delta':
      return stepDelta(state, event.delta);
    case 'content_block_start':
      return begin(state, event.content_block);
    case 'content_block_stop':
      return close(state);
    case 'message_start':
      return [state, chunk(state, { role: 'assistant', content: '', refusal: null })];
    case 'message_delta':
    case 'message_stop':
      return [state, ''];
  }
};

const begin = (state: ChatWriter, block: Block): Step => {
  const open = { block, from: state.length, json: '', shown: 0, thinking: '', signature: '' };
  if (block.type === 'text' && block.text !== '') return addWords({ ...state, open }, block.text);
  if (block.type !== 'tool_use') return [{ ...state, open }, ''];
  const called = isText(state.facts, block)
    ? { type: 'custom', custom: { name: block.name, input: '' } }
    : { type: 'function', function: { name: block.name, arguments: '' }, ...signed(block) };
  const call = { index: state.calls, id: block.id, ...called };
  return [{ ...state, open, calls: state.calls + 1 }, chunk(state, { tool_calls: [call] })];
};

type Delta = Extract<TurnEvent, { readonly type: 'content_block_delta' }>['delta'];

const stepDelta = (state: ChatWriter, delta: Delta): Step => {
  const { open } = state;
  switch (delta.type) {
    case 'text_delta':
      return addWords(state, delta.text);
    case 'thinking_delta':
      return [
        open === null
          ? state
          : { ...state, open: { ...open, thinking: open.thinking + delta.thinking } },
        chunk(state, { reasoning_content: delta.thinking }),
      ];
    case 'signature_delta':
      return open === null
        ? [state, '']
        : [{ ...state, open: { ...open, signature: open.signature + delta.signature } }, ''];
    case 'input_json_delta':
      return open?.block.type === 'tool_use'
        ? addInput(state, open, open.block, delta.partial_json)
        : [state, ''];
    case 'logprobs_delta':
      return [state, likelyChunk(state, delta.logprobs)];
    case 'citations_delta':
      return [
        state,
        chunk(state, {
          annotations: [annotationOf(delta.citation, open?.from ?? 0, state.length)],
        }),
      ];
  }
};

/** In a chunk of their own, after the words that they are of. */
const likelyChunk = ({ before, behind }: ChatWriter, tokens: readonly TokenLogprob[]): string =>
  `${before}{},"logprobs":${JSON.stringify(logprobsOf(tokens))}${behind.slice(NO_LOGPROBS.length)}`;

const addWords = (state: ChatWriter, text: string): Step => [
  { ...state, length: state.length + text.length },
  `${state.before}{"content":${JSON.stringify(text)}}${state.behind}`,
];

const addInput = (
  state: ChatWriter,
  open: OpenBlock,
  block: ToolUseBlock,
  partial: string,
): Step => {
  const json = open.json + partial;
  const index = state.calls - 1;
  if (!isText(state.facts, block))
    return [
      { ...state, open: { ...open, json } },
      chunk(state, { tool_calls: [{ index, function: { arguments: partial } }] }),
    ];
  const text = textSoFar(json);
  const input = text.slice(open.shown);
  const next = { ...state, open: { ...open, json, shown: text.length } };
  return [next, input === '' ? '' : chunk(state, { tool_calls: [{ index, custom: { input } }] })];
};

/** A call always has arguments; a thought is told whole once it is signed, with those before it. */
const close = (state: ChatWriter): Step => {
  const { open } = state;
  const closed = { ...state, open: null };
  if (open === null) return [closed, ''];
  const { block } = open;
  if (block.type === 'tool_use' && open.json === '' && !isText(state.facts, block)) {
    const [next, text] = addInput(state, open, block, JSON.stringify(block.input));
    return [{ ...next, open: null }, text];
  }
  const thought = thoughtIn(open);
  if (thought === null) return [closed, ''];
  const thoughts = [...state.thoughts, thought];
  return [{ ...closed, thoughts }, chunk(state, detailsOf(thoughts, state.facts.model))];
};

const thoughtIn = ({ block, thinking, signature }: OpenBlock): Thought | null => {
  if (block.type === 'redacted_thinking') return block;
  if (block.type !== 'thinking') return null;
  const whole = signature === '' ? (block.signature ?? '') : signature;
  return whole === ''
    ? null
    : { type: 'thinking', thinking: block.thinking + thinking, signature: whole };
};

/** A reason first, then what was used where its caller asked for it. */
export const endChunks = (
  { facts, calls }: ChatWriter,
  { stopReason, usage, isFollowed }: AnswerEnd,
): string => {
  const head = { ...headOf(facts), object: 'chat.completion.chunk' };
  const finish_reason = finishReason(stopReason, calls > 0);
  const last = {
    ...head,
    choices: [{ index: facts.choice ?? 0, delta: {}, logprobs: null, finish_reason }],
    ...(facts.wantsUsage ? { usage: null } : {}),
  };
  if (isFollowed) return `data: ${JSON.stringify(last)}\n\n`;
  const used = facts.wantsUsage
    ? `data: ${JSON.stringify({ ...head, choices: [], usage: usageOf(usage) })}\n\n`
    : '';
  return `data: ${JSON.stringify(last)}\n\n${used}data: [DONE]\n\n`;
};
