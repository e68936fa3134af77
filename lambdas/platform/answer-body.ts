import { isUtf8 } from 'node:buffer';

/** Of a whole answer, as JSON escapes it. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const ANSWER_BYTES_MAX = 6_291_456 - 65_536;

export const isAsyncIterable = (body: unknown): body is AsyncIterable<Uint8Array> =>
  typeof body === 'object' && body !== null && Symbol.asyncIterator in body;

/** A body that does not come in pieces: text and bytes as they are, anything else as JSON. */
export const pieceOf = (body: unknown): string | Uint8Array =>
  typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);

/** The same of one that may, read to its end. */
export const wholeBody = async (body: unknown): Promise<string | Uint8Array> => {
  if (!isAsyncIterable(body)) return pieceOf(body);
  const pieces: Uint8Array[] = [];
  for await (const bytes of body) pieces.push(bytes);
  return Buffer.concat(pieces);
};

/** What a body is taken for whose answer does not say. */
export const typeOf = (body: unknown): string => {
  if (body instanceof Uint8Array) return 'application/octet-stream';
  return typeof body === 'string' || isAsyncIterable(body)
    ? 'text/plain; charset=utf-8'
    : 'application/json';
};

interface LambdaBody {
  readonly body: string;
  readonly isBase64Encoded?: true;
}

/**
 * A body as a buffered answer carries it. Bytes that are UTF-8 are the same bytes as text, and reach every client. Others
 * go as base64, which API Gateway decodes for those alone whose first `Accept` is one of the API's binary media types:
 * a route that answers such bytes is streamed, and a stage that cannot stream treats every type as binary.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings.html
 */
export const lambdaBody = (body: string | Uint8Array): LambdaBody => {
  if (typeof body === 'string') return { body };
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return isUtf8(bytes)
    ? { body: bytes.toString('utf8') }
    : { body: bytes.toString('base64'), isBase64Encoded: true };
};

/** Does it fit into Lambda's answer? */
export const fits = ({ body, isBase64Encoded }: LambdaBody): boolean => {
  if (isBase64Encoded === true) return body.length <= ANSWER_BYTES_MAX;
  // Escaping makes at most six bytes of one.
  return (
    body.length * 6 <= ANSWER_BYTES_MAX ||
    Buffer.byteLength(JSON.stringify(body)) <= ANSWER_BYTES_MAX
  );
};
