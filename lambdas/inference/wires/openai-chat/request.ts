import * as z from 'zod';
import { utf8Text } from '../../../shared/utf8.ts';
import { checked, countValues, isRecord } from '../../../http/body.ts';
import { familyOf } from '../../models/families.ts';
import { exactly, sentBody } from '../exact-call.ts';
import { featureOf, withoutFeature } from '../feature.ts';
import { addMedia, jsonBytes, measuresOf, newShape, shapeTexts, type Shape } from '../shape.ts';
import { unpricedContent, type Unpriced } from '../unpriced.ts';
import type { ParsedCall } from '../wire.ts';
import { unpricedChat, unpricedMessage, unpricedPart, unpricedTools } from './known.ts';

type Body = Readonly<Record<string, unknown>>;

/** Below 1 it is no limit at open servers, and OpenAI refuses it by itself. */
const limit = z.int().min(-10).max(10_000_000).nullish();
/** More than any model puts out. */
const LIMITLESS = 1_000_000;

const fields = z.looseObject({
  model: z.string().min(1).max(256),
  messages: z
    .array(z.looseObject({ role: z.string() }))
    .min(1)
    .max(10_000),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  max_tokens: limit,
  max_completion_tokens: limit,
  n: z.int().min(1).max(128).nullish(),
  tools: z
    .array(z.looseObject({ type: z.string().nullish() }))
    .max(1_000)
    .nullish(),
  functions: z.array(z.unknown()).max(1_000).nullish(),
  service_tier: z.string().nullish(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
});

export const readChat = (bytes: Uint8Array): ParsedCall => {
  const text = utf8Text(bytes);
  return exactly(text, (body) => measureChat(body, text));
};

/** The call that a body is, and the text that it was. Throws AppError `invalid_request` naming the field. */
export const measureChat = (body: Body, text: string | null = null): ParsedCall => {
  const call = checked(fields, body);
  // First, for it refuses what is nested too deep for all that follows.
  const values = countValues(body);
  const shape = shapeOf(body);
  const tools = call.tools ?? [];
  const limits = [call.max_completion_tokens, call.max_tokens]
    .filter((tokens) => tokens != null)
    .map((tokens) => (tokens < 1 ? LIMITLESS : tokens));
  return {
    model: call.model,
    isStream: call.stream ?? false,
    // Two names for one limit: a provider reads one of them, so the larger is held.
    maxTokens: limits.length === 0 ? null : Math.max(...limits),
    hasTwoLimits: limits.length > 1,
    choices: call.n ?? 1,
    tier: call.service_tier ?? null,
    wantsUsage: call.stream_options?.include_usage ?? false,
    measures: measuresOf(shape, {
      values,
      bytes: jsonBytes(body, text),
      messages: call.messages.length,
      tools: tools.length + (call.functions?.length ?? 0),
      ownTools: 0,
      prompts:
        isRecord(body['response_format']) && body['response_format']['type'] !== 'text' ? 1 : 0,
      repeated: 0,
    }),
    textsOf: chatTexts,
    // Caching is automatic here, so any input may be billed as a write where the model has a price for it.
    cacheWrites: '5m',
    unpriced: [...unpricedChat(body), ...unpricedTools(tools), ...shape.unpriced],
    feature: featureOf(call.metadata),
    ...(shape.sound === null ? {} : { readsAudio: true as const, sound: shape.sound }),
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
      ...withoutFeature(
        injectedMaxTokens === null && !isRenamed(call, model)
          ? sentBody(call)
          : withoutLimits(sentBody(call)),
      ),
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

const chatTexts = (body: Body): readonly string[] => shapeTexts(body, shapeOf(body));

type ChatShape = Shape & { sound: Unpriced | null };

const shapeOf = (body: Body): ChatShape => {
  const shape: ChatShape = { ...newShape(), sound: null };
  const messages = Array.isArray(body['messages']) ? body['messages'] : [];
  for (const [index, message] of messages.entries())
    if (isRecord(message)) addMessage(message, shape, `messages.${index}`);
  return shape;
};

const addMessage = (message: Body, shape: ChatShape, path: string): void => {
  const { content } = message;
  shape.unpriced.push(
    ...unpricedMessage(message, path),
    ...unpricedContent(content, `${path}.content`),
  );
  if (typeof content === 'string') shape.prose.set(message, ['content']);
  if (!Array.isArray(content)) return;
  for (const [index, part] of content.entries()) addPart(part, shape, `${path}.content.${index}`);
};

/** Images and files are counted as what they are, and a kind that is not known has no bound. */
const addPart = (part: unknown, shape: ChatShape, path: string): void => {
  if (!isRecord(part)) {
    // Words by themselves are taken by some; a list in a list is no part.
    if (Array.isArray(part)) shape.unpriced.push({ path, name: 'content.list' });
    return;
  }
  shape.unpriced.push(...unpricedPart(part, path));
  switch (part['type'] ?? 'text') {
    case 'text':
      shape.prose.set(part, ['text']);
      return;
    case 'image_url':
      shape.images += 1;
      if (typeof part['image_url'] === 'string') addMedia(shape, part, 'image_url');
      else addMedia(shape, part['image_url'], 'url');
      return;
    case 'input_audio':
      // As long as all that the model can read: its sender may say any length.
      shape.documents += 1;
      shape.sound ??= { path, name: 'content.input_audio' };
      addMedia(shape, part['input_audio'], 'data');
      return;
    case 'file':
      if (!isInline(part['file'])) shape.unpriced.push({ path, name: 'content.file' });
      shape.documents += 1;
      addMedia(shape, part['file'], 'file_data');
      return;
    default:
  }
};

/** By an address or an id nobody here knows how long it is. */
const isInline = (file: unknown): boolean =>
  isRecord(file) &&
  file['file_id'] == null &&
  typeof file['file_data'] === 'string' &&
  !/^\s*\w+:\/\//.test(file['file_data']);

/** The limit that is held, where the caller gave none that this model's provider reads. */
const limitOf = (call: ParsedCall, model: string, injected: number | null): object => {
  const field = limitField(model);
  if (injected !== null) return { [field]: injected };
  // Who knows nothing newer ignores the newer name, and would put out more than is held.
  return isRenamed(call, model) ? { [field]: call.maxTokens } : {};
};

const isRenamed = ({ body, maxTokens }: ParsedCall, model: string): boolean =>
  limitField(model) === 'max_tokens' && body['max_tokens'] == null && maxTokens !== null;

/** One limit alone: a provider refuses two, or keeps to the one that is not held. */
const withoutLimits = ({
  max_tokens: _old,
  max_completion_tokens: _new,
  ...rest
}: ParsedCall['body']): ParsedCall['body'] => rest;

const optionsOf = (value: unknown): object =>
  typeof value === 'object' && value !== null ? value : {};
