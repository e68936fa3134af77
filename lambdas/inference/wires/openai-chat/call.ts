import * as z from 'zod';
import type { CallFormat, ParsedCall, StreamState } from '../wire.ts';
import { NO_TOKENS, type TokenUsage } from '../../../ledger/domain/usage.ts';
import { sseText } from '../frames/sse.ts';
import { checkFields, isRecord, parseJsonObject } from '../../../http/body.ts';
import { collectTexts, featureOf, noLeaves, withoutBytes, type Leaves } from '../leaves.ts';

const fields = z.looseObject({
  model: z.string().min(1).max(256),
  messages: z
    .array(z.looseObject({ role: z.string() }))
    .min(1)
    .max(10_000),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  max_tokens: z.int().min(1).max(10_000_000).nullish(),
  max_completion_tokens: z.int().min(1).max(10_000_000).nullish(),
  n: z.int().min(1).max(128).nullish(),
  tools: z
    .array(z.looseObject({ type: z.string().nullish() }))
    .max(1_000)
    .nullish(),
  service_tier: z.string().nullish(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
});

const usage = z.looseObject({
  prompt_tokens: z.int(),
  completion_tokens: z.int(),
  prompt_tokens_details: z
    .looseObject({
      cached_tokens: z.int().nullish(),
      cache_write_tokens: z.int().nullish(),
      audio_tokens: z.int().nullish(),
    })
    .nullish(),
  /** DeepSeek's own word for `cached_tokens`. */
  prompt_cache_hit_tokens: z.int().nullish(),
  completion_tokens_details: z
    .looseObject({ reasoning_tokens: z.int().nullish(), audio_tokens: z.int().nullish() })
    .nullish(),
});
const said = z.looseObject({ name: z.string().nullish(), arguments: z.string().nullish() });
/** What a model put out: text, or parts of a vendor's own shape. */
const output = z.unknown().optional();
const words = z.looseObject({
  content: output,
  refusal: output,
  reasoning_content: output,
  reasoning: output,
  function_call: said.nullish(),
  tool_calls: z.array(z.looseObject({ function: said.nullish() })).nullish(),
});
const chunk = z.looseObject({
  choices: z.array(z.looseObject({ delta: words.nullish(), message: words.nullish() })).nullish(),
  usage: usage.nullish(),
  error: z.unknown().optional(),
});

/** The chat completions wire of OpenAI and of everyone who speaks it. */
export const openaiCall: CallFormat = {
  path: '/chat/completions',
  parse: (bodyText) => parse(bodyText),
  upstreamBody: (call, model, injected) =>
    JSON.stringify({
      ...call.body,
      model,
      ...limitOf(call, model, injected),
      ...(call.isStream
        ? { stream_options: { ...optionsOf(call.body['stream_options']), include_usage: true } }
        : {}),
    }),
  usageOf: (answer) => {
    const parsed = chunk.safeParse(answer);
    return parsed.success && parsed.data.usage ? tokensOf(parsed.data.usage) : null;
  },
  textOf: (answer) => {
    const parsed = chunk.safeParse(answer);
    return parsed.success ? textsOf(parsed.data).join('') : '';
  },
  step: (state, _event, data, wantsUsage) => {
    if (data === '[DONE]') return { state: { ...state, ended: true }, isShown: true };
    const parsed = chunk.parse(JSON.parse(data));
    if (parsed.error !== undefined && parsed.error !== null)
      return { state: { ...state, failed: true }, isShown: true };
    const isUsageOnly = parsed.usage != null && (parsed.choices ?? []).length === 0;
    return {
      state: withChunk(state, textsOf(parsed), parsed.usage ? tokensOf(parsed.usage) : null),
      isShown: wantsUsage || !isUsageOnly,
    };
  },
  errorFrame: (code, type, message, requestId) =>
    sseText(null, { error: { message, type, code, param: null, request_id: requestId } }),
};

const INPUTS = ['tools', 'functions', 'response_format', 'tool_choice', 'function_call'] as const;

const parse = (bodyText: string): ParsedCall => {
  const body = parseJsonObject(bodyText);
  const call = checkFields(fields, body);
  const leaves = noLeaves();
  for (const [index, message] of call.messages.entries())
    collectMessage(message, leaves, `messages.${index}`);
  for (const name of INPUTS) collectTexts(body[name], leaves);
  const limits = [call.max_completion_tokens, call.max_tokens].filter((limit) => limit != null);
  return {
    model: call.model,
    isStream: call.stream ?? false,
    // Two names for one limit: a provider reads one of them, so the larger is held.
    maxTokens: limits.length === 0 ? null : Math.max(...limits),
    choices: call.n ?? 1,
    wantsUsage: call.stream_options?.include_usage ?? false,
    inputTexts: leaves.texts,
    messageCount: call.messages.length,
    toolCount: call.tools?.length ?? 0,
    imageCount: leaves.images,
    // Caching is automatic here, so any input may be billed as a write where the model has a price for it.
    cacheWrites: '5m',
    unpricedField: unpricedField(body, call.service_tier ?? null) ?? leaves.unpriced,
    feature: featureOf(call.metadata),
    body,
  };
};

const collectMessage = (
  { content, ...rest }: Record<string, unknown>,
  leaves: Leaves,
  path: string,
): void => {
  if (rest['audio'] != null) leaves.unpriced ??= `${path}.audio`;
  collectTexts(rest, leaves);
  if (!Array.isArray(content)) {
    collectTexts(content, leaves);
    return;
  }
  for (const [index, part] of content.entries())
    collectPart(part, leaves, `${path}.content.${index}`);
};

/** An image is counted, not read; all else beside it is text. */
const collectPart = (part: unknown, leaves: Leaves, path: string): void => {
  const type = isRecord(part) ? part['type'] : null;
  if (isRecord(part) && type === 'image_url') {
    leaves.images += 1;
    collectTexts({ ...part, image_url: withoutBytes(part['image_url'], 'url') }, leaves);
    return;
  }
  if (type === 'input_audio' || type === 'file') leaves.unpriced ??= path;
  collectTexts(part, leaves);
};

const unpricedField = (body: Record<string, unknown>, tier: string | null): string | null => {
  if (tier !== null && tier !== 'auto' && tier !== 'default') return 'service_tier';
  for (const name of ['web_search_options', 'audio', 'prediction'])
    if (body[name] !== undefined && body[name] !== null) return name;
  const tools = Array.isArray(body['tools']) ? body['tools'] : [];
  const isFree = (type: unknown) => type === 'function' || type === 'custom' || type === undefined;
  const index = tools.findIndex((tool: { readonly type?: unknown }) => !isFree(tool.type));
  return index === -1 ? null : `tools.${index}.type`;
};

/** Newer models of OpenAI refuse `max_tokens`; everybody else knows nothing newer. */
export const limitField = (model: string): 'max_completion_tokens' | 'max_tokens' =>
  /^(gpt-(?!oss)|o\d|chatgpt-|ft:gpt-)/.test(model) ? 'max_completion_tokens' : 'max_tokens';

/** The limit that is held, where the caller gave none that this model's provider reads. */
const limitOf = (call: ParsedCall, model: string, injected: number | null): object => {
  const field = limitField(model);
  if (injected !== null) return { [field]: injected };
  // Who knows nothing newer ignores the newer name, and would put out more than is held.
  const isIgnored = field === 'max_tokens' && call.body['max_tokens'] == null;
  return isIgnored && call.maxTokens !== null ? { max_tokens: call.maxTokens } : {};
};

const optionsOf = (value: unknown): object =>
  typeof value === 'object' && value !== null ? value : {};

const tokensOf = (told: z.infer<typeof usage>): TokenUsage => {
  const details = told.prompt_tokens_details;
  const cacheRead = details?.cached_tokens ?? told.prompt_cache_hit_tokens ?? 0;
  const cacheWrite5m = details?.cache_write_tokens ?? 0;
  const audioInput = details?.audio_tokens ?? 0;
  return {
    ...NO_TOKENS,
    input: Math.max(0, told.prompt_tokens - cacheRead - cacheWrite5m - audioInput),
    cacheRead,
    cacheWrite5m,
    audioInput,
    output: told.completion_tokens,
    reasoning: told.completion_tokens_details?.reasoning_tokens ?? 0,
    audioOutput: told.completion_tokens_details?.audio_tokens ?? 0,
  };
};

const textsOf = (parsed: z.infer<typeof chunk>): string[] =>
  (parsed.choices ?? []).flatMap(({ delta, message }) => {
    const put = delta ?? message;
    if (!put) return [];
    const calls = [put.function_call, ...(put.tool_calls ?? []).map((call) => call.function)];
    return [
      put.content,
      put.refusal,
      put.reasoning_content ?? put.reasoning,
      ...calls.flatMap((call) => [call?.name, call?.arguments]),
    ].flatMap(asText);
  });

const asText = (value: unknown): string[] =>
  value === undefined || value === null || value === ''
    ? []
    : [typeof value === 'string' ? value : JSON.stringify(value)];

const withChunk = (
  state: StreamState,
  texts: readonly string[],
  told: TokenUsage | null,
): StreamState => ({
  ...state,
  text: state.text + texts.join(''),
  sawToken: state.sawToken || texts.length > 0,
  usage: told ?? state.usage,
});
