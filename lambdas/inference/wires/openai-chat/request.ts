import * as z from 'zod';
import { utf8Text } from '../../../shared/utf8.ts';
import { checkFields, isRecord, parseJsonObject } from '../../../http/body.ts';
import { familyOf } from '../../models/families.ts';
import { collectTexts, featureOf, noLeaves, withoutBytes, type Leaves } from '../leaves.ts';
import type { ParsedCall } from '../wire.ts';

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

export const readChat = (body: Uint8Array): ParsedCall =>
  measureChat(parseJsonObject(utf8Text(body)));

/** The call that a body is. Throws AppError `invalid_request` naming the field. */
export const measureChat = (body: Readonly<Record<string, unknown>>): ParsedCall => {
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
    tier: call.service_tier ?? null,
    wantsUsage: call.stream_options?.include_usage ?? false,
    measures: {
      texts: leaves.texts,
      messages: call.messages.length,
      tools: call.tools?.length ?? 0,
      images: leaves.images,
    },
    // Caching is automatic here, so any input may be billed as a write where the model has a price for it.
    cacheWrites: '5m',
    unpricedField: unpricedField(body, call.service_tier ?? null) ?? leaves.unpriced,
    feature: featureOf(call.metadata),
    body,
  };
};

/** The body for the provider: its own name of the model, the limit that is held, and a stream's usage. */
export const rewriteChat = (
  call: ParsedCall,
  model: string,
  injectedMaxTokens: number | null,
): Uint8Array =>
  Buffer.from(
    JSON.stringify({
      ...call.body,
      model,
      ...limitOf(call, model, injectedMaxTokens),
      ...(call.isStream
        ? {
            stream: true,
            stream_options: { ...optionsOf(call.body['stream_options']), include_usage: true },
          }
        : {}),
    }),
  );

/** Newer models of OpenAI refuse `max_tokens`; everybody else knows nothing newer. */
export const limitField = (model: string): 'max_completion_tokens' | 'max_tokens' =>
  familyOf(model)?.wantsCompletionLimit(model) === true ? 'max_completion_tokens' : 'max_tokens';

const INPUTS = ['tools', 'functions', 'response_format', 'tool_choice', 'function_call'] as const;

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

const unpricedField = (
  body: Readonly<Record<string, unknown>>,
  tier: string | null,
): string | null => {
  if (tier !== null && tier !== 'auto' && tier !== 'default') return 'service_tier';
  for (const name of ['web_search_options', 'audio', 'prediction'])
    if (body[name] !== undefined && body[name] !== null) return name;
  const tools = Array.isArray(body['tools']) ? body['tools'] : [];
  const isFree = (type: unknown) => type === 'function' || type === 'custom' || type === undefined;
  const index = tools.findIndex((tool: { readonly type?: unknown }) => !isFree(tool.type));
  return index === -1 ? null : `tools.${index}.type`;
};

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
