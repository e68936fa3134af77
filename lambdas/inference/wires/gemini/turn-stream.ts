import { likelyEvents } from '../../turn/likely-tokens.ts';
import type { BlockDelta, StopReason, TurnEvent, TurnRequest } from '../../turn/turn.ts';
import { frameError, providerFailure } from '../frames/failure.ts';
import { toolNames, type ToolNames } from '../history/tool-names.ts';
import { isBrokenOff, stopReason } from '../stop-reasons.ts';
import type { Frame } from '../wire.ts';
import type { Answer, GeminiFrame, Part } from './answer.ts';
import { logprobsIn } from './logprobs.ts';

/** What came so far; `open` is the block that still grows. */
export interface GeminiStream {
  readonly names: ToolNames;
  /** The candidate that is read. */
  readonly choice: number;
  readonly phase: 'before' | 'open' | 'stopped';
  readonly answerId: string;
  readonly open: { readonly index: number; readonly type: 'text' | 'thinking' } | null;
  readonly next: number;
  readonly hasCalls: boolean;
  readonly reason: StopReason | null;
}
type Step = readonly [GeminiStream, readonly TurnEvent[]];

const NO_EVENTS: readonly TurnEvent[] = [];
const NO_BYTES = new Uint8Array();

export const startAnswer = (request: TurnRequest, choice = 0): GeminiStream => ({
  names: toolNames(request),
  choice,
  phase: 'before',
  answerId: '',
  open: null,
  next: 0,
  hasCalls: false,
  reason: null,
});

/** https://ai.google.dev/api/generate-content: a candidate's reason is held back until the end. */
export const stepAnswer = (state: GeminiStream, { value }: Frame<GeminiFrame>): Step => {
  if (value === null || state.phase === 'stopped') return [state, NO_EVENTS];
  switch (value.type) {
    case 'answer':
      return stepChunk(state, value);
    case 'whole': {
      const events: TurnEvent[] = [];
      let now = state;
      for (const frame of value.frames) {
        const [next, more] = stepAnswer(now, { bytes: NO_BYTES, value: frame });
        now = next;
        events.push(...more);
      }
      return [{ ...now, phase: 'stopped' }, [...events, ...endAnswer(now)]];
    }
    case 'error':
      throw providerFailure(value.error);
    case 'unreadable':
      throw frameError(value.cause);
  }
};

export const endAnswer = (state: GeminiStream): readonly TurnEvent[] =>
  state.phase === 'open'
    ? [
        ...closeOpen(state),
        { type: 'message_delta', delta: { stop_reason: reasonAtEnd(state) } },
        { type: 'message_stop' },
      ]
    : NO_EVENTS;

const reasonAtEnd = ({ reason, hasCalls }: GeminiStream): StopReason | null =>
  reason === 'end_turn' && hasCalls ? 'tool_use' : reason;

const stepChunk = (state: GeminiStream, answer: Answer): Step => {
  const candidate = answer.candidates.find(({ index }) => index === state.choice);
  // A prompt that is blocked has no candidates: the first answer says so.
  const blocked = state.choice === 0 ? answer.blocked : null;
  const reason = blocked ?? candidate?.stopReason ?? null;
  const parts = (candidate?.parts ?? []).filter(({ type }) => type !== 'other');
  if (parts.length === 0 && reason === null) return [state, NO_EVENTS];
  let [now, events] = begin(state, answer);
  // They come beside the parts, and are of the first words among them.
  let logprobs = logprobsIn(candidate?.logprobs);
  for (const part of parts) {
    const [next, more] = addPart(now, part);
    now = next;
    events = [...events, ...more];
    if (logprobs.length === 0 || now.open?.type !== 'text') continue;
    events = [...events, ...likelyEvents(now.open.index, logprobs)];
    logprobs = [];
  }
  // The last answer of a stream may have them beside no words at all.
  if (parts.length === 0 && now.open?.type === 'text')
    events = [...events, ...likelyEvents(now.open.index, logprobs)];
  if (reason === null) return [now, events];
  const said = blocked === null ? reasonOf(reason, now.hasCalls) : 'content_filter';
  return [{ ...now, reason: said }, events];
};

const begin = (state: GeminiStream, { id, model }: Answer): Step =>
  state.phase === 'before'
    ? [
        { ...state, phase: 'open', answerId: id },
        [{ type: 'message_start', message: { role: 'assistant', model } }],
      ]
    : [state, NO_EVENTS];

const addPart = (state: GeminiStream, part: Part): Step => {
  switch (part.type) {
    case 'other':
      return [state, NO_EVENTS];
    case 'thought': {
      const [thought, events] = addText(state, 'thinking', part.text);
      const [signed, more] = addSignature(thought, part.signature);
      return [signed, [...events, ...more]];
    }
    case 'text': {
      const [signed, events] = addSignature(state, part.signature);
      const [said, more] = addText(signed, 'text', part.text);
      return [said, [...events, ...more]];
    }
    case 'call':
      return addCall(state, part);
  }
};

/** A mark on words stands in a thought before them, so that it goes back with them. */
const addSignature = (state: GeminiStream, signature: string): Step => {
  if (signature === '') return [state, NO_EVENTS];
  const [open, events] = openBlock(state, 'thinking');
  const index = open.open?.index ?? 0;
  return [
    // What comes after a mark is of another thought.
    { ...open, open: null },
    [
      ...events,
      { type: 'content_block_delta', index, delta: { type: 'signature_delta', signature } },
      { type: 'content_block_stop', index },
    ],
  ];
};

const addText = (state: GeminiStream, type: 'text' | 'thinking', text: string): Step => {
  if (text === '') return [state, NO_EVENTS];
  const delta: BlockDelta =
    type === 'text' ? { type: 'text_delta', text } : { type: 'thinking_delta', thinking: text };
  const [open, events] = openBlock(state, type);
  const index = open.open?.index ?? 0;
  return [open, [...events, { type: 'content_block_delta', index, delta }]];
};

const openBlock = (state: GeminiStream, type: 'text' | 'thinking'): Step => {
  if (state.open?.type === type) return [state, NO_EVENTS];
  const index = state.next;
  return [
    { ...state, open: { index, type }, next: index + 1 },
    [
      ...closeOpen(state),
      {
        type: 'content_block_start',
        index,
        content_block: type === 'text' ? { type, text: '' } : { type, thinking: '' },
      },
    ],
  ];
};

/** A call comes whole. */
const addCall = (state: GeminiStream, call: Extract<Part, { readonly type: 'call' }>): Step => {
  const index = state.next;
  const { id, name, input, signature } = call;
  return [
    { ...state, open: null, next: index + 1, hasCalls: true },
    [
      ...closeOpen(state),
      {
        type: 'content_block_start',
        index,
        content_block: {
          type: 'tool_use',
          id: id || `${state.answerId || 'call'}-${index}`,
          name: state.names.fromWire(name),
          input: {},
          ...(signature === '' ? {} : { signature }),
        },
      },
      {
        type: 'content_block_delta',
        index,
        delta: { type: 'input_json_delta', partial_json: JSON.stringify(input) },
      },
      { type: 'content_block_stop', index },
    ],
  ];
};

const closeOpen = ({ open }: GeminiStream): readonly TurnEvent[] =>
  open === null ? NO_EVENTS : [{ type: 'content_block_stop', index: open.index }];

/** Words of Google alone for an answer that broke off. */
const BROKEN = /^(?:missing_|no_image|other$|continuation)/i;
/** https://firebase.google.com/docs/reference/android/com/google/firebase/ai/type/FinishReason: a language may be flagged too. */
const FILTERED = /safety|prohibited|recitation|blocklist|spii|model_armor|jailbreak|^language$/i;

const reasonOf = (reason: string, hasCalls: boolean): StopReason | null => {
  if (BROKEN.test(reason) || isBrokenOff(reason)) return null;
  return FILTERED.test(reason) ? 'content_filter' : stopReason(reason, hasCalls);
};
