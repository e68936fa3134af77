import { wellFormed } from '../../../shared/characters.ts';
import type { WireTurn } from '../wire.ts';
import type { ChatFrame } from './chunk.ts';
import { measureChat } from './request.ts';
import { encodeChat } from './turn-encode.ts';
import { endChat, startChat, stepChat, type ChatStream } from './turn-stream.ts';

/** Turns on this wire. */
export const chatTurn: WireTurn<ChatFrame, ChatStream> = {
  encode: (request) => {
    const { body, ...rest } = encodeChat(wellFormed(request));
    return { call: measureChat(body), ...rest };
  },
  start: startChat,
  step: stepChat,
  end: endChat,
};
