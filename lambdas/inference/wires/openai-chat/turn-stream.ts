import { likelyEvents } from '../../turn/likely-tokens.ts';
import type {
  Block,
  BlockDelta,
  Json,
  StopReason,
  TurnEvent,
  TurnRequest,
} from '../../turn/turn.ts';
import { frameError, providerFailure } from '../frames/failure.ts';
import { toolNames, type ToolNames } from '../history/tool-names.ts';
import { stopReason } from '../stop-reasons.ts';
import type { Frame } from '../wire.ts';
import type { CallPart, Choice } from './choice.ts';
import type { ChatFrame, Chunk } from './chunk.ts';
import { citationEvents, NO_CITATIONS, type CitationState } from './citations.ts';
import { logprobsIn } from './logprobs.ts';
import { isUnfinished, NO_CALLS, type CallState } from './call-state.ts';
import { callEvents, closeCalls } from './tool-calls.ts';

/** What came so far; `open` is the block of words that still grows. */
export interface ChatStream {
  readonly names: ToolNames;
  readonly phase: 'before' | 'open' | 'stopped';
  /** The one that is read, by its number: one was asked for, and some providers count from 1. */
  readonly choice: number | null;
  /** Several were asked for, so that what has another number is another one's. */
  readonly isOneOfSeveral: boolean;
  readonly open: { readonly index: number; readonly type: Words['type'] } | null;
  readonly next: number;
  readonly answerId: string;
  readonly calls: CallState;
  /** Words that came amid a call: they follow it. */
  readonly late: readonly Words[];
  readonly citations: CitationState;
  readonly refused: boolean;
  readonly reason: string | null;
}
type Step = readonly [ChatStream, readonly TurnEvent[]];
interface Words {
  readonly type: 'text' | 'thinking' | 'refusal';
  readonly text: string;
}

const NO_EVENTS: readonly TurnEvent[] = [];

export const startChat = (request: TurnRequest, choice?: number): ChatStream => ({
  names: toolNames(request),
  phase: 'before',
  choice: choice ?? null,
  isOneOfSeveral: choice !== undefined,
  open: null,
  next: 0,
  answerId: '',
  calls: NO_CALLS,
  late: [],
  citations: NO_CITATIONS,
  refused: false,
  reason: null,
});

/** https://platform.openai.com/docs/api-reference/chat-streaming: the reason is held back until `[DONE]` or the end. */
export const stepChat = (state: ChatStream, { value }: Frame<ChatFrame>): Step => {
  if (value === null || state.phase === 'stopped') return [state, NO_EVENTS];
  switch (value.type) {
    case 'chunk':
      return value.isWhole ? stepWhole(state, value) : stepChunk(state, value);
    case 'several':
      return value.frames.reduce(stepOne, [state, NO_EVENTS]);
    case 'end':
      return [
        { ...state, phase: 'stopped' },
        state.phase === 'before' ? NO_EVENTS : endEvents(state),
      ];
    case 'error':
      throw providerFailure(value.error);
    case 'unreadable':
      throw frameError(value.cause);
  }
};

const stepOne = ([state, events]: Step, value: ChatFrame): Step => {
  const [next, more] = stepChat(state, { bytes: NO_BYTES, value });
  return [next, [...events, ...more]];
};
const NO_BYTES = new Uint8Array();

export const endChat = (state: ChatStream): readonly TurnEvent[] =>
  state.phase === 'open' ? endEvents(state) : NO_EVENTS;

const stepWhole = (state: ChatStream, chunk: Chunk): Step => {
  const [said, events] = stepChunk(state, chunk);
  return [{ ...said, phase: 'stopped' }, [...events, ...endChat(said)]];
};

const stepChunk = (state: ChatStream, { id, model, choices, pages }: Chunk): Step => {
  const choice = choices.find((one) => isRead(state, one));
  if (choice === undefined) return [reasonElsewhere(state, choices), NO_EVENTS];
  const [open, events] = begin(state, choice, id, model);
  const [said, more] = addChoice(open, choice);
  const likely = choice.logprobs === null ? NO_EVENTS : logprobEvents(said, choice.logprobs);
  const [next, cited] = addCitations(said, choice, pages);
  return [
    choice.stopReason === null ? next : { ...next, reason: choice.stopReason },
    events.length + cited.length + likely.length === 0
      ? more
      : [...events, ...more, ...likely, ...cited],
  ];
};

/** The one that says something first. */
const isRead = ({ choice }: ChatStream, { index, output }: Choice): boolean =>
  choice === null ? index === 0 || (index > 0 && output !== '') : index === choice;

/** Some providers say the end of the only choice under another number than its words. */
const reasonElsewhere = (state: ChatStream, choices: readonly Choice[]): ChatStream => {
  if (state.isOneOfSeveral) return state;
  const [only, ...others] = choices;
  const isEnd = only !== undefined && others.length === 0 && only.output === '';
  return isEnd && state.reason === null ? { ...state, reason: only.stopReason } : state;
};

/** They are of the words that they came with, and of nothing else. */
const logprobEvents = ({ open }: ChatStream, value: Json): readonly TurnEvent[] => {
  const logprobs = open?.type === 'text' || open?.type === 'refusal' ? logprobsIn(value) : [];
  return open === null ? NO_EVENTS : likelyEvents(open.index, logprobs);
};

/** A citation belongs to words: one that comes before them waits. */
const addCitations = (state: ChatStream, { citations }: Choice, pages: Chunk['pages']): Step => {
  if (citations.length + pages.length + state.citations.waiting.length === 0)
    return [state, NO_EVENTS];
  const index = state.open?.type === 'text' ? state.open.index : null;
  const [next, events] = citationEvents(state.citations, [...citations, ...pages], index);
  return [{ ...state, citations: next }, events];
};

const begin = (
  state: ChatStream,
  { index, output }: Choice,
  answerId: string,
  model: string,
): Step => {
  const choice = state.choice ?? (output === '' ? null : index);
  if (state.phase !== 'before')
    return [choice === state.choice ? state : { ...state, choice }, NO_EVENTS];
  return [
    { ...state, phase: 'open', choice, answerId },
    [{ type: 'message_start', message: { role: 'assistant', model } }],
  ];
};

/** One delta may hold several kinds: reasoning comes before words, words before calls. */
const addChoice = (state: ChatStream, choice: Choice): Step => {
  const { thought, words, refusal, calls } = choice;
  // Nearly every delta is a few words that follow others.
  if (thought === '' && refusal === '' && calls.length === 0) return addText(state, 'text', words);
  const [afterThought, first] = addText(state, 'thinking', thought);
  const [afterWords, second] = addText(afterThought, 'text', words);
  const [afterRefusal, third] = addText(afterWords, 'refusal', refusal);
  const [afterCalls, fourth] = addCalls(afterRefusal, calls);
  return [
    refusal === '' ? afterCalls : { ...afterCalls, refused: true },
    [...first, ...second, ...third, ...fourth],
  ];
};

const addText = (state: ChatStream, type: Words['type'], text: string): Step => {
  if (text === '') return [state, NO_EVENTS];
  if (isUnfinished(state.calls))
    return [{ ...state, late: [...state.late, { type, text }] }, NO_EVENTS];
  const [closed, events] = closeCallsOf(state);
  const [said, more] = sayText(closed, type, text);
  return [said, events.length === 0 ? more : [...events, ...more]];
};

const sayText = (state: ChatStream, type: Words['type'], text: string): Step => {
  const delta: BlockDelta =
    type === 'thinking' ? { type: 'thinking_delta', thinking: text } : { type: 'text_delta', text };
  if (state.open?.type === type)
    return [state, [{ type: 'content_block_delta', index: state.open.index, delta }]];
  const index = state.next;
  return [
    { ...state, open: { index, type }, next: index + 1 },
    [
      ...closeOpen(state),
      {
        type: 'content_block_start',
        index,
        content_block: emptyBlock(type),
      },
      { type: 'content_block_delta', index, delta },
    ],
  ];
};

const emptyBlock = (type: Words['type']): Block => {
  if (type === 'thinking') return { type, thinking: '' };
  return { type: 'text', text: '', ...(type === 'refusal' ? { refuses: true } : {}) };
};

const addCalls = (state: ChatStream, parts: readonly CallPart[]): Step => {
  if (parts.length === 0) return [state, NO_EVENTS];
  const { calls, next, answerId, names } = state;
  const step = callEvents({ calls, next }, parts, { answerId, names });
  if (step.calls === calls) return [state, NO_EVENTS];
  return [
    { ...state, open: null, calls: step.calls, next: step.next },
    [...closeOpen(state), ...step.events],
  ];
};

/** Ends the calls that are left, and says what came amid them. */
const closeCallsOf = (state: ChatStream): Step => {
  if (state.calls.waiting.length + state.late.length === 0) return [state, NO_EVENTS];
  const { calls, next, answerId, names, late } = state;
  const step = closeCalls({ calls, next }, { answerId, names });
  const events = [...step.events];
  let now: ChatStream = { ...state, calls: step.calls, next: step.next, late: [] };
  for (const { type, text } of late) {
    const [said, more] = sayText(now, type, text);
    now = said;
    events.push(...more);
  }
  return [now, events];
};

const closeAll = (state: ChatStream): Step => {
  const [closed, events] = closeCallsOf(state);
  return [{ ...closed, open: null }, [...events, ...closeOpen(closed)]];
};

const closeOpen = ({ open }: ChatStream): readonly TurnEvent[] =>
  open === null ? NO_EVENTS : [{ type: 'content_block_stop', index: open.index }];

const endEvents = (state: ChatStream): readonly TurnEvent[] => {
  const [closed, events] = closeAll(state);
  return [
    ...events,
    { type: 'message_delta', delta: { stop_reason: reasonOf(closed) } },
    { type: 'message_stop' },
  ];
};

/** A refusal is known by its words alone. */
const reasonOf = (state: ChatStream): StopReason | null => {
  if (state.reason === null) return null;
  return state.refused ? 'refusal' : stopReason(state.reason, state.calls.over.length > 0);
};
