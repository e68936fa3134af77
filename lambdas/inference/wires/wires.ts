import type { WireName } from '../models/families.ts';
import { anthropicMessages } from './anthropic-messages/wire.ts';
import { openaiChat } from './openai-chat/wire.ts';
import type { Wire } from './wire.ts';

/** Every wire by its name. */
export const WIRES: Readonly<Record<WireName, Wire>> = {
  'anthropic-messages': anthropicMessages,
  'openai-chat': openaiChat,
};
