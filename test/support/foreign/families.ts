import type { WireName } from '../../../lambdas/inference/models/families.ts';
import { routeModel } from '../../../lambdas/inference/models/route-model.ts';

/** One model of each family. */
export const FAMILIES = [
  'gpt-4o-mini',
  'claude-sonnet-4-5',
  'bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0',
  'gemini-2.5-flash',
  'deepseek-v4-flash',
  'ollama/qwen3',
  'custom/open',
];

const WIRES: Readonly<Record<string, WireName>> = {
  anthropic: 'anthropic-messages',
  bedrock: 'bedrock-converse',
  google: 'gemini',
};

/** What the provider of a model speaks. */
export const wireOf = (model: string): WireName =>
  WIRES[routeModel(model)?.provider ?? ''] ?? 'openai-chat';
