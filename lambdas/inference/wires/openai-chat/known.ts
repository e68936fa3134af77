import { unknownFields, unknownWords, type Unpriced } from '../unpriced.ts';

type Body = Readonly<Record<string, unknown>>;

/**
 * What bills no more than what is held. First the fields of OpenAI's published contract (CreateChatCompletionRequest, August
 * 2026) without `audio`, `prediction` and `web_search_options`, which bill by themselves; then those of others who speak this
 * wire that only shape an answer: https://api-docs.deepseek.com/api/create-chat-completion,
 * https://openrouter.ai/docs/api-reference/parameters, https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html
 */
const FIELDS: ReadonlySet<string> = new Set([
  'frequency_penalty',
  'function_call',
  'functions',
  'logit_bias',
  'logprobs',
  'max_completion_tokens',
  'max_tokens',
  'messages',
  'metadata',
  'modalities',
  'model',
  'moderation',
  'n',
  'parallel_tool_calls',
  'presence_penalty',
  'prompt_cache_key',
  'prompt_cache_options',
  'prompt_cache_retention',
  'reasoning_effort',
  'response_format',
  'safety_identifier',
  'seed',
  'service_tier',
  'stop',
  'store',
  'stream',
  'stream_options',
  'temperature',
  'tool_choice',
  'tools',
  'top_logprobs',
  'top_p',
  'user',
  'verbosity',

  'enable_thinking',
  'include_reasoning',
  'min_p',
  'reasoning',
  'repetition_penalty',
  'thinking',
  'top_a',
  'top_k',
  'usage',
]);
const MESSAGE_FIELDS: ReadonlySet<string> = new Set([
  'role',
  'content',
  'name',
  'refusal',
  'function_call',
  'tool_call_id',
  'tool_calls',
  'annotations',
  'reasoning',
  'reasoning_content',
  'reasoning_details',
  'cache_control',
]);
const TIERS: ReadonlySet<unknown> = new Set([undefined, null, 'auto', 'default']);
const BETAS = /^(assistants=v[12]|responses=(experimental|v1)|realtime=v1)$/;

/** Parts of a body beside its messages that no bound is known of. */
export const unpricedChat = (body: Body): readonly Unpriced[] => {
  const { service_tier: tier, modalities } = body;
  return [
    ...unknownFields(body, FIELDS),
    ...(TIERS.has(tier) ? [] : [{ path: 'service_tier', name: `service_tier.${String(tier)}` }]),
    ...(Array.isArray(modalities) && modalities.some((one) => one !== 'text')
      ? [{ path: 'modalities', name: 'modalities' }]
      : []),
  ];
};

/** A message's own fields: words are text whatever their name, all else may be more. */
export const unpricedMessage = (message: Body, path: string): readonly Unpriced[] =>
  unknownFields(message, MESSAGE_FIELDS).flatMap(({ name }) =>
    typeof message[name] === 'object'
      ? [{ path: `${path}.${name}`, name: `messages.${name}` }]
      : [],
  );

/** Tools that the provider runs and bills. */
export const unpricedTools = (
  tools: readonly { readonly type?: string | null | undefined }[],
): readonly Unpriced[] =>
  tools.flatMap(({ type }, index) =>
    type === undefined || type === null || type === 'function' || type === 'custom'
      ? []
      : [{ path: `tools.${index}.type`, name: `tools.${type}` }],
  );

/** Words of the caller's `openai-beta` that are not known. */
export const unpricedHeaders = (headers: Readonly<Record<string, string>>): readonly Unpriced[] =>
  unknownWords('openai-beta', headers['openai-beta'], (beta) => BETAS.test(beta));
