import * as z from 'zod';
import type { ImageBlock, TextBlock, ToolResultBlock } from '../../../inference/turn/turn.ts';

const text = z.looseObject({ type: z.literal('text'), text: z.string() });
const image = z.looseObject({
  type: z.literal('image'),
  data: z.base64(),
  mimeType: z.enum(['image/png', 'image/jpeg', 'image/gif', 'image/webp']),
});

/** A tool's answer as a model takes it: texts and images as such, everything else as the JSON that it is. */
export const mcpContent = (result: {
  readonly content: readonly { readonly type: string }[];
  readonly structuredContent?: unknown;
}): ToolResultBlock['content'] => {
  if (result.content.length === 0)
    return result.structuredContent === undefined ? '' : JSON.stringify(result.structuredContent);
  const blocks = result.content.map(blockOf).filter((block) => !isEmpty(block));
  return blocks.length === 0 ? '' : blocks;
};

const blockOf = (part: { readonly type: string }): TextBlock | ImageBlock => {
  const words = text.safeParse(part);
  if (words.success) return { type: 'text', text: words.data.text };
  const picture = image.safeParse(part);
  if (!picture.success) return { type: 'text', text: JSON.stringify(part) };
  const { data, mimeType } = picture.data;
  return { type: 'image', source: { type: 'base64', media_type: mimeType, data } };
};

/** Providers refuse a text of no characters. */
const isEmpty = (block: TextBlock | ImageBlock): boolean =>
  block.type === 'text' && block.text === '';
