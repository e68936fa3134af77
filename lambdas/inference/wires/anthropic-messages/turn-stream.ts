import type { Block, BlockDelta, StopReason, TurnEvent, TurnRequest } from '../../turn/turn.ts';
import { frameError, providerFailure } from '../frames/failure.ts';
import { toolNames, type ToolNames } from '../history/tool-names.ts';
import type { Frame } from '../wire.ts';
import type { MessageFrame } from './event.ts';
import { framesOf } from './whole-message.ts';

/** What came so far. Blocks that are not known are skipped, so ours have numbers of their own. */
export interface MessageStream {
  readonly names: ToolNames;
  /** `ending`: why the model stopped is known, the end has not come. */
  readonly phase: 'before' | 'open' | 'ending' | 'stopped';
  /** The provider's number of each open block, and ours. */
  readonly open: ReadonlyMap<number, number>;
  readonly next: number;
}
type Step = readonly [MessageStream, readonly TurnEvent[]];

const STOPS: ReadonlyMap<string, StopReason> = new Map([
  ['end_turn', 'end_turn'],
  ['max_tokens', 'max_tokens'],
  ['model_context_window_exceeded', 'max_tokens'],
  ['stop_sequence', 'stop_sequence'],
  ['tool_use', 'tool_use'],
  ['pause_turn', 'pause_turn'],
  ['refusal', 'refusal'],
]);
const NO_EVENTS: readonly TurnEvent[] = [];
const NO_BYTES = new Uint8Array();

export const startMessage = (request: TurnRequest): MessageStream => ({
  names: toolNames(request),
  phase: 'before',
  open: new Map(),
  next: 0,
});

/** https://platform.claude.com/docs/en/build-with-claude/streaming: events and blocks that are not known are skipped. */
export const stepMessage = (state: MessageStream, { value }: Frame<MessageFrame>): Step => {
  if (value === null || state.phase === 'stopped') return [state, NO_EVENTS];
  if (value.type === 'unreadable') throw frameError(value.cause);
  if (value.type === 'error') throw providerFailure(value.error);
  if (value.type === 'message_start') {
    const message = { role: 'assistant', model: value.model } as const;
    return [{ ...state, phase: 'open' }, [{ type: 'message_start', message }]];
  }
  if (value.type === 'message') return stepAll(state, framesOf(value));
  if (state.phase === 'before') return [state, NO_EVENTS];
  switch (value.type) {
    case 'content_block_start':
      return value.block === null ? [state, NO_EVENTS] : openBlock(state, value.index, value.block);
    case 'content_block_delta':
      return [state, deltaEvents(state, value.index, value.delta)];
    case 'content_block_stop':
      return closeBlock(state, value.index);
    case 'message_delta':
      // The usage of later deltas is no concern of the content: only a stop reason is passed on.
      return value.stopReason === null || state.phase === 'ending'
        ? [state, NO_EVENTS]
        : [
            { ...state, phase: 'ending', open: new Map() },
            [...closeEvents(state), stopEvent(STOPS.get(value.stopReason) ?? 'end_turn')],
          ];
    case 'message_stop':
      return [{ ...state, phase: 'stopped', open: new Map() }, endMessage(state)];
    case 'other':
      return [state, NO_EVENTS];
  }
};

const stepAll = (state: MessageStream, frames: readonly MessageFrame[]): Step => {
  const events: TurnEvent[] = [];
  let now = state;
  for (const value of frames) {
    const [next, more] = stepMessage(now, { bytes: NO_BYTES, value });
    now = next;
    events.push(...more);
  }
  return [now, events];
};

export const endMessage = (state: MessageStream): readonly TurnEvent[] => {
  if (state.phase === 'before' || state.phase === 'stopped') return NO_EVENTS;
  const missing = state.phase === 'ending' ? NO_EVENTS : [stopEvent(null)];
  return [...closeEvents(state), ...missing, { type: 'message_stop' }];
};

const openBlock = (state: MessageStream, index: number, block: Block): Step => {
  const content_block =
    block.type === 'tool_use' ? { ...block, name: state.names.fromWire(block.name) } : block;
  return [
    { ...state, open: new Map(state.open).set(index, state.next), next: state.next + 1 },
    [{ type: 'content_block_start', index: state.next, content_block }],
  ];
};

const deltaEvents = (
  state: MessageStream,
  index: number,
  delta: BlockDelta | null,
): readonly TurnEvent[] => {
  const ours = state.open.get(index);
  if (ours === undefined || delta === null || isEmpty(delta)) return NO_EVENTS;
  return [{ type: 'content_block_delta', index: ours, delta }];
};

const isEmpty = (delta: BlockDelta): boolean =>
  delta.type === 'input_json_delta'
    ? delta.partial_json === ''
    : delta.type === 'text_delta' && delta.text === '';

const closeBlock = (state: MessageStream, index: number): Step => {
  const ours = state.open.get(index);
  if (ours === undefined) return [state, NO_EVENTS];
  const open = new Map(state.open);
  open.delete(index);
  return [{ ...state, open }, [{ type: 'content_block_stop', index: ours }]];
};

const closeEvents = ({ open }: MessageStream): readonly TurnEvent[] =>
  [...open.values()].map((index) => ({ type: 'content_block_stop', index }));

const stopEvent = (stop_reason: StopReason | null): TurnEvent => ({
  type: 'message_delta',
  delta: { stop_reason },
});
