import type { WireName } from '../models/families.ts';
import { anthropicMessages } from './anthropic-messages/wire.ts';
import { openaiChat } from './openai-chat/wire.ts';
import type { Wire } from './wire.ts';

/** A wire by its name. Those that few calls need are beside the bundle: the first call that needs one loads it. */
export const wireOf = async (name: WireName): Promise<Wire> => {
  switch (name) {
    case 'anthropic-messages':
      return anthropicMessages;
    case 'openai-chat':
      return openaiChat;
    case 'gemini':
      return (await import('#beside/gemini')).gemini;
    case 'bedrock-converse':
      return (await import('#beside/bedrock')).bedrockConverse;
  }
};
