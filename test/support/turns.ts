import type { Block, TurnMessage, TurnRequest } from '../../lambdas/inference/turn/turn.ts';

export const text = (words: string): Block => ({ type: 'text', text: words });
export const call = (id: string, name = 'weather'): Block => ({
  type: 'tool_use',
  id,
  name,
  input: { city: 'Bonn' },
});
export const result = (tool_use_id: string, content = 'sunny'): Block => ({
  type: 'tool_result',
  tool_use_id,
  content,
});
export const PIXEL: Block = {
  type: 'image',
  source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' },
};

export const user = (...content: readonly Block[]): TurnMessage => ({
  role: 'user',
  content,
  model: null,
});
export const assistant = (model: string, ...content: readonly Block[]): TurnMessage => ({
  role: 'assistant',
  content,
  model,
});
export const systemText = (words: string): TurnMessage => ({
  role: 'system',
  content: [text(words)],
  model: null,
});

export const turn = (model: string, ...messages: readonly TurnMessage[]): TurnRequest => ({
  model,
  system: null,
  messages,
  tools: [],
  maxTokens: null,
  temperature: null,
});
