import { wellFormed } from '../../../shared/characters.ts';
import type { WireTurn } from '../wire.ts';
import type { ChatFrame } from './chunk.ts';
import { measureChat } from './request.ts';
import { encodeChat } from './turn-encode.ts';
import { endChat, startChat, stepChat, type ChatStream } from './turn-stream.ts';

/**
 * Files come as bytes, images by address too: https://platform.openai.com/docs/api-reference/chat/create. Ollama takes bytes
 * alone: https://docs.ollama.com/api/openai-compatibility
 */
const FILE = { bytesMax: 7_000_000, countMax: 10 };
const FILES_BYTES_MAX = 14_000_000;

/** Turns on this wire. */
export const chatTurn: WireTurn<ChatFrame, ChatStream> = {
  filesOf: (provider) => ({
    image: provider === 'ollama' ? FILE : null,
    document: FILE,
    bytesMax: FILES_BYTES_MAX,
  }),
  encode: (request) => {
    const { body, ...rest } = encodeChat(wellFormed(request));
    return { call: measureChat(body), ...rest };
  },
  start: startChat,
  step: stepChat,
  end: endChat,
};
