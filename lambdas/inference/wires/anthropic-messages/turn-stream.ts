import type { TurnEvent, TurnRequest } from '../../turn/turn.ts';
import { frameError, providerFailure } from '../frames/failure.ts';
import { toolNames, type ToolNames } from '../history/tool-names.ts';
import { isBrokenOff, stopReason } from '../stop-reasons.ts';
import type { Frame } from '../wire.ts';
import type { MessageFrame } from './event.ts';
import {
  addDelta,
  NO_BLOCKS,
  startBlock,
  stopAll,
  stopBlock,
  type OpenBlocks,
} from './open-blocks.ts';
import { framesOf } from './whole-message.ts';

/** What came so far; `reason` is why the model stopped, held back until the end. */
export interface MessageStream {
  readonly names: ToolNames;
  readonly phase: 'before' | 'open' | 'stopped';
  readonly id: string;
  readonly blocks: OpenBlocks;
  readonly reason: string | null;
}
type Step = readonly [MessageStream, readonly TurnEvent[]];

const NO_EVENTS: readonly TurnEvent[] = [];
const NO_BYTES = new Uint8Array();

export const startMessage = (request: TurnRequest): MessageStream => ({
  names: toolNames(request),
  phase: 'before',
  id: '',
  blocks: NO_BLOCKS,
  reason: null,
});

/** https://platform.claude.com/docs/en/build-with-claude/streaming: events and blocks that are not known are skipped. */
export const stepMessage = (state: MessageStream, { value }: Frame<MessageFrame>): Step => {
  if (value === null || state.phase === 'stopped') return [state, NO_EVENTS];
  switch (value.type) {
    case 'content_block_delta':
      return value.delta === null
        ? [state, NO_EVENTS]
        : inMessage(state, addDelta(state.blocks, value.index, value.delta));
    case 'content_block_start': {
      const { blocks, names, id } = state;
      return inMessage(state, startBlock(blocks, value.index, value.block, names.fromWire, id));
    }
    case 'content_block_stop':
      return inMessage(state, stopBlock(state.blocks, value.index));
    case 'message_start':
      return begin(state, value.id, value.model);
    case 'message_delta':
      // The usage of later deltas is no concern of the content: only a stop reason is kept.
      return value.stopReason === null
        ? [state, NO_EVENTS]
        : begin({ ...state, reason: state.reason ?? value.stopReason }, '', '');
    case 'message_stop':
      return [{ ...state, phase: 'stopped' }, endMessage(state)];
    case 'message':
      return stepAll(state, framesOf(value));
    case 'other':
      return [state, NO_EVENTS];
    case 'error':
      throw providerFailure(value.error);
    case 'unreadable':
      throw frameError(value.cause);
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

/** Some relays leave the beginning out, and some say it twice. */
const begin = (state: MessageStream, id: string, model: string): Step =>
  state.phase === 'before'
    ? [
        { ...state, phase: 'open', id },
        [{ type: 'message_start', message: { role: 'assistant', model } }],
      ]
    : [state, NO_EVENTS];

const inMessage = (
  state: MessageStream,
  [blocks, events]: readonly [OpenBlocks, readonly TurnEvent[]],
): Step => {
  if (blocks === state.blocks) return [state, events];
  if (state.phase === 'open' || events.length === 0) return [{ ...state, blocks }, events];
  const [begun, first] = begin(state, '', '');
  return [{ ...begun, blocks }, [...first, ...events]];
};

export const endMessage = (state: MessageStream): readonly TurnEvent[] => {
  if (state.phase !== 'open') return NO_EVENTS;
  const [{ hasCalls }, events] = stopAll(state.blocks);
  const { reason } = state;
  const stop_reason = reason === null || isBrokenOff(reason) ? null : stopReason(reason, hasCalls);
  return [...events, { type: 'message_delta', delta: { stop_reason } }, { type: 'message_stop' }];
};
