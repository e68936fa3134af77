import type { WireName } from '../../lambdas/inference/models/families.ts';
import { anthropicMessages } from '../../lambdas/inference/wires/anthropic-messages/wire.ts';
import { bedrockConverse } from '../../lambdas/inference/wires/bedrock-converse/wire.ts';
import { gemini } from '../../lambdas/inference/wires/gemini/wire.ts';
import { openaiChat } from '../../lambdas/inference/wires/openai-chat/wire.ts';
import type { Wire } from '../../lambdas/inference/wires/wire.ts';

/** Every wire by its name, loaded. */
export const WIRES: Readonly<Record<WireName, Wire>> = {
  'anthropic-messages': anthropicMessages,
  'bedrock-converse': bedrockConverse,
  gemini,
  'openai-chat': openaiChat,
};
