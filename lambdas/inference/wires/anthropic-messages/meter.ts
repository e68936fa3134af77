import { utf8Text } from '../../../shared/utf8.ts';
import type { Json } from '../../turn/turn.ts';
import { countOf, fieldsOf, listOf, textOf } from '../fields.ts';
import { errorAnswered } from '../frames/answered-error.ts';
import { jsonAnswer } from '../frames/json-frame.ts';
import type { Frame, MeterState } from '../wire.ts';
import { blockOf, outputOfBlock } from './block.ts';
import type { MessageFrame } from './event.ts';
import { toldAfter, toldAtStart } from './usage.ts';

/** An answer that has words or a count is one, whatever `error` it carries beside them. */
export const readMessage = (bytes: Uint8Array): MessageFrame => {
  const value = jsonAnswer(bytes);
  const [only = value, ...others] = listOf(value);
  const { id, content, usage, model, stop_reason } = fieldsOf(others.length === 0 ? only : value);
  const blocks: readonly Json[] =
    typeof content === 'string' ? [{ type: 'text', text: content }] : listOf(content);
  const output = blocks.map(outputOfBlock).join('');
  const counts = Object.values(fieldsOf(usage)).map(countOf);
  const isCounted = counts.some((count) => count !== null && count > 0);
  const error = output === '' && !isCounted ? errorAnswered(value) : null;
  if (error !== null) return { type: 'error', error };
  const saysNothing = output === '' && Object.keys(fieldsOf(usage)).length === 0;
  return {
    type: 'message',
    id: textOf(id),
    model: textOf(model),
    blocks: blocks.map(blockOf).filter((block) => block !== null),
    stopReason: textOf(stop_reason) || null,
    // Neither a count nor words that we know: all of it is counted, or it would be free.
    output: saysNothing ? utf8Text(bytes) : output,
    usage: usage ?? null,
  };
};

/** What is known after this frame. */
export const meterEvent = (state: MeterState, { value }: Frame<MessageFrame>): MeterState => {
  if (value === null || state.ended) return state;
  switch (value.type) {
    case 'content_block_delta':
    case 'content_block_start':
    case 'unreadable':
      return value.output === '' ? state : withWords(state, value.output);
    case 'message_start':
      return { ...state, told: toldAtStart(state.told, value.usage, value.model) };
    case 'message_delta':
      return {
        ...state,
        sawToken: true,
        told: toldAfter(state.told, value.usage, null),
        finished: state.finished || value.stopReason !== null,
      };
    case 'message':
      return {
        ...withWords(state, value.output),
        told: toldAfter(state.told, value.usage, value.model),
        ended: true,
      };
    case 'message_stop':
      return { ...state, ended: true };
    case 'error':
      return { ...state, failed: true };
    case 'content_block_stop':
    case 'other':
      return state;
  }
};

const withWords = (state: MeterState, words: string): MeterState => ({
  told: state.told,
  text: state.text + words,
  sawToken: state.sawToken || words !== '',
  finished: state.finished,
  begun: state.begun,
  done: state.done,
  ended: state.ended,
  failed: state.failed,
});
