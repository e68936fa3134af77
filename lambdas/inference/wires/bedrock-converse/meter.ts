import type { MessageFrame } from '../anthropic-messages/event.ts';
import type { Frame, MeterState } from '../wire.ts';
import { toldAfter } from './usage.ts';

/** What is known after this frame. Why the model stopped comes first, then its counts: after both only counts may come again. */
export const meterEvent = (state: MeterState, { value }: Frame<MessageFrame>): MeterState => {
  if (value === null || (state.ended && value.type !== 'message_delta')) return state;
  switch (value.type) {
    case 'content_block_start':
    case 'content_block_delta':
    case 'unreadable':
      return withWords(state, value.output);
    case 'message_delta': {
      const finished = state.finished || value.stopReason !== null;
      const told = value.usage === null ? state.told : toldAfter(state.told, value.usage);
      return { ...state, told, finished, ended: state.ended || (finished && value.usage !== null) };
    }
    case 'message':
      return {
        ...withWords(state, value.output),
        told: toldAfter(state.told, value.usage),
        ended: true,
      };
    case 'error':
      return { ...state, failed: true };
    default:
      return state;
  }
};

const withWords = (state: MeterState, words: string): MeterState =>
  words === '' ? state : { ...state, text: state.text + words, sawToken: true };
