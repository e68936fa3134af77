import { isRecord } from '../../../http/body.ts';
import { foreignFields, unknownFields, unknownWords, type Unpriced } from '../unpriced.ts';

type Body = Readonly<Record<string, unknown>>;

/**
 * What bills no more than what is held. First the fields of OpenAI's published contract (CreateChatCompletionRequest, August
 * 2026) without `audio`, `prediction` and `web_search_options`, which bill by themselves; then those of others who speak this
 * wire that only shape an answer: https://api-docs.deepseek.com/api/create-chat-completion,
 * https://openrouter.ai/docs/api-reference/parameters, https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html
 * Not known are those that make more than one answer is billed for (`best_of`, `use_beam_search`), that name a limit of their own
 * (`options`) or a template (`chat_template`), and that add a prompt (`safe_prompt`).
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

  'allowed_token_ids',
  'bad_words',
  'enable_thinking',
  'guided_choice',
  'guided_decoding_backend',
  'guided_grammar',
  'guided_json',
  'guided_regex',
  'ignore_eos',
  'include_reasoning',
  'include_stop_str_in_output',
  'min_tokens',
  'min_p',
  'random_seed',
  'reasoning',
  'reasoning_format',
  'repetition_penalty',
  'skip_special_tokens',
  'spaces_between_special_tokens',
  'stop_token_ids',
  'structured_outputs',
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
/** Below 1 they are none. */
const LIMITS = ['max_tokens', 'max_completion_tokens'] as const;
/** Switches of the templates of open models. Any other word may be one that a template repeats, or a template itself. */
const TEMPLATE_WORDS: ReadonlySet<string> = new Set([
  'clear_thinking',
  'enable_thinking',
  'preserve_thinking',
  'reasoning_effort',
  'thinking',
]);
const TOOL_FIELDS: ReadonlySet<string> = new Set([
  'type',
  'function',
  'custom',
  'cache_control',
  'description',
  'format',
  'name',
  'parameters',
  'strict',
]);
const FUNCTION_FIELDS: ReadonlySet<string> = new Set([
  'name',
  'description',
  'parameters',
  'strict',
]);
/** Beside what its type names: a part is of one kind, whatever else a lenient provider would find in it. */
const PART_FIELDS: readonly string[] = [
  'type',
  'annotations',
  'cache_control',
  'id',
  'prompt_cache_breakpoint',
];
const PARTS: ReadonlyMap<unknown, ReadonlySet<string>> = new Map(
  ['text', 'image_url', 'input_audio', 'file', 'refusal'].map((type) => [
    type,
    new Set([...PART_FIELDS, type]),
  ]),
);
const SOUNDS: ReadonlySet<unknown> = new Set(['wav', 'mp3']);
const TIERS: ReadonlySet<unknown> = new Set([undefined, null, 'auto', 'default']);
const BETAS = /^(assistants=v[12]|responses=(experimental|v1)|realtime=v1)$/;

/** Parts of a body beside its messages that no bound is known of. */
export const unpricedChat = (body: Body): readonly Unpriced[] => {
  const { service_tier: tier, modalities, chat_template_kwargs: words, functions } = body;
  return [
    ...unknownFields(
      body,
      isSwitches(words) ? new Set([...FIELDS, 'chat_template_kwargs']) : FIELDS,
    ),
    ...(Array.isArray(functions) ? functions.flatMap(unpricedFunction) : []),
    ...LIMITS.filter((name) => typeof body[name] === 'number' && body[name] < 1).map((name) => ({
      path: name,
      name: `${name}.none`,
    })),
    ...(TIERS.has(tier) ? [] : [{ path: 'service_tier', name: `service_tier.${String(tier)}` }]),
    ...(Array.isArray(modalities) && modalities.some((one) => one !== 'text')
      ? [{ path: 'modalities', name: 'modalities' }]
      : []),
  ];
};

const isSwitches = (words: unknown): boolean =>
  isRecord(words) &&
  Object.entries(words).every(
    ([name, word]) => TEMPLATE_WORDS.has(name) && typeof word !== 'object',
  );

const unpricedFunction = (item: unknown, index: number): readonly Unpriced[] => {
  const path = `functions.${index}`;
  return isRecord(item)
    ? foreignFields(item, FUNCTION_FIELDS, path, 'functions')
    : [{ path, name: 'functions.other' }];
};

/** What one part of a message says beyond its kind; one without a type is words alone. */
export const unpricedPart = (part: Body, path: string): readonly Unpriced[] => {
  const { type } = part;
  const kind = typeof type === 'string' ? type : 'text';
  const known = PARTS.get(kind);
  if (known === undefined) return [{ path, name: `content.${kind}` }];
  if (type != null && type !== kind) return [{ path, name: 'content.other' }];
  const isKind = type === kind ? isShaped(kind, part[kind]) : typeof part['text'] === 'string';
  return unknownFields(part, known).length === 0 && isKind
    ? []
    : [{ path, name: `content.${type == null ? 'typeless' : `${kind}.other`}` }];
};

/** One image and no more; words that are words. */
const isShaped = (kind: unknown, value: unknown): boolean => {
  if (kind === 'image_url')
    return typeof value === 'string' || (isRecord(value) && typeof value['url'] === 'string');
  if (kind === 'input_audio')
    return isRecord(value) && typeof value['data'] === 'string' && SOUNDS.has(value['format']);
  return kind === 'file' || typeof value !== 'object' || value === null;
};

/** A message's own fields: words are text whatever their name, all else may be more. */
export const unpricedMessage = (message: Body, path: string): readonly Unpriced[] =>
  unknownFields(message, MESSAGE_FIELDS).flatMap(({ name }) =>
    typeof message[name] === 'object'
      ? [{ path: `${path}.${name}`, name: `messages.${name}` }]
      : [],
  );

/** Tools that the provider runs and bills, by their type or by a field of their own: `{"google_search":{}}`. */
export const unpricedTools = (
  tools: readonly { readonly type?: string | null | undefined; readonly [name: string]: unknown }[],
): readonly Unpriced[] =>
  tools.flatMap((tool, index) => {
    const { type } = tool;
    const path = `tools.${index}`;
    if (type != null && type !== 'function' && type !== 'custom')
      return [{ path: `${path}.type`, name: `tools.${type}` }];
    const foreign = foreignFields(tool, TOOL_FIELDS, path, 'tools');
    const isDeclared = type != null || isRecord(tool['function']);
    return isDeclared || foreign.length > 0
      ? foreign
      : [{ path: `${path}.type`, name: 'tools.typeless' }];
  });

/** Words of the caller's `openai-beta` that are not known. */
export const unpricedHeaders = (headers: Readonly<Record<string, string>>): readonly Unpriced[] =>
  unknownWords('openai-beta', headers['openai-beta'], (beta) => BETAS.test(beta));
