import * as z from 'zod';
import { AppError } from '../../shared/app-error.ts';

const DEPTH_MAX = 64;
const jsonObject = z.record(z.string(), z.unknown());

/** Parses a JSON object. Throws AppError `invalid_json`. */
export const parseJsonObject = (text: string): Record<string, unknown> => {
  try {
    return jsonObject.parse(JSON.parse(text));
  } catch (cause) {
    throw new AppError({
      code: 'invalid_json',
      publicMessage: 'The request body is not a JSON object.',
      cause,
    });
  }
};

/** Checks the fields that are read, naming the first that is wrong. */
export const checkFields = <T>(schema: z.ZodType<T>, body: unknown): T => {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.map(String).join('.') ?? '';
  throw new AppError({
    code: 'invalid_request',
    publicMessage: `${field}: ${issue?.message ?? 'invalid'}`,
    facts: { param: field },
  });
};

export interface Leaves {
  readonly texts: string[];
  images: number;
}

/**
 * Every string and every property name below a value, as the input text it may become.
 * An image is counted, not read: its bytes are not text.
 */
export const collectTexts = (
  value: unknown,
  leaves: Leaves,
  isImage: (part: object) => boolean,
  depth = 0,
): void => {
  if (depth > DEPTH_MAX)
    throw new AppError({ code: 'invalid_request', publicMessage: 'The body is nested too deep.' });
  if (typeof value === 'string') leaves.texts.push(value);
  else if (typeof value === 'number' || typeof value === 'boolean')
    leaves.texts.push(String(value));
  else if (Array.isArray(value)) {
    for (const item of value) collectTexts(item, leaves, isImage, depth + 1);
  } else if (typeof value === 'object' && value !== null) {
    if (isImage(value)) {
      leaves.images += 1;
      return;
    }
    for (const [name, item] of Object.entries(value)) {
      leaves.texts.push(name);
      collectTexts(item, leaves, isImage, depth + 1);
    }
  }
};

/** Objects with a `type`, anywhere below a value. */
export const typesBelow = (value: unknown, depth = 0): readonly string[] => {
  if (depth > DEPTH_MAX || typeof value !== 'object' || value === null) return [];
  const own = 'type' in value && typeof value.type === 'string' ? [value.type] : [];
  return [...own, ...Object.values(value).flatMap((item) => typesBelow(item, depth + 1))];
};
