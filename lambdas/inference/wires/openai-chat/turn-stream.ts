import * as z from 'zod';
import type { BlockDelta, StopReason, TurnEvent, TurnRequest } from '../../turn/turn.ts';
import { parseFrame, providerFailed } from '../frames/read-frame.ts';
import { NO_CALLS, callEvents, closeCalls, type CallState, type ToldCall } from './tool-calls.ts';
import { toolNames, type ToolNames } from '../history/tool-names.ts';

/** What was told so far; `open` is the block of words that still grows. */
export interface OpenaiStream {
  readonly names: ToolNames;
  readonly phase: 'before' | 'open' | 'stopped';
  readonly open: { readonly index: number; readonly type: 'text' | 'thinking' } | null;
  readonly next: number;
  readonly calls: CallState;
  readonly refused: boolean;
  readonly reason: string | null;
}
type Stepped = readonly [OpenaiStream, readonly TurnEvent[]];

const words = z.looseObject({
  content: z.string().nullish(),
  refusal: z.string().nullish(),
  reasoning_content: z.string().nullish(),
  /** The same, by another name: OpenRouter, vLLM, Ollama. */
  reasoning: z.string().nullish(),
  tool_calls: z
    .array(
      z.looseObject({
        index: z.int().nullish(),
        id: z.string().nullish(),
        function: z
          .looseObject({ name: z.string().nullish(), arguments: z.string().nullish() })
          .nullish(),
      }),
    )
    .nullish(),
});
const chunk = z.looseObject({
  id: z.string().nullish(),
  model: z.string().nullish(),
  choices: z
    .array(
      z.looseObject({
        index: z.int().nullish(),
        delta: words.nullish(),
        finish_reason: z.string().nullish(),
      }),
    )
    .nullish(),
  error: z.unknown().optional(),
});
type Words = z.infer<typeof words>;

const STOPS: ReadonlyMap<string, StopReason> = new Map([
  ['stop', 'end_turn'],
  ['length', 'max_tokens'],
  ['tool_calls', 'tool_use'],
  ['function_call', 'tool_use'],
  ['content_filter', 'content_filter'],
]);

export const openaiStart = (request: TurnRequest): OpenaiStream => ({
  names: toolNames(request),
  phase: 'before',
  open: null,
  next: 0,
  calls: NO_CALLS,
  refused: false,
  reason: null,
});

/** https://platform.openai.com/docs/api-reference/chat-streaming: the reason is held back until `[DONE]` or the end. */
export const openaiStep = (state: OpenaiStream, _event: string | null, data: string): Stepped => {
  if (state.phase === 'stopped') return [state, []];
  if (data === '[DONE]') {
    const ended = { ...state, phase: 'stopped' as const };
    return state.phase === 'before' ? [ended, []] : [ended, endOf(state)];
  }
  const told = parseFrame(chunk, data);
  if (told.error !== undefined && told.error !== null) throw providerFailed(told.error);
  const choice = told.choices?.find(({ index }) => (index ?? 0) === 0);
  if (choice === undefined) return [state, []];
  const [begun, events] = begin(state, told.model ?? '');
  const [next, more] = said(begun, choice.delta ?? {}, told.id ?? '');
  return [{ ...next, reason: choice.finish_reason ?? next.reason }, [...events, ...more]];
};

export const openaiEnd = (state: OpenaiStream): readonly TurnEvent[] =>
  state.phase === 'open' ? endOf(state) : [];

const begin = (state: OpenaiStream, model: string): Stepped =>
  state.phase === 'before'
    ? [
        { ...state, phase: 'open' },
        [{ type: 'message_start', message: { role: 'assistant', model } }],
      ]
    : [state, []];

/** One delta may hold several kinds: reasoning comes before words, words before calls. */
const said = (state: OpenaiStream, told: Words, answerId: string): Stepped => {
  const [thought, first] = grown(state, 'thinking', told.reasoning_content || told.reasoning || '');
  const [spoke, second] = grown(thought, 'text', told.content ?? '');
  const [refused, third] = grown(spoke, 'text', told.refusal ?? '');
  const [called, fourth] = callsOf(refused, told.tool_calls ?? [], answerId);
  return [
    { ...called, refused: state.refused || Boolean(told.refusal) },
    [...first, ...second, ...third, ...fourth],
  ];
};

const grown = (state: OpenaiStream, type: 'text' | 'thinking', text: string): Stepped => {
  if (text === '') return [state, []];
  const delta: BlockDelta =
    type === 'text' ? { type: 'text_delta', text } : { type: 'thinking_delta', thinking: text };
  if (state.open?.type === type)
    return [state, [{ type: 'content_block_delta', index: state.open.index, delta }]];
  const [closed, events] = closeAll(state);
  const index = closed.next;
  return [
    { ...closed, open: { index, type }, next: index + 1 },
    [
      ...events,
      {
        type: 'content_block_start',
        index,
        content_block: type === 'text' ? { type, text: '' } : { type, thinking: '' },
      },
      { type: 'content_block_delta', index, delta },
    ],
  ];
};

const callsOf = (state: OpenaiStream, told: readonly ToldCall[], answerId: string): Stepped => {
  if (told.length === 0) return [state, []];
  const closing: readonly TurnEvent[] =
    state.open === null ? [] : [{ type: 'content_block_stop', index: state.open.index }];
  const step = callEvents({ calls: state.calls, next: state.next }, told, {
    answerId,
    nameOf: state.names.fromWire,
  });
  return [
    { ...state, open: null, calls: step.calls, next: step.next },
    [...closing, ...step.events],
  ];
};

const closeAll = (state: OpenaiStream): Stepped => {
  const closing: readonly TurnEvent[] =
    state.open === null ? [] : [{ type: 'content_block_stop', index: state.open.index }];
  const step = closeCalls({ calls: state.calls, next: state.next }, state.names.fromWire);
  return [
    { ...state, open: null, calls: step.calls, next: step.next },
    [...closing, ...step.events],
  ];
};

const endOf = (state: OpenaiStream): readonly TurnEvent[] => [
  ...closeAll(state)[1],
  { type: 'message_delta', delta: { stop_reason: reasonOf(state) } },
  { type: 'message_stop' },
];

/** Some providers say `stop` after calls; a refusal is told by its words alone. */
const reasonOf = (state: OpenaiStream): StopReason | null => {
  if (state.reason === null) return null;
  if (state.refused) return 'refusal';
  const reason = STOPS.get(state.reason) ?? 'end_turn';
  return reason === 'end_turn' && state.calls.count > 0 ? 'tool_use' : reason;
};
