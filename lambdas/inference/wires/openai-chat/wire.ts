import type { Wire } from '../wire.ts';
import { chatCalls } from './calls.ts';
import type { ChatFrame } from './chunk.ts';
import { chatTurn } from './turn.ts';
import type { ChatStream } from './turn-stream.ts';

/** The whole wire, with its turns. */
export const openaiChat: Wire<ChatFrame, ChatStream> = { ...chatCalls, turn: chatTurn };
