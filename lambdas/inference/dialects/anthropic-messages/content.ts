import * as z from 'zod';
import { anyJson } from '../../turn/any-json.ts';
import { isJsonObject } from '../../turn/partial-json.ts';
import type { Block, CacheControl, DocumentBlock, ImageBlock, TextBlock } from '../../turn/turn.ts';
import { placedFile, type PartPlace } from '../dialect.ts';
import { fieldRefused } from '../refuse-field.ts';
import { refusedField } from '../refused-field.ts';
import { writerOf } from './signature.ts';

export const mark = z.strictObject({
  type: z.literal('ephemeral'),
  ttl: z.enum(['5m', '1h']).nullish(),
});
const marked = { cache_control: mark.nullish() };
type Marked = z.infer<z.ZodObject<typeof marked>>;

const base64 = z.strictObject({
  type: z.literal('base64'),
  media_type: z.string(),
  data: z.string(),
});
const url = z.strictObject({ type: z.literal('url'), url: z.string() });
const FILE = 'files that are stored at a provider are read by that provider alone';
/** No pieces of what a model reads are named by another provider's models. */
const noCitations = z
  .strictObject({ enabled: z.literal(false, { error: 'this model cites no documents' }).nullish() })
  .nullish();

export const textBlockParam = z.strictObject({
  type: z.literal('text'),
  text: z.string(),
  /** Of an answer, which clients send back as it came. */
  citations: z.array(anyJson).nullish(),
  ...marked,
});
const image = z.strictObject({
  type: z.literal('image'),
  source: z.discriminatedUnion('type', [base64, url], { error: FILE }),
  transformations: refusedField('this model takes none'),
  ...marked,
});
const document = z.strictObject({
  type: z.literal('document'),
  source: z.discriminatedUnion(
    'type',
    [
      base64,
      url,
      z.strictObject({
        type: z.literal('text'),
        media_type: z.string(),
        data: z.string(),
      }),
      z.strictObject({
        type: z.literal('content'),
        content: z.union([z.string(), z.array(textBlockParam)]),
      }),
    ],
    { error: FILE },
  ),
  title: z.string().nullish(),
  context: z.string().nullish(),
  citations: noCitations,
  ...marked,
});
const searchResult = z.strictObject({
  type: z.literal('search_result'),
  source: z.string(),
  title: z.string(),
  content: z.array(textBlockParam),
  citations: noCitations,
  ...marked,
});
const toolResult = z.strictObject({
  type: z.literal('tool_result'),
  tool_use_id: z.string(),
  content: z
    .union([
      z.string(),
      z.array(
        z.discriminatedUnion('type', [textBlockParam, image, document, searchResult], {
          error: 'this model is given text, images, text documents and search results alone',
        }),
      ),
    ])
    .nullish(),
  is_error: z.boolean().nullish(),
  toolset_name: refusedField('this model has no toolsets'),
  ...marked,
});
const toolUse = z.strictObject({
  type: z.literal('tool_use'),
  id: z.string(),
  name: z.string().min(1),
  input: anyJson,
  caller: z
    .strictObject({ type: z.literal('direct', { error: 'no program calls tools of this model' }) })
    .nullish(),
  toolset_name: refusedField('this model has no toolsets'),
  signature: z.string().nullish(),
  ...marked,
});
const thinking = z.strictObject({
  type: z.literal('thinking'),
  thinking: z.string(),
  signature: z.string().nullish(),
});
const redacted = z.strictObject({ type: z.literal('redacted_thinking'), data: z.string() });

export const contentBlock = z.discriminatedUnion(
  'type',
  [textBlockParam, image, document, searchResult, toolResult, toolUse, thinking, redacted],
  { error: 'is a kind of block that this model is not given' },
);
export type ContentBlock = z.infer<typeof contentBlock>;

/** A block as blocks of the turn. Throws AppError (400) for what no other model is given. */
export const turnBlocks = (block: ContentBlock, place: PartPlace): readonly Block[] => {
  if (block.type !== 'document') return [turnBlock(block, place)];
  const { context } = block;
  const told = placedFile(place, `${place.path}.source`, documentOf(block));
  if (context == null || context === '') return [told];
  place.note('messages.content.context');
  return [{ type: 'text', text: context }, told];
};

const turnBlock = (
  block: Exclude<ContentBlock, { readonly type: 'document' }>,
  place: PartPlace,
): Block => {
  switch (block.type) {
    case 'text':
      return textOf(block);
    case 'image':
      return imageOf(block, place);
    case 'search_result':
      return foundOf(block, place);
    case 'tool_result': {
      const { tool_use_id, content, is_error } = block;
      return {
        type: 'tool_result',
        tool_use_id,
        content: resultOf(content ?? '', place),
        ...(is_error == null ? {} : { is_error }),
        ...markOf(block),
      };
    }
    case 'tool_use': {
      const { id, name, input, signature } = block;
      const value = isJsonObject(input) ? input : { value: input };
      return {
        type: 'tool_use',
        id,
        name,
        input: value,
        ...(signature == null ? {} : { signature }),
        ...markOf(block),
      };
    }
    case 'thinking': {
      const { type, thinking: words, signature } = block;
      const isSigned = signature != null && signature !== '' && writerOf(signature) === null;
      return { type, thinking: words, ...(isSigned ? { signature } : {}) };
    }
    case 'redacted_thinking':
      return block;
  }
};

export const markOf = ({ cache_control: told }: Marked): { cache_control?: CacheControl } => {
  if (told == null) return {};
  return {
    cache_control: told.ttl == null ? { type: told.type } : { type: told.type, ttl: told.ttl },
  };
};

export const textOf = (block: z.infer<typeof textBlockParam>): TextBlock => ({
  type: 'text',
  text: block.text,
  ...markOf(block),
});

const imageOf = (block: z.infer<typeof image>, place: PartPlace): ImageBlock =>
  placedFile(place, `${place.path}.source`, {
    type: 'image',
    source: block.source,
    ...markOf(block),
  });

const documentOf = (block: z.infer<typeof document>): DocumentBlock => {
  const { source, title } = block;
  return {
    type: 'document',
    source:
      source.type === 'content'
        ? { type: 'text', media_type: 'text/plain', data: wordsOf(source.content) }
        : source,
    ...(title == null ? {} : { title }),
    ...markOf(block),
  };
};

const wordsOf = (content: string | readonly { readonly text: string }[]): string =>
  typeof content === 'string' ? content : content.map(({ text }) => text).join('\n\n');

const foundOf = (block: z.infer<typeof searchResult>, { note }: PartPlace): TextBlock => {
  note('messages.content.search_result');
  const { source, title, content } = block;
  return {
    type: 'text',
    text: `<search_result source=${JSON.stringify(source)} title=${JSON.stringify(title)}>\n${wordsOf(content)}\n</search_result>`,
    ...markOf(block),
  };
};

type ResultContent = NonNullable<z.infer<typeof toolResult>['content']>;

const resultOf = (
  content: ResultContent,
  whole: PartPlace,
): string | readonly (TextBlock | ImageBlock)[] => {
  if (typeof content === 'string') return content;
  return content.map((part, index) => {
    const place = { ...whole, path: `${whole.path}.content.${index}` };
    if (part.type === 'text') return textOf(part);
    if (part.type === 'image') return imageOf(part, place);
    return part.type === 'search_result' ? foundOf(part, place) : documentText(part, place);
  });
};

/** Results hold no documents elsewhere: one that has words is told as words. */
const documentText = (block: z.infer<typeof document>, { path, note }: PartPlace): TextBlock => {
  const { source } = documentOf(block);
  if (source.type !== 'text')
    throw fieldRefused(`${path}.source`, 'this model is given no files in a result of a tool');
  note('messages.content.tool_result.document');
  const words = block.context ? `${block.context}\n\n${source.data}` : source.data;
  return { type: 'text', text: words, ...markOf(block) };
};
