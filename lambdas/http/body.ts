import * as z from 'zod';
import { AppError } from '../shared/app-error.ts';
import { utf8Text } from '../shared/utf8.ts';
import { decodedBody } from './content-encoding.ts';
import { advice } from '../shared/advice.ts';
import type { HttpRequest } from './request.ts';

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

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Checks a body, query or path. Throws AppError 400 that names the first field that is wrong. */
export const checked = <T>(schema: z.ZodType<T>, value: unknown): T => {
  const parsed = schema.safeParse(value, { error: (issue) => advice().issueWords(issue) });
  if (parsed.success) return parsed.data;
  const { param, message } = advice().refusalWords(parsed.error);
  throw new AppError({ code: 'invalid_request', publicMessage: message, facts: { param } });
};

type Body = Pick<HttpRequest, 'body' | 'headers'>;

/** The body of a request as it was before somebody coded it. Throws AppError (413, 415). */
export const bodyBytes = ({ body, headers }: Body): Uint8Array =>
  decodedBody(body, headers['content-encoding'] ?? '');

/** The same as text. */
export const bodyText = (request: Body): string => utf8Text(bodyBytes(request));

/** The same as JSON. Throws AppError (400) too. */
export const jsonBody = (request: Body): unknown => jsonOf(bodyText(request));

/**
 * JSON of a caller; empty text is an empty object, and one that is nested deeper than anything here needs is refused before
 * somebody follows it down. An escape of half a surrogate pair (`"\\ud83d"`) is no character: it can
 * neither be stored nor be part of a key.
 */
export const jsonOf = (text: string): unknown => {
  if (text.trim() === '') return {};
  const body = parsedBody(text);
  countValues(body);
  return body;
};

const parsedBody = (text: string): unknown => {
  try {
    return SURROGATE.test(text) ? JSON.parse(text, whole) : JSON.parse(text);
  } catch (cause) {
    throw new AppError({
      code: 'invalid_json',
      publicMessage:
        cause instanceof HalfCharacter
          ? 'The request body holds half a surrogate pair, which is no character.'
          : 'The request body is not JSON.',
      cause,
    });
  }
};

/** Is called with each property below a value. */
export type SeeProperty = (name: string, value: unknown) => void;

/**
 * How many values a JSON body has, itself included. Throws AppError 400 for one that is nested deeper than anything here
 * needs, before somebody follows it down; it says below which property.
 */
export const countValues = (body: unknown, see?: SeeProperty): number => {
  if (typeof body !== 'object' || body === null) return 1;
  let values = 1;
  for (const [name, value] of Object.entries(body)) {
    if (value === undefined) continue;
    see?.(name, value);
    const below = countBelow(value, DEPTH_MAX, see);
    if (Number.isNaN(below))
      throw new AppError({
        code: 'invalid_request',
        publicMessage: `${name}: nested deeper than ${DEPTH_MAX} levels`,
        facts: { param: name },
      });
    values += below;
  }
  return values;
};

/** NaN: deeper than so many levels. */
const countBelow = (value: unknown, levels: number, see: SeeProperty | undefined): number => {
  if (typeof value !== 'object' || value === null) return 1;
  let values = 1;
  if (Array.isArray(value)) {
    for (const item of value)
      values += levels === 0 ? Number.NaN : countBelow(item, levels - 1, see);
    return values;
  }
  for (const [name, item] of Object.entries(value)) {
    // JSON does not say it.
    if (item === undefined) continue;
    see?.(name, item);
    values += levels === 0 ? Number.NaN : countBelow(item, levels - 1, see);
  }
  return values;
};

const SURROGATE = /\\u[dD][89a-fA-F]/;

class HalfCharacter extends Error {
  override readonly name = 'HalfCharacter';
}

const whole = (name: string, value: unknown): unknown => {
  if (name.isWellFormed() && (typeof value !== 'string' || value.isWellFormed())) return value;
  throw new HalfCharacter();
};
