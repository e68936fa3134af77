import type { WireName } from '../models/families.ts';
import { messagesCalls } from './anthropic-messages/calls.ts';
import { chatCalls } from './openai-chat/calls.ts';
import type { Wire, WireTurn } from './wire.ts';

/** A wire by its name. Those that few calls need are beside the bundle: the first call that needs one loads it. */
export const wireOf = async (name: WireName): Promise<Wire> => {
  switch (name) {
    case 'anthropic-messages':
      return messagesCalls;
    case 'openai-chat':
      return chatCalls;
    case 'gemini':
      return (await import('#beside/gemini')).gemini;
    case 'bedrock-converse':
      return (await import('#beside/bedrock')).bedrockConverse;
  }
};

/** The turns of a wire; null: it cannot be used across dialects. Those of the two that most calls pass by are beside too. */
export const turnsOf = async ({ name, turn }: Wire): Promise<WireTurn | null> => {
  switch (name) {
    case 'anthropic-messages':
      return (await import('#beside/turns')).messagesTurn;
    case 'openai-chat':
      return (await import('#beside/turns')).chatTurn;
    default:
      return turn;
  }
};
