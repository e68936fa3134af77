import { deltaText } from '../../inference/turn/delta-text.ts';
import type { BlockDelta } from '../../inference/turn/turn.ts';
import type { RunEvent } from './run-event.ts';

/** Adds an event after others; a delta of the same block and kind joins the last one. Returns the bytes it adds. */
export const mergeInto = (events: RunEvent[], event: RunEvent): number => {
  const last = events.at(-1);
  if (
    event.type === 'content_block_delta' &&
    last?.type === 'content_block_delta' &&
    last.index === event.index
  ) {
    const joined = join(last.delta, event.delta);
    if (joined !== null) {
      events[events.length - 1] = { ...last, delta: joined };
      return (deltaText(event.delta) ?? '').length;
    }
  }
  events.push(event);
  return JSON.stringify(event).length;
};

const join = (left: BlockDelta, right: BlockDelta): BlockDelta | null => {
  if (left.type === 'text_delta' && right.type === 'text_delta')
    return { type: 'text_delta', text: left.text + right.text };
  if (left.type === 'thinking_delta' && right.type === 'thinking_delta')
    return { type: 'thinking_delta', thinking: left.thinking + right.thinking };
  if (left.type === 'input_json_delta' && right.type === 'input_json_delta')
    return { type: 'input_json_delta', partial_json: left.partial_json + right.partial_json };
  return null;
};
