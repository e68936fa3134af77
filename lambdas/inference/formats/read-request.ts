import type { APIGatewayProxyEvent } from 'aws-lambda';
import * as z from 'zod';
import { AppError } from '../../shared/app-error.ts';
import { newHoldId, requestIdOf } from '../../shared/ids.ts';
import { DEPTH_MAX } from './read-body.ts';
import { parseSecret, type ParsedSecret } from '../domain/secret.ts';

const KEY_HEADERS = ['x-api-key', 'xi-api-key', 'x-goog-api-key', 'x-logclaw-api-key'];

/** A request of the front door, whatever its dialect. */
export interface GatewayRequest {
  readonly requestId: string;
  readonly holdId: string;
  /** null: no key was sent. */
  readonly secret: ParsedSecret | null;
  /** Method and resource, e.g. `GET /v1/keys/{key_id}`. */
  readonly route: string;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly bodyText: string;
}

export const readRequest = (event: APIGatewayProxyEvent, nowMs: number): GatewayRequest => {
  const headers = Object.fromEntries(
    Object.entries(event.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value ?? '']),
  );
  const presented = presentedKey(headers);
  const secret = presented === null ? null : parseSecret(presented);
  const holdId = newHoldId(nowMs);
  return {
    requestId: requestIdOf(secret?.kind === 'ok' ? secret.keyId : null, holdId),
    holdId,
    secret,
    route: `${event.httpMethod} ${event.resource}`,
    path: event.path,
    params: definedOnly(event.pathParameters),
    query: definedOnly(event.queryStringParameters),
    headers,
    bodyText:
      event.body === null
        ? ''
        : event.isBase64Encoded
          ? Buffer.from(event.body, 'base64').toString('utf8')
          : event.body,
  };
};

/** Checks a body, query or path strictly. Throws AppError 400 that names the field. */
export const checked = <T>(schema: z.ZodType<T>, value: unknown): T => {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [first] = parsed.error.issues;
  const issue = first === undefined ? undefined : meant(first);
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const field = [
    ...(issue?.path.map(String) ?? []),
    ...(unknown === undefined ? [] : [unknown]),
  ].join('.');
  throw new AppError({
    code: 'invalid_request',
    publicMessage: `${field === '' ? 'body' : field}: ${unknown === undefined ? (issue?.message ?? 'invalid') : 'unknown field'}`,
    facts: { param: field },
  });
};

/** Where several shapes are allowed: what is wrong with the one that was meant, the one with the least amiss. */
const meant = (issue: z.core.$ZodIssue): z.core.$ZodIssue => {
  if (issue.code !== 'invalid_union') return issue;
  const [inner] = issue.errors
    .filter(([first]) => first !== undefined && !isOtherKind(first))
    .toSorted((left, right) => left.length - right.length)
    .flatMap(([first]) => first ?? []);
  if (inner === undefined) return issue;
  return meant({ ...inner, path: [...issue.path, ...inner.path] });
};

const isOtherKind = ({ code, path }: z.core.$ZodIssue): boolean =>
  code === 'invalid_type' && path.length === 0;

/**
 * A JSON body; an empty one is an empty object, and one that is nested deeper than anything here needs is refused before
 * somebody follows it down. An escape of half a surrogate pair (`"\\ud83d"`) is no character: it can
 * neither be stored nor be part of a key.
 */
export const jsonBody = (text: string): unknown => {
  if (text.trim() === '') return {};
  const body = parsedBody(text);
  refuseDeep(body);
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

const refuseDeep = (body: unknown): void => {
  if (typeof body !== 'object' || body === null) return;
  for (const [name, value] of Object.entries(body)) {
    let level: readonly unknown[] = [value];
    for (let depth = 0; level.length > 0; depth++) {
      if (depth > DEPTH_MAX)
        throw new AppError({
          code: 'invalid_request',
          publicMessage: `${name}: nested deeper than ${DEPTH_MAX} levels`,
          facts: { param: name },
        });
      level = level.flatMap((it) =>
        typeof it === 'object' && it !== null ? Object.values(it) : [],
      );
    }
  }
};

const SURROGATE = /\\u[dD][89a-fA-F]/;

class HalfCharacter extends Error {
  override readonly name = 'HalfCharacter';
}

const whole = (name: string, value: unknown): unknown => {
  if (name.isWellFormed() && (typeof value !== 'string' || value.isWellFormed())) return value;
  throw new HalfCharacter();
};

const FEATURE = /^[\x20-\x7e]{1,64}$/;

/** What the caller says that a call is for; null: nothing. Throws AppError (400). */
export const featureOf = ({ headers }: Pick<GatewayRequest, 'headers'>): string | null => {
  const header = headers['x-sluice-feature'];
  if (header === undefined || header === '') return null;
  if (FEATURE.test(header)) return header;
  throw new AppError({
    code: 'invalid_request',
    publicMessage: 'x-sluice-feature: at most 64 printable ASCII characters',
    facts: { param: 'x-sluice-feature' },
  });
};

const presentedKey = (headers: Readonly<Record<string, string>>): string | null => {
  const bearer = /^Bearer\s+(\S+)\s*$/i.exec(headers['authorization'] ?? '')?.[1];
  return bearer ?? KEY_HEADERS.map((name) => headers[name]).find((value) => value) ?? null;
};

const definedOnly = (
  record: Readonly<Record<string, string | undefined>> | null,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(record ?? {}).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );
