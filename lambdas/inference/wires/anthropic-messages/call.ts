import * as z from 'zod';
import type { CallFormat, ParsedCall, StreamState, StreamStep } from '../wire.ts';
import { NO_TOKENS, type TokenUsage } from '../../../ledger/domain/usage.ts';
import { sseText } from '../frames/sse.ts';
import { checkFields, DEPTH_MAX, isRecord, parseJsonObject } from '../../../http/body.ts';
import {
  collectTexts,
  featureOf,
  noLeaves,
  tooDeep,
  withoutBytes,
  type Leaves,
} from '../leaves.ts';

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
    case 'message_start': {
      // Its output count is a placeholder: only `message_delta` tells what was put out.
      const first = told.message?.usage ? tokensOf(told.message.usage, state.usage) : null;
      return shown(first === null ? state : { ...state, usage: { ...first, output: 0 } });
    }
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

const INPUTS = ['system', 'tools', 'tool_choice', 'output_config', 'output_format'] as const;

const parse = (bodyText: string): ParsedCall => {
  const body = parseJsonObject(bodyText);
  const call = checkFields(fields, body);
  const leaves = noLeaves();
  for (const [index, { content, ...rest }] of call.messages.entries()) {
    collectTexts(rest, leaves);
    collectBlocks(content, leaves, `messages.${index}.content`);
  }
  for (const name of INPUTS) collectTexts(body[name], leaves);
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
    cacheWrites: cacheWrites(body, leaves.texts),
    unpricedField: unpricedField(body) ?? leaves.unpriced,
    feature: featureOf(call.metadata),
    body,
  };
};

/** Content blocks: images are counted, documents of unknown length are refused, all else is text. */
const collectBlocks = (value: unknown, leaves: Leaves, path: string, depth = 0): void => {
  if (depth > DEPTH_MAX) throw tooDeep();
  if (Array.isArray(value)) {
    for (const [index, block] of value.entries())
      collectBlocks(block, leaves, `${path}.${index}`, depth + 1);
    return;
  }
  const type = isRecord(value) ? value['type'] : null;
  if (!isRecord(value)) collectTexts(value, leaves);
  else if (type === 'image') {
    leaves.images += 1;
    collectTexts({ ...value, source: withoutBytes(value['source'], 'data', 'url') }, leaves);
  } else if (type === 'tool_result') {
    const { content, ...rest } = value;
    collectTexts(rest, leaves);
    collectBlocks(content, leaves, `${path}.content`, depth + 1);
  } else if (type === 'document' && isRecord(value['source'])) {
    const { source, ...rest } = value;
    const { content, ...about } = source;
    collectTexts([rest, about], leaves);
    collectBlocks(content, leaves, `${path}.source.content`, depth + 1);
    if (about['type'] !== 'text' && about['type'] !== 'content')
      leaves.unpriced ??= `${path}.source`;
  } else {
    if (type === 'container_upload') leaves.unpriced ??= path;
    collectTexts(value, leaves);
  }
};

const cacheWrites = (
  body: Record<string, unknown>,
  texts: readonly string[],
): ParsedCall['cacheWrites'] => {
  const leaves = noLeaves();
  collectTexts(body['cache_control'], leaves);
  const names = [...texts, ...leaves.texts];
  if (body['cache_control'] == null && !names.includes('cache_control')) return 'none';
  return names.includes('1h') ? '1h' : '5m';
};

/** Tools that the provider runs and bills, and modes without a price. */
const unpricedField = (body: Record<string, unknown>): string | null => {
  for (const name of ['mcp_servers', 'container', 'inference_geo', 'speed'])
    if (body[name] !== undefined && body[name] !== null) return name;
  const tools = Array.isArray(body['tools']) ? body['tools'] : [];
  const isFree = (type: unknown) => type === undefined || type === null || type === 'custom';
  const index = tools.findIndex((tool: { readonly type?: unknown }) => !isFree(tool.type));
  return index === -1 ? null : `tools.${index}.type`;
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
