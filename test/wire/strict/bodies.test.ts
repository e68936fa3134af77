import type { MessageCreateParams } from '@anthropic-ai/sdk/resources/messages/messages.js';
import type { MessageCreateParams as BetaMessageCreateParams } from '@anthropic-ai/sdk/resources/beta/messages/messages.js';
import type { ChatCompletionCreateParams } from 'openai/resources/chat/completions.js';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { contractOf } from '../../support/strict/contract.ts';
import { refusalOf } from '../../support/strict/refuse.ts';

const CHAT = '/v1/chat/completions';
const MESSAGES = '/v1/messages';
const hi = { role: 'user', content: 'Hi' };
const tool = { type: 'function', function: { name: 'look', parameters: { type: 'object' } } };
const use = { type: 'tool_use', id: 'a', name: 'look', input: {} };
const result = { type: 'tool_result', tool_use_id: 'a', content: 'sunny' };
const claudeTool = { name: 'look', input_schema: { type: 'object' } };

const wordsOf = (path: string, body: object, headers = {}): string | null => {
  const refusal = refusalOf(path, headers, JSON.stringify(body));
  return refusal === null ? null : JSON.stringify(refusal.body);
};

describe.each([
  ['gpt-4o-mini', { max_tokens: 5, temperature: 2, n: 2, stop: ['x'], seed: 1 }],
  ['gpt-4o-mini', { stream: true, stream_options: { include_usage: true }, tools: [tool] }],
  ['gpt-4o-mini', { metadata: { a: 'b' }, store: true, user: 'ada', logprobs: true }],
  ['gpt-5-mini', { max_completion_tokens: 5, temperature: 1, reasoning_effort: 'low' }],
  ['o3', { tools: [tool], tool_choice: 'auto' }],
  ['deepseek-v4-pro', { max_tokens: 5, thinking: { type: 'disabled' } }],
  ['llama-4', { max_tokens: 5, anything: 'it knows' }],
])('%s takes %j', (model, fields) => {
  test('as its documents say', () => {
    expect(wordsOf(CHAT, { model, messages: [hi], ...fields })).toBeNull();
  });
});

test.each([
  ['gpt-4o-mini', { max_tokens: 5, max_completion_tokens: 5 }, 'at the same time'],
  ['gpt-5-mini', { max_tokens: 5 }, 'max_tokens'],
  ['gpt-5-mini', { temperature: 0 }, 'sample'],
  ['gpt-5-mini', { stop: 'x' }, 'stop'],
  ['o4-mini', { tools: [tool], parallel_tool_calls: false }, 'parallel_tool_calls'],
  ['gpt-4o-mini', { reasoning_effort: 'low' }, 'reasoning_effort'],
  ['gpt-4o-mini', { tool_choice: 'auto' }, 'tool_choice'],
  ['gpt-4o-mini', { stream_options: { include_usage: true } }, 'stream_options'],
  ['gpt-4o-mini', { metadata: { a: 'b' } }, 'store'],
  ['gpt-4o-mini', { response_format: { type: 'json_object' } }, 'json'],
  ['gpt-4o-mini', { tools: [tool, tool] }, 'unique'],
  ['gpt-4o-mini', { tools: [], user: 5 }, 'user'],
  ['gpt-4o-mini', { thinking: { type: 'enabled' } }, 'thinking'],
  ['gpt-4o-mini', { messages: [{ ...hi, cache_control: {} }] }, 'cache_control'],
  ['gpt-4o-mini', { messages: [hi, { role: 'assistant', content: null }] }, 'null'],
  [
    'gpt-4o-mini',
    { messages: [hi, { role: 'tool', tool_call_id: 'a', content: '' }] },
    'preceding',
  ],
  ['gpt-4o-mini', { messages: [{ role: 'user', content: 'cut \ud83d' }] }, 'surrogate'],
  ['deepseek-v4-pro', { max_completion_tokens: 5 }, 'max_completion_tokens'],
  ['deepseek-v4-pro', { messages: [{ role: 'developer', content: 'Hi' }] }, 'developer'],
])('%s refuses %j', (model, fields, words) => {
  expect(wordsOf(CHAT, { model, messages: [hi], ...fields })).toContain(words);
});

const claude = { model: 'claude-opus-4-5', max_tokens: 5, messages: [hi] };

test.each([
  { temperature: 1, system: [{ type: 'text', text: 'Be kind.' }], metadata: { user_id: 'u' } },
  { tools: [claudeTool], tool_choice: { type: 'auto', disable_parallel_tool_use: true } },
  {
    tools: [claudeTool],
    messages: [hi, { role: 'assistant', content: [use] }, { role: 'user', content: [result] }],
  },
  { max_tokens: 2_000, thinking: { type: 'enabled', budget_tokens: 1_024 } },
  { messages: [hi, hi, { role: 'assistant', content: 'I am' }] },
])('Claude takes %j', (fields) => {
  expect(wordsOf(MESSAGES, { ...claude, ...fields })).toBeNull();
});

test.each([
  [{ max_tokens: undefined }, 'max_tokens'],
  [{ metadata: { feature: 'chat' } }, 'feature'],
  [{ temperature: 2 }, 'temperature'],
  [{ temperature: 1, top_p: 1 }, 'both'],
  [{ model: 'claude-opus-5', temperature: 1 }, 'temperature'],
  [{ thinking: { type: 'enabled', budget_tokens: 1_024 } }, 'max_tokens'],
  [{ tool_choice: { type: 'auto' } }, 'tool_choice'],
  [{ tools: [claudeTool, claudeTool] }, 'unique'],
  [{ system: [{ type: 'text', text: ' ' }] }, 'whitespace'],
  [{ messages: [{ role: 'user', content: [result] }] }, 'tool_use_id'],
  [{ messages: [hi, { role: 'assistant', content: [use] }, hi] }, 'without'],
  [{ messages: [{ role: 'assistant', content: 'Hi' }] }, 'first message'],
  [{ messages: [hi, { role: 'assistant', content: 'I am ' }] }, 'whitespace'],
  [{ model: 'claude-opus-5', messages: [hi, { role: 'assistant', content: 'I am' }] }, 'prefill'],
  [{ context_management: { edits: [] } }, 'context_management'],
])('Claude refuses %j', (fields, words) => {
  expect(wordsOf(MESSAGES, { ...claude, ...fields })).toContain(words);
});

test.each([
  [{ messages: [hi, { role: 'assistant', content: [{ ...use, input: 'sunny' }] }] }, 'dictionary'],
  [{ messages: [hi, { role: 'assistant', content: [{ ...use, input: [1] }] }] }, 'dictionary'],
])('Claude refuses a call whose input is no object: %j', (fields, words) => {
  expect(wordsOf(MESSAGES, { ...claude, ...fields })).toContain(words);
});

describe('a count', () => {
  const path = `${MESSAGES}/count_tokens`;
  const { max_tokens: _limit, ...counted } = claude;
  const beta = { 'anthropic-beta': 'context-management-2025-06-27' };

  test('takes what puts tokens in', () => {
    const thinking = { type: 'enabled', budget_tokens: 50_000 };
    const tools = [claudeTool];
    expect(wordsOf(path, { ...counted, thinking, tools, system: 'Be kind.' })).toBeNull();
    expect(wordsOf(path, { ...counted, context_management: { edits: [] } }, beta)).toBeNull();
  });

  test.each([
    'max_tokens',
    'temperature',
    'top_p',
    'top_k',
    'stream',
    'stop_sequences',
    'metadata',
  ])('takes no %s', (name) => {
    for (const headers of [{}, beta])
      expect(wordsOf(path, { ...counted, [name]: 1 }, headers)).toContain(name);
  });

  test('of Gemini takes the message of a call, and nothing beside it', () => {
    const gemini = '/v1beta/models/gemini-2.5-flash:countTokens';
    const contents = [{ role: 'user', parts: [{ text: 'Hi' }] }];
    expect(wordsOf(gemini, { generateContentRequest: { contents } })).toBeNull();
    expect(wordsOf(gemini, { contents, generationConfig: {} })).toContain('generationConfig');
    const seeded = { contents, generationConfig: { seed: 2 ** 31 } };
    expect(wordsOf(gemini, { generateContentRequest: seeded })).toContain('seed');
  });
});

test('a beta’s field needs the beta', () => {
  const body = { ...claude, context_management: { edits: [] } };
  expect(wordsOf(MESSAGES, body, { 'anthropic-beta': 'context-management-2025-06-27' })).toBeNull();
});

/** A field that comes with a later version of an SDK does not compile without its place here. */
const CHAT_FIELDS: Record<keyof ChatCompletionCreateParams, true> = {
  messages: true,
  model: true,
  audio: true,
  frequency_penalty: true,
  function_call: true,
  functions: true,
  logit_bias: true,
  logprobs: true,
  max_completion_tokens: true,
  max_tokens: true,
  metadata: true,
  modalities: true,
  moderation: true,
  n: true,
  parallel_tool_calls: true,
  prediction: true,
  presence_penalty: true,
  prompt_cache_key: true,
  prompt_cache_options: true,
  prompt_cache_retention: true,
  reasoning_effort: true,
  response_format: true,
  safety_identifier: true,
  seed: true,
  service_tier: true,
  stop: true,
  store: true,
  stream: true,
  stream_options: true,
  temperature: true,
  tool_choice: true,
  tools: true,
  top_logprobs: true,
  top_p: true,
  user: true,
  verbosity: true,
  web_search_options: true,
};
type InHeaders = 'betas' | 'user_profile_id' | 'workspace_id';
const STABLE_FIELDS: Record<Exclude<keyof MessageCreateParams, InHeaders>, true> = {
  cache_control: true,
  container: true,
  diagnostics: true,
  inference_geo: true,
  max_tokens: true,
  messages: true,
  metadata: true,
  model: true,
  output_config: true,
  service_tier: true,
  speed: true,
  stop_sequences: true,
  stream: true,
  system: true,
  thinking: true,
  tool_choice: true,
  tools: true,
};
const BETA_FIELDS: Record<Exclude<keyof BetaMessageCreateParams, InHeaders>, true> = {
  ...STABLE_FIELDS,
  billing_policy: true,
  compaction: true,
  context_management: true,
  fallback_credit_token: true,
  fallbacks: true,
  mcp_servers: true,
  output_format: true,
  thread: true,
};

test.each([
  ['openai-chat', 'CreateChatCompletionRequest', CHAT_FIELDS],
  ['anthropic-messages', 'MessageCreateParams', STABLE_FIELDS],
  ['anthropic-messages-beta', 'MessageCreateParams', BETA_FIELDS],
] as const)('the contract %s names the fields of its SDK', (name, definition, fields) => {
  const defs = z.record(z.string(), z.looseObject({ properties: z.object({}).loose().optional() }));
  const { properties } = defs.parse(contractOf(name)['$defs'])[definition] ?? {};
  expect(Object.keys(properties ?? {}).toSorted()).toEqual(Object.keys(fields).toSorted());
});
