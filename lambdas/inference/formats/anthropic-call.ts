import * as z from 'zod';
import type { CallFormat, ParsedCall, StreamState, StreamStep } from '../domain/call.ts';
import { NO_TOKENS, type TokenUsage } from '../domain/usage.ts';
import { sseText } from '../../shared/sse.ts';
import { checkFields, collectTexts, parseJsonObject } from './read-body.ts';

const fields = z.looseObject({
  model: z.string().min(1).max(256),
  messages: z
    .array(z.looseObject({ role: z.string() }))
    .min(1)
    .max(100_000),
  stream: z.boolean().nullish(),
  max_tokens: z.int().min(1).max(10_000_000).nullish(),
  tools: z
    .array(z.looseObject({ type: z.string().nullish() }))
    .max(1_000)
    .nullish(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
});

const usage = z.looseObject({
  input_tokens: z.int().nullish(),
  output_tokens: z.int().nullish(),
  cache_read_input_tokens: z.int().nullish(),
  cache_creation_input_tokens: z.int().nullish(),
  cache_creation: z
    .looseObject({
      ephemeral_5m_input_tokens: z.int().nullish(),
      ephemeral_1h_input_tokens: z.int().nullish(),
    })
    .nullish(),
});
type WireUsage = z.infer<typeof usage>;

const answer = z.looseObject({
  usage: usage.nullish(),
  content: z
    .array(
      z.looseObject({
        text: z.string().nullish(),
        thinking: z.string().nullish(),
        name: z.string().nullish(),
        input: z.unknown().optional(),
      }),
    )
    .nullish(),
});
const event = z.looseObject({
  type: z.string(),
  message: answer.nullish(),
  usage: usage.nullish(),
  delta: z
    .looseObject({
      text: z.string().nullish(),
      thinking: z.string().nullish(),
      partial_json: z.string().nullish(),
    })
    .nullish(),
});

/** The messages wire of Anthropic. */
export const anthropicCall: CallFormat = {
  path: '/v1/messages',
  parse: (bodyText) => parse(bodyText),
  upstreamBody: (call, model, injected) =>
    JSON.stringify({ ...call.body, model, ...(injected === null ? {} : { max_tokens: injected }) }),
  usageOf: (body) => {
    const parsed = answer.safeParse(body);
    return parsed.success && parsed.data.usage ? tokensOf(parsed.data.usage, null) : null;
  },
  textOf: (body) => {
    const parsed = answer.safeParse(body);
    const blocks = parsed.success ? (parsed.data.content ?? []) : [];
    return blocks
      .map((block) => block.text ?? block.thinking ?? JSON.stringify(block.input ?? ''))
      .join('');
  },
  step: (state, _name, data) => step(state, data),
  errorFrame: (_code, type, message, requestId) =>
    sseText('error', { type: 'error', error: { type, message }, request_id: requestId }),
};

const step = (state: StreamState, data: string): StreamStep => {
  const told = event.parse(JSON.parse(data));
  switch (told.type) {
    case 'message_start':
      return shown({
        ...state,
        usage: told.message?.usage ? tokensOf(told.message.usage, state.usage) : state.usage,
      });
    case 'content_block_delta': {
      const text = told.delta?.text ?? told.delta?.thinking ?? told.delta?.partial_json ?? '';
      return shown(text === '' ? state : { ...state, sawToken: true, text: state.text + text });
    }
    case 'message_delta':
      return shown({
        ...state,
        sawToken: true,
        usage: told.usage ? tokensOf(told.usage, state.usage) : state.usage,
      });
    case 'message_stop':
      return shown({ ...state, ended: true });
    case 'error':
      return shown({ ...state, failed: true });
    default:
      return shown(state);
  }
};

const shown = (state: StreamState): StreamStep => ({ state, isShown: true });

const parse = (bodyText: string): ParsedCall => {
  const body = parseJsonObject(bodyText);
  const call = checkFields(fields, body);
  const leaves = { texts: [], images: 0 };
  for (const name of [
    'system',
    'messages',
    'tools',
    'tool_choice',
    'output_config',
    'output_format',
  ])
    collectTexts(body[name], leaves, (part) => 'type' in part && part.type === 'image');
  const feature = call.metadata?.['feature'];
  return {
    model: call.model,
    isStream: call.stream ?? false,
    maxTokens: call.max_tokens ?? null,
    choices: 1,
    wantsUsage: true,
    inputTexts: leaves.texts,
    messageCount: call.messages.length,
    toolCount: call.tools?.length ?? 0,
    imageCount: leaves.images,
    cacheWrites: cacheWrites(bodyText),
    unpricedField: unpricedField(body),
    feature: typeof feature === 'string' ? feature : null,
    body,
  };
};

const cacheWrites = (bodyText: string): ParsedCall['cacheWrites'] =>
  !bodyText.includes('cache_control') ? 'none' : /"ttl"\s*:\s*"1h"/.test(bodyText) ? '1h' : '5m';

/** Documents by id or of unknown length, tools that the provider runs and bills, tiers without a price. */
const unpricedField = (body: Record<string, unknown>): string | null => {
  for (const name of ['mcp_servers', 'container', 'inference_geo', 'speed'])
    if (body[name] !== undefined && body[name] !== null) return name;
  const tools = Array.isArray(body['tools']) ? body['tools'] : [];
  const isFree = (type: unknown) => type === undefined || type === null || type === 'custom';
  const index = tools.findIndex((tool: { readonly type?: unknown }) => !isFree(tool.type));
  if (index !== -1) return `tools.${index}.type`;
  return hasUnboundedSource(body['messages'], 0) ? 'messages.content.source' : null;
};

const hasUnboundedSource = (value: unknown, depth: number): boolean => {
  if (depth > 64 || typeof value !== 'object' || value === null) return false;
  if ('type' in value && value.type === 'container_upload') return true;
  if ('type' in value && value.type === 'document' && 'source' in value) {
    const { source } = value;
    const kind =
      typeof source === 'object' && source !== null && 'type' in source ? source.type : null;
    if (kind !== 'text' && kind !== 'content') return true;
  }
  return Object.values(value).some((item) => hasUnboundedSource(item, depth + 1));
};

/** Later events repeat or complete the counts of `message_start`. */
const tokensOf = (told: WireUsage, before: TokenUsage | null): TokenUsage => {
  const cacheWrite1h = told.cache_creation?.ephemeral_1h_input_tokens ?? before?.cacheWrite1h ?? 0;
  const cacheWrites = told.cache_creation_input_tokens ?? null;
  return {
    ...NO_TOKENS,
    input: told.input_tokens ?? before?.input ?? 0,
    cacheRead: told.cache_read_input_tokens ?? before?.cacheRead ?? 0,
    cacheWrite1h,
    cacheWrite5m:
      cacheWrites === null ? (before?.cacheWrite5m ?? 0) : Math.max(0, cacheWrites - cacheWrite1h),
    output: told.output_tokens ?? before?.output ?? 0,
  };
};
