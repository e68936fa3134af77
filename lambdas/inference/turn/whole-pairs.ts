import { isHighHalf, wellFormed } from '../../shared/characters.ts';
import { deltaText } from './delta-text.ts';
import type { BlockDelta, TurnEvent } from './turn.ts';

/** Halves of surrogate pairs that wait for their other half, by the index of the block. */
export type WaitingHalves = ReadonlyMap<number, BlockDelta>;
export const NO_HALVES: WaitingHalves = new Map();

/**
 * A turn's events without half a character: tokens end inside of one, so a half at the end of a delta waits for the next
 * one, and what stays a half is U+FFFD. Providers refuse a history that holds one.
 */
export const withWholePairs = (
  waiting: WaitingHalves,
  event: TurnEvent,
): readonly [WaitingHalves, readonly TurnEvent[]] => {
  switch (event.type) {
    case 'content_block_delta':
      return joinDelta(waiting, event);
    case 'content_block_stop':
      return flush(waiting, event);
    case 'content_block_start':
    case 'message_start':
      return [waiting, [wellFormed(event)]];
    default:
      return [waiting, [event]];
  }
};

type DeltaEvent = Extract<TurnEvent, { readonly type: 'content_block_delta' }>;

const joinDelta = (
  waiting: WaitingHalves,
  event: DeltaEvent,
): readonly [WaitingHalves, readonly TurnEvent[]] => {
  const { index, delta } = event;
  const held = waiting.get(index);
  const text = deltaText(delta);
  if (held === undefined && (text === null || text.isWellFormed()))
    return [waiting, [text === null ? { ...event, delta: wellFormed(delta) } : event]];
  if (text === null) return [waiting, [{ ...event, delta: wellFormed(delta) }]];
  const joined = (held === undefined ? '' : (deltaText(held) ?? '')) + text;
  const isCut = isHighHalf(joined.charCodeAt(joined.length - 1));
  const whole = (isCut ? joined.slice(0, -1) : joined).toWellFormed();
  const rest = new Map(waiting);
  if (isCut) rest.set(index, withText(delta, joined.slice(-1)));
  else rest.delete(index);
  return [rest, whole === '' ? [] : [{ ...event, delta: withText(delta, whole) }]];
};

const flush = (
  waiting: WaitingHalves,
  event: Extract<TurnEvent, { readonly type: 'content_block_stop' }>,
): readonly [WaitingHalves, readonly TurnEvent[]] => {
  const { index } = event;
  const held = waiting.get(index);
  if (held === undefined) return [waiting, [event]];
  const rest = new Map(waiting);
  rest.delete(index);
  return [rest, [{ type: 'content_block_delta', index, delta: withText(held, '\uFFFD') }, event]];
};

const withText = (delta: BlockDelta, text: string): BlockDelta => {
  switch (delta.type) {
    case 'text_delta':
      return { ...delta, text };
    case 'thinking_delta':
      return { ...delta, thinking: text };
    case 'input_json_delta':
      return { ...delta, partial_json: text };
    case 'signature_delta':
    case 'citations_delta':
    case 'logprobs_delta':
      return delta;
  }
};
