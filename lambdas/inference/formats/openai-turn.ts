import type { TurnFormat } from '../domain/turn.ts';
import { encodeOpenai } from './openai-turn-encode.ts';
import { openaiEnd, openaiStart, openaiStep, type OpenaiStream } from './openai-turn-stream.ts';

/** A turn on the chat completions wire of OpenAI and of everyone who speaks it. */
export const openaiTurn: TurnFormat<OpenaiStream> = {
  encode: encodeOpenai,
  start: openaiStart,
  step: openaiStep,
  end: openaiEnd,
};
