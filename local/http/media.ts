import type { APIGatewayProxyEvent } from 'aws-lambda';
import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';
import * as z from 'zod';
import { EVENT_BYTES_MAX, EventTooLarge } from '../lambda/function-host.ts';
import type { Resource } from '../template.ts';

/** The body is in a coding that API Gateway does not know, or not in the one that its header names. */
export class UnsupportedCoding extends Error {
  override readonly name = 'UnsupportedCoding';
}

const DECODERS = { gzip: promisify(gunzip), deflate: promisify(inflate) };

/** What the REST API of a template treats as bytes that are no text. */
export const binaryMediaTypesOf = (resources: readonly Resource[]): readonly string[] => {
  const api = resources.find(({ type }) => type === 'AWS::ApiGateway::RestApi');
  return z.array(z.string()).parse(api?.properties['BinaryMediaTypes'] ?? []);
};

/**
 * The body as API Gateway has it before it looks for an integration: gzip and deflate are decoded, whatever the type.
 * Rejects with UnsupportedCoding, or with EventTooLarge as soon as more is decoded than an event may have.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-make-request-with-compressed-payload.html
 */
export const decodedBody = async (
  body: Buffer,
  contentEncoding: string | undefined,
): Promise<Buffer> => {
  const coding = (contentEncoding ?? '').trim().toLowerCase();
  if (coding === '' || coding === 'identity') return body;
  if (coding !== 'gzip' && coding !== 'deflate') throw new UnsupportedCoding(coding);
  try {
    return await DECODERS[coding](body, { maxOutputLength: EVENT_BYTES_MAX });
  } catch (error) {
    throw error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
      ? new EventTooLarge('the decoded body passes 6 MB')
      : new UnsupportedCoding(coding, { cause: error });
  }
};

/** A body as an event carries it. */
export type EventBody = Pick<APIGatewayProxyEvent, 'body' | 'isBase64Encoded'>;

export const eventBody = (
  body: Buffer,
  contentType: string | undefined,
  binaryMediaTypes: readonly string[],
): EventBody => {
  if (body.length === 0) return { body: null, isBase64Encoded: false };
  const isBase64Encoded = isBinary(contentType, binaryMediaTypes);
  return { body: body.toString(isBase64Encoded ? 'base64' : 'utf8'), isBase64Encoded };
};

/** What a client gets of a buffered answer: its base64 as it is, unless the client accepts bytes before anything else. */
export const answerBody = (
  { body, isBase64Encoded }: { readonly body: string; readonly isBase64Encoded: boolean },
  accept: string | undefined,
  binaryMediaTypes: readonly string[],
): string | Uint8Array<ArrayBuffer> =>
  isBase64Encoded && isBinary(accept, binaryMediaTypes) ? Buffer.from(body, 'base64') : body;

/**
 * Only the first type of a header counts, and without one it is JSON. A wildcard of the list stands for any type, one of
 * the header for itself.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings.html
 */
const isBinary = (header: string | undefined, binaryMediaTypes: readonly string[]): boolean => {
  const type = (header ?? '').split(/[,;]/)[0]?.trim().toLowerCase() || 'application/json';
  return binaryMediaTypes.some(
    (listed) =>
      listed === '*/*' ||
      listed === type ||
      (listed.endsWith('/*') && type.startsWith(listed.slice(0, -1))),
  );
};
