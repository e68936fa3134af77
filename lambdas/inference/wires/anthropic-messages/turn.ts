import type { TurnFormat } from '../../turn/turn.ts';
import { encodeAnthropic } from './turn-encode.ts';
import {
  anthropicEnd,
  anthropicStart,
  anthropicStep,
  type AnthropicStream,
} from './turn-stream.ts';

/** A turn on the messages wire of Anthropic. */
export const anthropicTurn: TurnFormat<AnthropicStream> = {
  encode: encodeAnthropic,
  start: anthropicStart,
  step: anthropicStep,
  end: anthropicEnd,
};
