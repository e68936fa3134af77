import * as z from 'zod';
import { utf8Text } from '../../../shared/utf8.ts';
import { checked, countValues, isRecord } from '../../../http/body.ts';
import { exactly, sentBody } from '../exact-call.ts';
import { featureOf, withoutFeature } from '../feature.ts';
import {
  addMedia,
  jsonBytes,
  measuresOf,
  mediaBytes,
  newShape,
  shapeTexts,
  type Shape,
} from '../shape.ts';
import { unpricedContent } from '../unpriced.ts';
import type { ParsedCall } from '../wire.ts';
import { thinkingTokens, thinkingWithin } from './claude-thinking.ts';
import { withoutOwnMarks } from './own-marks.ts';
import { messagesTools, unpricedBlock, unpricedMessage, unpricedMessages } from './known.ts';

type Body = Readonly<Record<string, unknown>>;

const fields = z.looseObject({
  model: z.string().min(1).max(256),
  messages: z
    .array(z.looseObject({ role: z.string() }))
    .min(1)
    .max(100_000),
  stream: z.boolean().nullish(),
  // 0 fills the cache and answers nothing.
  max_tokens: z.int().min(0).max(10_000_000).nullish(),
  tools: z
    .array(z.looseObject({ type: z.string().nullish() }))
    .max(1_000)
    .nullish(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
});

export const readMessages = (bytes: Uint8Array): ParsedCall => {
  const text = utf8Text(bytes);
  return exactly(text, (body) => measureMessages(body, text));
};

/** The call that a body is, and the text that it was. Throws AppError `invalid_request` naming the field. */
export const measureMessages = (body: Body, text: string | null = null): ParsedCall => {
  const call = checked(fields, body);
  const marks: CacheMarks = { isMarked: false, isLong: false };
  // First, for it refuses what is nested too deep for all that follows.
  const values = countValues(body, (name, value) => addMark(marks, name, value));
  const shape = shapeOf(body);
  const tools = call.tools ?? [];
  const { ownTools, unpriced } = messagesTools(tools);
  const measures = measuresOf(shape, {
    values,
    bytes: messagesBytes(body, text, shape),
    messages: call.messages.length,
    tools: tools.length + shape.references.length,
    ownTools,
    prompts: (isFormatted(body) ? 1 : 0) + (shape.cited.length > 0 ? 1 : 0),
    repeated: repeatedBytes(tools, shape),
  });
  return {
    model: call.model,
    isStream: call.stream ?? false,
    maxTokens: call.max_tokens ?? null,
    hasTwoLimits: false,
    choices: 1,
    tier: null,
    wantsUsage: true,
    measures,
    textsOf: messagesTexts,
    cacheWrites: marks.isMarked ? (marks.isLong ? '1h' : '5m') : 'none',
    unpriced: [...unpricedMessages(body), ...unpriced, ...shape.unpriced],
    feature: featureOf(call.metadata),
    thinkingTokens: thinkingTokens(body),
    body,
  };
};

const isFormatted = ({ output_config: config, output_format: format }: Body): boolean =>
  format != null || (isRecord(config) && config['format'] != null);

/** Each reference puts its whole tool in again; a name that no tool has is taken for the longest. */
const repeatedBytes = (tools: readonly Body[], { references, cited }: Shape): number => {
  let bytes = 0;
  for (const text of cited) bytes += sizeOf(text);
  if (references.length === 0) return bytes;
  const sizes = new Map<unknown, number>();
  for (const tool of tools)
    sizes.set(tool['name'], Math.max(sizes.get(tool['name']) ?? 0, sizeOf(tool)));
  const longest = Math.max(0, ...sizes.values());
  for (const name of references) bytes += sizes.get(name) ?? longest;
  return bytes;
};

const sizeOf = (value: unknown): number => {
  const json = JSON.stringify(value);
  return Math.max(Buffer.byteLength(json), normalBytes(json)) + countValues({ value });
};

/** The body for the provider: its own name of the model, and the limit that is held. */
export const rewriteMessages = (
  call: ParsedCall,
  model: string,
  injectedMaxTokens: number | null,
): Uint8Array =>
  Buffer.from(
    JSON.stringify({
      ...withoutOwnMarks(withoutFeature(sentBody(call))),
      model,
      ...(injectedMaxTokens === null
        ? {}
        : { max_tokens: injectedMaxTokens, ...thinkingWithin(call.body, injectedMaxTokens) }),
      ...(call.isStream ? { stream: true } : {}),
    }),
  );

/**
 * Anthropic's published tokenizer brings text into compatibility form first, where one character may become eighteen
 * (`@anthropic-ai/tokenizer`).
 */
const messagesBytes = (body: Body, text: string | null, shape: Shape): number => {
  const bytes = jsonBytes(body, text);
  if (text !== null && text.length === Buffer.byteLength(text) && !text.includes('\\u'))
    return bytes;
  // Media are no text in either form.
  const media = mediaBytes(shape) - mediaBytes(shape, normalBytes);
  return Math.max(bytes, normalBytes(JSON.stringify(body)) + media);
};

const normalBytes = (text: string): number => Buffer.byteLength(text.normalize('NFKC'));

const messagesTexts = (body: Body): readonly string[] => shapeTexts(body, shapeOf(body));

const shapeOf = (body: Body): Shape => {
  const shape = newShape();
  addContent(body, 'system', shape, 'system');
  const messages = Array.isArray(body['messages']) ? body['messages'] : [];
  for (const [index, message] of messages.entries()) {
    if (!isRecord(message)) continue;
    shape.unpriced.push(...unpricedMessage(message, `messages.${index}`));
    addContent(message, 'content', shape, `messages.${index}.content`);
  }
  return shape;
};

/** Content is words or blocks. */
const addContent = (holder: Body, name: string, shape: Shape, path: string): void => {
  const content = holder[name];
  shape.unpriced.push(...unpricedContent(content, path));
  if (typeof content === 'string') shape.prose.set(holder, [name]);
  if (!Array.isArray(content)) return;
  for (const [index, block] of content.entries()) addBlock(block, shape, `${path}.${index}`);
};

/** Images and documents are counted as what they are, and a kind that is not known has no bound. */
const addBlock = (block: unknown, shape: Shape, path: string): void => {
  if (!isRecord(block)) {
    if (Array.isArray(block)) shape.unpriced.push({ path, name: 'content.list' });
    return;
  }
  shape.unpriced.push(...unpricedBlock(block, path));
  switch (block['type'] ?? 'text') {
    case 'text':
      shape.prose.set(block, ['text']);
      return;
    case 'image':
      shape.images += 1;
      addMedia(shape, block['source'], 'data', 'url');
      return;
    case 'tool_reference':
      shape.references.push(block['tool_name']);
      return;
    case 'tool_result':
    case 'search_result':
      if (isRecord(block['citations'])) shape.cited.push(block['content']);
      addContent(block, 'content', shape, `${path}.content`);
      return;
    case 'document':
      if (isRecord(block['citations'])) shape.cited.push(textOf(block['source']));
      addDocument(block['source'], shape, `${path}.source`);
      return;
    default:
  }
};

/** A PDF is held at its window already. */
const textOf = (source: unknown): unknown =>
  isRecord(source) ? [source['type'] === 'base64' ? null : source] : [source];

const addDocument = (source: unknown, shape: Shape, path: string): void => {
  if (!isRecord(source)) return;
  switch (source['type']) {
    case 'text':
      shape.prose.set(source, ['data']);
      return;
    case 'content':
      addContent(source, 'content', shape, `${path}.content`);
      return;
    case 'base64':
      shape.documents += 1;
      addMedia(shape, source, 'data');
      return;
    default:
      // By an address or an id: nobody here knows how long it is.
      shape.unpriced.push({ path, name: `document.${String(source['type'])}` });
  }
};

interface CacheMarks {
  isMarked: boolean;
  isLong: boolean;
}

/** Wherever a mark stands and however it is spelt; in what only looks like one it holds more than it must. */
const addMark = (marks: CacheMarks, name: string, value: unknown): void => {
  if (name === 'cache_control' && value !== null) marks.isMarked = true;
  if (name === 'ttl' && value === '1h') marks.isLong = true;
};
