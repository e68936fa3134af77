import { expect } from 'vitest';
import { MODEL } from './openai-client.ts';

/** A response to a request that asks for nothing in particular. */
export const BARE = {
  id: expect.stringMatching(/^resp_\w{20}_2$/),
  object: 'response',
  created_at: expect.any(Number),
  status: 'completed',
  background: false,
  conversation: null,
  error: null,
  incomplete_details: null,
  instructions: null,
  max_output_tokens: null,
  max_tool_calls: null,
  metadata: {},
  model: MODEL,
  parallel_tool_calls: true,
  previous_response_id: null,
  prompt_cache_key: null,
  reasoning: { effort: null, summary: null },
  safety_identifier: null,
  service_tier: 'default',
  store: true,
  temperature: null,
  text: { format: { type: 'text' }, verbosity: 'medium' },
  tool_choice: 'auto',
  tools: [],
  top_logprobs: 0,
  top_p: null,
  truncation: 'auto',
  usage: {
    input_tokens: 9,
    input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
    output_tokens: 20,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 29,
  },
};
export const said = (text: string) => ({
  type: 'message',
  id: expect.stringMatching(/^msg_\w{20}_2_0_0$/),
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text, annotations: [], logprobs: [] }],
});
