import type { APIGatewayProxyEvent, APIGatewayProxyEventV2 } from 'aws-lambda';
import { isUtf8 } from 'node:buffer';
import { AppError } from '../shared/app-error.ts';
import type { KeyCredential } from '../shared/credential.ts';
import { FEATURE_RULE, featureWord } from '../shared/feature.ts';
import { newHoldId, requestIdOf } from '../shared/ids.ts';
import { parseSecret, type ParsedSecret } from '../shared/secret.ts';

const KEY_HEADERS = ['x-api-key', 'xi-api-key', 'x-goog-api-key', 'x-logclaw-api-key'];

/** A request of the front door, whatever its dialect. */
export interface HttpRequest {
  readonly requestId: string;
  readonly holdId: string;
  /** null: no key was sent. One without a hash is of a caller who was known before. */
  readonly secret: ParsedSecret | ({ readonly kind: 'ok' } & KeyCredential) | null;
  /** Method and resource, e.g. `GET /v1/keys/{key_id}`. */
  readonly route: string;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** As it came; `bodyBytes`, `bodyText` and `jsonBody` read it. */
  readonly body: Uint8Array;
}

/** As much of an event as is read. */
type ReadEvent = Pick<
  APIGatewayProxyEvent,
  | 'httpMethod'
  | 'resource'
  | 'path'
  | 'headers'
  | 'pathParameters'
  | 'queryStringParameters'
  | 'body'
  | 'isBase64Encoded'
>;

export const readRequest = (event: ReadEvent, nowMs: number): HttpRequest => {
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
    // HTTP leaves out the body of its answer, and nothing else.
    route: `${event.httpMethod === 'HEAD' ? 'GET' : event.httpMethod} ${event.resource}`,
    path: event.path,
    params: definedOnly(event.pathParameters),
    query: definedOnly(event.queryStringParameters),
    headers,
    body: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
  };
};

/** The same of an HTTP API's event, whose payload format is 2.0. */
export const readHttpApiRequest = (event: APIGatewayProxyEventV2, nowMs: number): HttpRequest => {
  const [httpMethod = '', resource = ''] = event.routeKey.split(' ');
  return readRequest(
    {
      httpMethod,
      resource,
      path: event.rawPath,
      headers: event.headers,
      pathParameters: event.pathParameters ?? null,
      queryStringParameters: event.queryStringParameters ?? null,
      body: event.body ?? null,
      isBase64Encoded: event.isBase64Encoded,
    },
    nowMs,
  );
};

/** What the caller says that a call is for; null: nothing. Throws AppError (400). */
export const featureOf = ({ headers }: Pick<HttpRequest, 'headers'>): string | null => {
  const header = headers['x-sluice-feature'] ?? '';
  if (header.trim() === '') return null;
  const word = featureWord(headerText(header));
  if (word !== null) return word;
  throw new AppError({
    code: 'invalid_request',
    publicMessage: `x-sluice-feature: ${FEATURE_RULE}`,
    facts: { param: 'x-sluice-feature' },
  });
};

/** HTTP gives no charset to a header: the same word comes as UTF-8 from one client and as Latin-1 from the next. */
const headerText = (header: string): string => {
  const bytes = Buffer.from(header, 'latin1');
  return bytes.toString('latin1') === header && isUtf8(bytes) ? bytes.toString('utf8') : header;
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
