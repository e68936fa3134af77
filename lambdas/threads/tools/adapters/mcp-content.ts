import * as z from 'zod';
import { IMAGE_TYPES, imageTypeOf, plainData } from '../../../inference/turn/media-types.ts';
import type { ImageBlock, TextBlock, ToolResultBlock } from '../../../inference/turn/turn.ts';
import { TOOL_ANSWER_BYTES_MAX } from '../../domain/limits.ts';

const text = z.looseObject({ type: z.literal('text'), text: z.string() });
/** Bytes as MCP says them: in a picture or a sound, or in a resource. */
const bytes = z.union([
  z
    .looseObject({
      type: z.enum(['image', 'audio']),
      data: z.string(),
      mimeType: z.string().nullish(),
    })
    .transform(({ data, mimeType }) => ({ data, mimeType: mimeType ?? '' })),
  z
    .looseObject({
      type: z.literal('resource'),
      resource: z.looseObject({ blob: z.string(), mimeType: z.string().nullish() }),
    })
    .transform(({ resource: { blob, mimeType } }) => ({ data: blob, mimeType: mimeType ?? '' })),
]);
const resourceText = z.looseObject({
  type: z.literal('resource'),
  resource: z.looseObject({ text: z.string() }),
});

/**
 * A tool's answer as a model accepts it: texts and images as such, everything else as the JSON that it is. Bytes that no
 * model reads in a result are no text either: a line says what was left out.
 */
export const mcpContent = (result: {
  readonly content: readonly unknown[];
  readonly structuredContent?: unknown;
}): ToolResultBlock['content'] => {
  const blocks = withinBytes(result.content.map(blockOf).filter((block) => !isEmpty(block)));
  if (blocks.length > 0) return blocks;
  return result.structuredContent === undefined ? '' : JSON.stringify(result.structuredContent);
};

/** An image for which the others leave no room takes only itself; texts are what was asked for, and go first. */
const withinBytes = (blocks: readonly (TextBlock | ImageBlock)[]) => {
  const texts = blocks.filter(({ type }) => type === 'text');
  let left = TOOL_ANSWER_BYTES_MAX - Buffer.byteLength(JSON.stringify(texts)) - LINES_BYTES;
  return blocks.map((block) => {
    if (block.type === 'text' || block.source.type !== 'base64') return block;
    const { media_type, data } = block.source;
    if (data.length > left)
      return leftOut(media_type, data, `a result holds ${TOOL_ANSWER_BYTES_MAX} bytes`);
    left -= data.length + LINE_BYTES;
    return block;
  });
};

/** What a block takes beside its data, and what lines about left-out images may take. */
const LINE_BYTES = 256;
const LINES_BYTES = 8_192;

const blockOf = (part: unknown): TextBlock | ImageBlock => {
  const words = text.safeParse(part).data?.text ?? resourceText.safeParse(part).data?.resource.text;
  if (words !== undefined) return { type: 'text', text: words };
  const media = bytes.safeParse(part).data;
  return media === undefined
    ? { type: 'text', text: JSON.stringify(part, withoutLongBytes) }
    : mediaBlock(media);
};

/** The bytes themselves say what kind of image they are, where they do. */
const mediaBlock = (media: { readonly data: string; readonly mimeType: string }) => {
  const { data, mediaType } = plainData(media.data, media.mimeType);
  const media_type = imageTypeOf(data) ?? mediaType;
  const isImage = IMAGE_TYPES.has(media_type) && z.base64().safeParse(data).success;
  if (!isImage) return leftOut(media_type, data, 'no model reads it in the result of a tool');
  return { type: 'image', source: { type: 'base64', media_type, data } } as const;
};

const leftOut = (mediaType: string, data: string, reason: string): TextBlock => ({
  type: 'text',
  text: `[${mediaType || 'bytes'}, ${Math.floor((data.length * 3) / 4)} bytes, left out: ${reason}]`,
});

const LONG = /^[A-Za-z0-9+/=\s_-]{2000,}$/;

const withoutLongBytes = (_name: string, value: unknown): unknown =>
  typeof value === 'string' && LONG.test(value)
    ? `[${value.length} characters of base64 left out]`
    : value;

/** Providers refuse a text of no characters. */
const isEmpty = (block: TextBlock | ImageBlock): boolean =>
  block.type === 'text' && block.text.trim() === '';
