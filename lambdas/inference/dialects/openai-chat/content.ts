import * as z from 'zod';
import { refusedField } from '../refused-field.ts';
import { plainData } from '../../turn/media-types.ts';
import type { CacheControl, DocumentBlock, ImageBlock, TextBlock } from '../../turn/turn.ts';

const marks = {
  /** https://openrouter.ai/docs/features/prompt-caching, https://docs.litellm.ai/docs/completion/prompt_caching */
  cache_control: z
    .strictObject({ type: z.literal('ephemeral'), ttl: z.enum(['5m', '1h']).optional() })
    .nullish(),
  prompt_cache_breakpoint: z.strictObject({ mode: z.literal('explicit').optional() }).nullish(),
};
export type Marks = z.infer<z.ZodObject<typeof marks>>;

export const textPart = z.strictObject({ type: z.literal('text'), text: z.string(), ...marks });
export const refusalPart = z.strictObject({ type: z.literal('refusal'), refusal: z.string() });
export const imagePart = z.strictObject({
  type: z.literal('image_url'),
  image_url: z.strictObject({
    url: z.string().regex(/^(https?:\/\/|data:)/i, 'is neither an http address nor a data URL'),
    detail: z.string().nullish(),
  }),
  ...marks,
});
const filePart = z.strictObject({
  type: z.literal('file'),
  file: z.strictObject({
    file_data: z.string({ error: 'is missing: this model is given the bytes of a file' }),
    filename: z.string().nullish(),
    file_id: refusedField('files that are stored at a provider are read by that provider alone'),
  }),
  ...marks,
});

const audioPart = z.strictObject({
  type: z.literal('input_audio'),
  input_audio: z.strictObject({ data: z.string(), format: z.enum(['wav', 'mp3']) }),
  ...marks,
});

/** Parts that a user's message may have. */
export const userPart = z.discriminatedUnion('type', [textPart, imagePart, audioPart, filePart], {
  error: 'this model is given text, image_url, input_audio and file parts alone',
});
export type UserPart = z.infer<typeof userPart>;

const markOf = ({
  cache_control: mark,
  prompt_cache_breakpoint: point,
}: Marks): {
  cache_control?: CacheControl;
} => {
  if (mark != null)
    return {
      cache_control:
        mark.ttl === undefined ? { type: mark.type } : { type: mark.type, ttl: mark.ttl },
    };
  return point == null ? {} : { cache_control: { type: 'ephemeral' } };
};

export const textBlock = (part: z.infer<typeof textPart>): TextBlock => ({
  type: 'text',
  text: part.text,
  ...markOf(part),
});

export const imageBlock = (part: z.infer<typeof imagePart>): ImageBlock => ({
  type: 'image',
  source: { type: 'url', url: part.image_url.url },
  ...markOf(part),
});

export const soundBlock = (part: z.infer<typeof audioPart>): DocumentBlock => {
  const { data, format } = part.input_audio;
  return {
    type: 'document',
    source: { type: 'base64', ...soundData(data, format) },
    ...markOf(part),
  };
};

const soundData = (told: string, format: string) => {
  const { data, mediaType: media_type } = plainData(told, `audio/${format}`);
  return { data, media_type };
};

export const documentBlock = (part: z.infer<typeof filePart>): DocumentBlock => {
  const { file_data: told, filename } = part.file;
  const { data, mediaType } = plainData(told, '');
  const media_type = mediaType === '' ? typeByName(filename ?? '') : mediaType;
  return {
    type: 'document',
    source: { type: 'base64', media_type, data },
    ...(filename == null || filename === '' ? {} : { title: filename }),
    ...markOf(part),
  };
};

/** A file without a type is taken for what nearly all are. */
const typeByName = (name: string): string =>
  /\.(txt|md|csv|json|html?)$/i.test(name) ? 'text/plain' : 'application/pdf';
