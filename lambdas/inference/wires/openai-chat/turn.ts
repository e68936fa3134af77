import type { TurnFormat } from '../../turn/turn.ts';
import { encodeOpenai } from './turn-encode.ts';
import { openaiEnd, openaiStart, openaiStep, type OpenaiStream } from './turn-stream.ts';

/** A turn on the chat completions wire of OpenAI and of everyone who speaks it. */
export const openaiTurn: TurnFormat<OpenaiStream> = {
  encode: encodeOpenai,
  start: openaiStart,
  step: openaiStep,
  end: openaiEnd,
};
