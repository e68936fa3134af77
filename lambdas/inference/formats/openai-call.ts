import * as z from 'zod';
import type { CallFormat, ParsedCall, StreamState } from '../domain/call.ts';
import { NO_TOKENS, type TokenUsage } from '../domain/usage.ts';
import { sseText } from '../../shared/sse.ts';
import { checkFields, collectTexts, parseJsonObject, typesBelow } from './read-body.ts';

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
    .looseObject({ cached_tokens: z.int().nullish(), audio_tokens: z.int().nullish() })
    .nullish(),
  completion_tokens_details: z
    .looseObject({ reasoning_tokens: z.int().nullish(), audio_tokens: z.int().nullish() })
    .nullish(),
});
const toolCalls = z
  .array(
    z.looseObject({
      function: z
        .looseObject({ name: z.string().nullish(), arguments: z.string().nullish() })
        .nullish(),
    }),
  )
  .nullish();
const words = z.looseObject({
  content: z.string().nullish(),
  refusal: z.string().nullish(),
  reasoning_content: z.string().nullish(),
  tool_calls: toolCalls,
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
      ...(injected === null ? {} : { [limitField(model)]: injected }),
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

const parse = (bodyText: string): ParsedCall => {
  const body = parseJsonObject(bodyText);
  const call = checkFields(fields, body);
  const leaves = { texts: [], images: 0 };
  const inputs = [
    'messages',
    'tools',
    'functions',
    'response_format',
    'tool_choice',
    'function_call',
  ];
  for (const name of inputs)
    collectTexts(body[name], leaves, (part) => 'type' in part && part.type === 'image_url');
  const feature = call.metadata?.['feature'];
  return {
    model: call.model,
    isStream: call.stream ?? false,
    maxTokens: call.max_completion_tokens ?? call.max_tokens ?? null,
    choices: call.n ?? 1,
    wantsUsage: call.stream_options?.include_usage ?? false,
    inputTexts: leaves.texts,
    messageCount: call.messages.length,
    toolCount: call.tools?.length ?? 0,
    imageCount: leaves.images,
    cacheWrites: 'none',
    unpricedField: unpricedField(body, call.service_tier ?? null),
    feature: typeof feature === 'string' ? feature : null,
    body,
  };
};

const unpricedField = (body: Record<string, unknown>, tier: string | null): string | null => {
  if (tier !== null && tier !== 'auto' && tier !== 'default') return 'service_tier';
  for (const name of ['web_search_options', 'audio', 'prediction'])
    if (body[name] !== undefined && body[name] !== null) return name;
  const types = typesBelow(body['messages']);
  if (types.some((type) => type === 'input_audio' || type === 'file')) return 'messages.content';
  const tools = Array.isArray(body['tools']) ? body['tools'] : [];
  const isFree = (type: unknown) => type === 'function' || type === 'custom' || type === undefined;
  const index = tools.findIndex((tool: { readonly type?: unknown }) => !isFree(tool.type));
  return index === -1 ? null : `tools.${index}.type`;
};

/** Newer models of OpenAI refuse `max_tokens`; everybody else knows nothing newer. */
const limitField = (model: string): string =>
  /^(gpt-|o\d|chatgpt-|ft:gpt-)/.test(model) ? 'max_completion_tokens' : 'max_tokens';

const optionsOf = (value: unknown): object =>
  typeof value === 'object' && value !== null ? value : {};

const tokensOf = (told: z.infer<typeof usage>): TokenUsage => {
  const cacheRead = told.prompt_tokens_details?.cached_tokens ?? 0;
  const audioInput = told.prompt_tokens_details?.audio_tokens ?? 0;
  return {
    ...NO_TOKENS,
    input: Math.max(0, told.prompt_tokens - cacheRead - audioInput),
    cacheRead,
    audioInput,
    output: told.completion_tokens,
    reasoning: told.completion_tokens_details?.reasoning_tokens ?? 0,
    audioOutput: told.completion_tokens_details?.audio_tokens ?? 0,
  };
};

const textsOf = (parsed: z.infer<typeof chunk>): string[] =>
  (parsed.choices ?? []).flatMap(({ delta, message }) => {
    const said = delta ?? message;
    if (!said) return [];
    const calls = (said.tool_calls ?? []).flatMap((call) => [
      call.function?.name,
      call.function?.arguments,
    ]);
    return [said.content, said.refusal, said.reasoning_content, ...calls].filter(
      (text): text is string => typeof text === 'string' && text !== '',
    );
  });

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
