import * as z from 'zod';
import { utf8Text } from '../../../shared/utf8.ts';
import { checkFields, DEPTH_MAX, isRecord, parseJsonObject } from '../../../http/body.ts';
import {
  collectTexts,
  featureOf,
  noLeaves,
  tooDeep,
  withoutBytes,
  type Leaves,
} from '../leaves.ts';
import type { ParsedCall } from '../wire.ts';

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

const INPUTS = ['system', 'tools', 'tool_choice', 'output_config', 'output_format'] as const;

export const readMessages = (body: Uint8Array): ParsedCall =>
  measureMessages(parseJsonObject(utf8Text(body)));

/** The call that a body is. Throws AppError `invalid_request` naming the field. */
export const measureMessages = (body: Readonly<Record<string, unknown>>): ParsedCall => {
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
    tier: null,
    wantsUsage: true,
    measures: {
      texts: leaves.texts,
      messages: call.messages.length,
      tools: call.tools?.length ?? 0,
      images: leaves.images,
    },
    cacheWrites: cacheWrites(body, leaves.texts),
    unpricedField: unpricedField(body) ?? leaves.unpriced,
    feature: featureOf(call.metadata),
    body,
  };
};

/** The body for the provider: its own name of the model, and the limit that is held. */
export const rewriteMessages = (
  call: ParsedCall,
  model: string,
  injectedMaxTokens: number | null,
): Uint8Array =>
  Buffer.from(
    JSON.stringify({
      ...call.body,
      model,
      ...(injectedMaxTokens === null ? {} : { max_tokens: injectedMaxTokens }),
      ...(call.isStream ? { stream: true } : {}),
    }),
  );

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
  body: Readonly<Record<string, unknown>>,
  texts: readonly string[],
): ParsedCall['cacheWrites'] => {
  const leaves = noLeaves();
  collectTexts(body['cache_control'], leaves);
  const names = [...texts, ...leaves.texts];
  if (body['cache_control'] == null && !names.includes('cache_control')) return 'none';
  return names.includes('1h') ? '1h' : '5m';
};

/** Tools that the provider runs and bills, and modes without a price. */
const unpricedField = (body: Readonly<Record<string, unknown>>): string | null => {
  for (const name of ['mcp_servers', 'container', 'inference_geo', 'speed'])
    if (body[name] !== undefined && body[name] !== null) return name;
  const tools = Array.isArray(body['tools']) ? body['tools'] : [];
  const isFree = (type: unknown) => type === undefined || type === null || type === 'custom';
  const index = tools.findIndex((tool: { readonly type?: unknown }) => !isFree(tool.type));
  return index === -1 ? null : `tools.${index}.type`;
};
