import type { TurnFormat } from '../domain/turn.ts';
import { encodeAnthropic } from './anthropic-turn-encode.ts';
import {
  anthropicEnd,
  anthropicStart,
  anthropicStep,
  type AnthropicStream,
} from './anthropic-turn-stream.ts';

/** A turn on the messages wire of Anthropic. */
export const anthropicTurn: TurnFormat<AnthropicStream> = {
  encode: encodeAnthropic,
  start: anthropicStart,
  step: anthropicStep,
  end: anthropicEnd,
};
