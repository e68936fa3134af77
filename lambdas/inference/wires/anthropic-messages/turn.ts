import { wellFormed } from '../../../shared/characters.ts';
import type { WireTurn } from '../wire.ts';
import type { MessageFrame } from './event.ts';
import { measureMessages } from './request.ts';
import { encodeMessages } from './turn-encode.ts';
import { endMessage, startMessage, stepMessage, type MessageStream } from './turn-stream.ts';

/** Turns on this wire. */
export const messagesTurn: WireTurn<MessageFrame, MessageStream> = {
  encode: (request) => {
    const { body, ...rest } = encodeMessages(wellFormed(request));
    return { call: measureMessages(body), ...rest };
  },
  start: startMessage,
  step: stepMessage,
  end: endMessage,
};
