import type { Wire } from '../wire.ts';
import { messagesCalls } from './calls.ts';
import type { MessageFrame } from './event.ts';
import { messagesTurn } from './turn.ts';
import type { MessageStream } from './turn-stream.ts';

/** The whole wire, with its turns. */
export const anthropicMessages: Wire<MessageFrame, MessageStream> = {
  ...messagesCalls,
  turn: messagesTurn,
};
