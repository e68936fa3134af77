import type { TurnEvent } from './turn.ts';

/** What was let through of an answer that may call one tool. */
export interface OneCall {
  readonly isCalled: boolean;
  /** The block of a call too many, while it comes. */
  readonly skipped: number | null;
  /** Blocks that were left out. */
  readonly left: number;
}
export const NO_CALL_YET: OneCall = { isCalled: false, skipped: null, left: 0 };

/** A turn's events with its first call alone, for a provider that cannot be kept from calling several at once. */
export const withOneCall = (
  state: OneCall,
  event: TurnEvent,
): readonly [OneCall, readonly TurnEvent[]] => {
  switch (event.type) {
    case 'content_block_start': {
      const isCall = event.content_block.type === 'tool_use';
      if (isCall && state.isCalled)
        return [{ ...state, skipped: event.index, left: state.left + 1 }, []];
      return [isCall ? { ...state, isCalled: true } : state, [moved(state, event)]];
    }
    case 'content_block_delta':
      return [state, event.index === state.skipped ? [] : [moved(state, event)]];
    case 'content_block_stop':
      return event.index === state.skipped
        ? [{ ...state, skipped: null }, []]
        : [state, [moved(state, event)]];
    default:
      return [state, [event]];
  }
};

const moved = <E extends TurnEvent & { readonly index: number }>({ left }: OneCall, event: E): E =>
  left === 0 ? event : { ...event, index: event.index - left };
