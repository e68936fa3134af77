import * as z from 'zod';
import { AppError } from '../../shared/app-error.ts';
import type {
  Block,
  CacheControl,
  ImageBlock,
  TextBlock,
  ToolResultBlock,
} from '../../inference/turn/turn.ts';
import { isSaid, saysSomething } from '../domain/is-said.ts';
import { BLOCK_BYTES_MAX, BLOCKS_MAX } from '../domain/limits.ts';

const IMAGE_TYPES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'] as const;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

const base64 = (types: z.ZodType<string>) =>
  z.strictObject({ type: z.literal('base64'), media_type: types, data: z.string().regex(BASE64) });
const url = z.strictObject({ type: z.literal('url'), url: z.url({ protocol: /^https?$/ }) });

/** Where a provider that keeps what it is sent may begin again. */
const mark = z.strictObject({ type: z.literal('ephemeral'), ttl: z.enum(['5m', '1h']).optional() });
const marked = { cache_control: mark.optional() };
const text = z.strictObject({ type: z.literal('text'), text: z.string().min(1), ...marked });
const image = z.strictObject({
  ...marked,
  type: z.literal('image'),
  source: z.discriminatedUnion('type', [base64(z.enum(IMAGE_TYPES)), url]),
});
const document = z.strictObject({
  ...marked,
  type: z.literal('document'),
  title: z.string().max(500).optional(),
  source: z.discriminatedUnion('type', [
    base64(z.enum(['application/pdf'])),
    url,
    z.strictObject({
      type: z.literal('text'),
      media_type: z.literal('text/plain'),
      data: z.string().min(1),
    }),
  ]),
});

const NOTHING_SAID = 'says nothing';

/** What a person may say: a text, or blocks. */
export const contentSchema = z.union([
  z.string().refine(isSaid, NOTHING_SAID),
  z
    .array(z.discriminatedUnion('type', [text, image, document]))
    .max(BLOCKS_MAX)
    .refine((blocks) => blocks.some((block) => saysSomething(blockOf(block))), NOTHING_SAID),
]);

/** Results of a client's tools. */
export const resultContentSchema = z.union([
  z.string(),
  z.array(z.discriminatedUnion('type', [text, image])).max(BLOCKS_MAX),
]);

/** The blocks of a message. Throws AppError that names the block that is too large. */
export const blocksOf = (content: z.infer<typeof contentSchema>): readonly Block[] => {
  const blocks: readonly Block[] =
    typeof content === 'string' ? [{ type: 'text', text: content }] : content.map(blockOf);
  for (const [index, block] of blocks.entries())
    if (Buffer.byteLength(JSON.stringify(block)) > BLOCK_BYTES_MAX)
      throw new AppError({
        code: 'block_too_large',
        publicMessage: `content.${index}: a block holds at most ${BLOCK_BYTES_MAX} bytes; upload larger files and send their URL.`,
        facts: { param: `content.${index}` },
      });
  return blocks;
};

type Said = z.infer<typeof text | typeof image | typeof document>;

function blockOf({ cache_control: told, ...block }: Said): Block {
  const marks = told === undefined ? {} : { cache_control: markOf(told) };
  if (block.type !== 'document') return { ...block, ...marks };
  const { title, ...rest } = block;
  return { ...rest, ...marks, ...(title === undefined ? {} : { title }) };
}

const markOf = ({ type, ttl }: z.infer<typeof mark>): CacheControl =>
  ttl === undefined ? { type } : { type, ttl };

/** The content of a result. */
export const resultOf = (
  content: z.infer<typeof resultContentSchema>,
): ToolResultBlock['content'] => (typeof content === 'string' ? content : content.map(partOf));

const partOf = (part: z.infer<typeof text | typeof image>): TextBlock | ImageBlock => {
  const { cache_control: _mark, ...rest } = part;
  return rest;
};
