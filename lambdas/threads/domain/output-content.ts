import { IMAGE_TYPES, imageTypeOf, plainData } from '../../inference/turn/media-types.ts';
import type { ImageBlock, Json, ToolResultBlock } from '../../inference/turn/turn.ts';

/** Shorter than any image, longer than any name. */
const IMAGE_CHARS_MIN = 64;
/** Nobody writes so many letters without a blank. */
const BYTES = /^[A-Za-z0-9+/_-]{2000,}={0,2}$/;
const DATA_URL = /^data:[^,]{0,200};base64,/i;

/**
 * What a tool gave, as a model accepts it: a text as such, everything else as JSON. Images in it, as data URLs or as bytes
 * beside their type, are sent as images, with their places in the text; other bytes are a line, for base64 as text costs
 * as much as a book and no model reads it.
 */
export const outputContent = (output: Json): ToolResultBlock['content'] => {
  const images: ImageBlock[] = [];
  const text = typeof output === 'string' ? wordsOf(output, images) : jsonOf(output, images);
  if (images.length === 0) return text;
  const isAlone = typeof output === 'string';
  return isAlone ? images : [{ type: 'text', text }, ...images];
};

const jsonOf = (output: Json, images: ImageBlock[]): string =>
  JSON.stringify(output, (_name, value: unknown) => {
    if (typeof value === 'string') return wordsOf(value, images);
    return isObject(value) && isMedia(value)
      ? { ...value, data: bytesOf(value.data, typeNamed(value), images) }
      : value;
  });

const wordsOf = (text: string, images: ImageBlock[]): string => {
  if (DATA_URL.test(text)) return bytesOf(text, '', images);
  return BYTES.test(text) ? leftOut(text) : text;
};

/** The line that stands for bytes. */
const bytesOf = (told: string, toldType: string, images: ImageBlock[]): string => {
  const { data, mediaType } = plainData(told, toldType);
  const media_type = imageTypeOf(data) ?? mediaType;
  if (data.length < IMAGE_CHARS_MIN) return told;
  if (!IMAGE_TYPES.has(media_type)) return leftOut(told);
  images.push({ type: 'image', source: { type: 'base64', media_type, data } });
  return `[image ${images.length}: behind this text]`;
};

const leftOut = (text: string): string => `[${text.length} characters of base64 left out]`;

interface Media {
  readonly data: string;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Bytes as MCP and the AI SDK say them. */
const isMedia = (
  value: Readonly<Record<string, unknown>>,
): value is Readonly<Record<string, unknown>> & Media =>
  typeof value['data'] === 'string' && typeNamed(value) !== '';

const typeNamed = ({
  mimeType,
  mediaType,
  media_type: ofAnthropic,
}: Readonly<Record<string, unknown>>): string =>
  [mimeType, mediaType, ofAnthropic].find((type) => typeof type === 'string') ?? '';
