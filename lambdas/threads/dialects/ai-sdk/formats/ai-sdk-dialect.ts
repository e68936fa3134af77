import {
  endsStream,
  isTerminal,
  type RunEvent,
  type TerminalEvent,
} from '../../../domain/run-event.ts';
import type { Answerer } from '../../../../inference/turn/answerer.ts';
import { messageIdOf, runIdOf } from '../../../domain/thread-ids.ts';
import { answererShown } from '../../../domain/answerer.ts';
import { closed, closedAll, grown, opened, type OpenParts, type UiChunk } from './ai-sdk-parts.ts';
import { versionOf, type Dialect, type DialectRun } from '../../../domain/dialect.ts';
import { lineOfJson } from '../../formats/line-of-json.ts';

export interface AiSdkState {
  readonly run: DialectRun;
  readonly next: number;
  /** Brackets that have begun. */
  readonly turns: number;
  readonly isStepOpen: boolean;
  /** Between `message_start` and `message_stop`: what a restart voids. */
  readonly isTelling: boolean;
  /** The open step holds nothing any more: its turn begins again. */
  readonly isReset: boolean;
  /** Of the bracket that began last. */
  readonly by: Answerer | null;
  readonly parts: OpenParts;
  /** Calls that the reader knows of, and their turn: a result without its call breaks the reader. */
  readonly calls: ReadonlyMap<string, number>;
}
type ToolResultEvent = Extract<RunEvent, { readonly type: 'tool_result' }>;
type Told = readonly [AiSdkState, readonly UiChunk[]];

/** Ends a response of this dialect, at the end of a reader's stream; it counts as no chunk. */
export const AI_SDK_DONE = 'data: [DONE]\n\n';
/** What a reader gets after the end: one without a `finish` would come back at once, for ever. It counts as no chunk. */
export const AI_SDK_FINISH = 'data: {"type":"finish"}\n\n';
export const AI_SDK_HEADERS = { 'x-vercel-ai-ui-message-stream': 'v1' } as const;

/**
 * The UI message stream of the AI SDK, for `useChat` and its transports; each chunk has the next ordinal, as
 * `startIndex` counts them. https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol
 */
export const aiSdkDialect: Dialect<AiSdkState> = {
  version: 'ai-sdk.ui-message-stream.v1',
  start: (run) => ({
    run,
    next: 0,
    turns: 0,
    isStepOpen: false,
    isTelling: false,
    isReset: false,
    by: null,
    parts: new Map(),
    calls: new Map(),
  }),
  step: (state, { event }) => {
    const begun: readonly UiChunk[] =
      state.next === 0
        ? [{ type: 'start', messageId: messageIdOf(state.run.threadId, state.run.seq) }]
        : [];
    const [told, chunks] = tell(state, event);
    const all = [...begun, ...chunks];
    return [
      { ...told, next: state.next + all.length },
      all.map((chunk, place) => ({
        ordinal: state.next + place,
        text: `data: ${lineOfJson(chunk)}\n\n`,
        ends: endsStream(event) && place === all.length - 1,
      })),
    ];
  },
};
export const AI_SDK_VERSIONS = [versionOf(aiSdkDialect)];

const tell = (state: AiSdkState, event: RunEvent): Told => {
  switch (event.type) {
    case 'message_start':
      return startStep({ ...state, by: event.message.by ?? null });
    case 'content_block_start': {
      const part = opened(`${state.turns}-${event.index}`, event.content_block);
      if (part === null) return [state, []];
      const calls = new Map(state.calls);
      if (part.type === 'tool') calls.set(part.told.block.id, state.turns);
      return [{ ...state, calls, parts: new Map(state.parts).set(event.index, part) }, part.chunks];
    }
    case 'content_block_delta': {
      const [parts, chunks] = grown(state.parts, event.index, event.delta);
      return [{ ...state, parts }, chunks];
    }
    case 'content_block_stop': {
      const [parts, chunks] = closed(state.parts, event.index);
      return [{ ...state, parts }, chunks];
    }
    case 'message_delta':
      return [state, []];
    case 'message_stop':
      return [{ ...state, isTelling: false }, []];
    case 'tool_result':
      return result(state, event);
    case 'run.resumed':
      return event.restart && state.isTelling ? reset(state) : [state, []];
    case 'run.requires_action':
      return waiting(state, event.approval_ids ?? []);
    default:
      return isTerminal(event) ? end(state, event) : [state, []];
  }
};

/** Results belong to the step of their calls, so a step ends when the next one begins; one that was reset is still open. */
const startStep = (state: AiSdkState): Told => {
  const begun = { ...state, turns: state.turns + 1, isStepOpen: true, isTelling: true };
  if (state.isReset) return [{ ...begun, isReset: false }, []];
  const [ended, chunks] = endStep(state);
  return [{ ...begun, parts: ended.parts }, [...chunks, { type: 'start-step' }]];
};

const endStep = (state: AiSdkState): Told => [
  { ...state, isStepOpen: false, isTelling: false, parts: new Map() },
  [...closedAll(state.parts), ...(state.isStepOpen ? [{ type: 'finish-step' }] : [])],
];

/** A turn that is sent again voids what the reader has of it. */
const reset = (state: AiSdkState): Told => [
  {
    ...state,
    isTelling: false,
    isReset: true,
    parts: new Map(),
    calls: new Map([...state.calls].filter(([, turn]) => turn !== state.turns)),
  },
  [{ type: 'reset-step' }],
];

/** A call that was cut ends before its result: the other way round its end would stand in place of the result. */
const result = (state: AiSdkState, event: ToolResultEvent): Told => {
  const id = event.block.tool_use_id;
  if (!state.calls.has(id)) return [state, []];
  const open = [...state.parts].find(
    ([, part]) => part.type === 'tool' && part.told.block.id === id,
  );
  const [parts, ended] = open === undefined ? [state.parts, []] : closed(state.parts, open[0]);
  return [{ ...state, parts }, [...ended, outputOf(event)]];
};

/** A call that wants a yes or a no is asked for by its own id, within its step. */
const waiting = (state: AiSdkState, approvals: readonly string[]): Told => {
  const requests = approvals
    .filter((id) => state.calls.has(id))
    .map((id) => ({ type: 'tool-approval-request', approvalId: id, toolCallId: id }));
  const [ended, chunks] = finish(state, [], {
    type: 'finish',
    finishReason: 'tool-calls',
    ...(state.by === null ? {} : { messageMetadata: answererShown(state.by) }),
  });
  return [ended, [...requests, ...chunks]];
};

const finish = (state: AiSdkState, before: readonly UiChunk[], last: UiChunk): Told => {
  const [ended, chunks] = endStep(state);
  return [ended, [...chunks, ...before, last]];
};

const end = (state: AiSdkState, event: TerminalEvent): Told => {
  const messageMetadata = {
    run_id: runIdOf(state.run.threadId, state.run.seq),
    stop_reason: event.stop_reason,
    usage: event.usage,
    cost_micros: event.cost_micros,
    ...answererShown(event),
  };
  const last = { type: 'finish', finishReason: finishReason(event), messageMetadata };
  if (event.type === 'run.cancelled')
    return finish(state, [{ type: 'abort', reason: 'cancelled' }], last);
  if (event.type !== 'run.failed') return finish(state, [], last);
  const errorText = event.error?.message ?? 'The answer failed.';
  return finish(state, [{ type: 'error', errorText }], last);
};

/** Only words that every reader of this version knows: one word more, and it refuses the chunk. */
const finishReason = ({ type, stop_reason }: TerminalEvent): string => {
  if (type === 'run.failed') return 'error';
  switch (stop_reason) {
    case 'end_turn':
    case 'stop_sequence':
      return 'stop';
    case 'max_tokens':
      return 'length';
    case 'refusal':
    case 'content_filter':
      return 'content-filter';
    case 'tool_use':
    case 'requires_action':
      return 'tool-calls';
    default:
      return 'other';
  }
};

const outputOf = ({ block, status }: ToolResultEvent): UiChunk => {
  const { tool_use_id, content, is_error } = block;
  if (status === 'denied') return { type: 'tool-output-denied', toolCallId: tool_use_id };
  if (is_error !== true)
    return { type: 'tool-output-available', toolCallId: tool_use_id, output: content };
  const texts =
    typeof content === 'string'
      ? [content]
      : content.flatMap((part) => (part.type === 'text' ? [part.text] : []));
  return { type: 'tool-output-error', toolCallId: tool_use_id, errorText: texts.join('\n') };
};
