import { gunzipSync } from 'node:zlib';
import { AppError } from '../shared/app-error.ts';

/** What a coded body may become: as much as the event of a body that was not coded. */
const DECODED_BYTES_MAX = 6_291_456;

const GZIP = [0x1f, 0x8b];
/** The same after somebody took it for text: its second byte is no UTF-8. */
const BROKEN_GZIP = [0x1f, 0xef, 0xbf, 0xbd];

/**
 * API Gateway decodes gzip and deflate before it calls a function, leaves the header as it was, and answers 415 to every
 * other coding, so that here a body is decoded already. Where a host does not, the coded bytes are decoded as far as the
 * limit, and what cannot be read is refused by the name of its header.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-make-request-with-compressed-payload.html
 */
export const decodedBody = (body: Uint8Array, contentEncoding: string): Uint8Array => {
  const coding = contentEncoding.trim().toLowerCase();
  if (coding === '' || coding === 'identity') return body;
  if ((coding !== 'gzip' && coding !== 'deflate') || startsWith(body, BROKEN_GZIP))
    throw notSupported(coding);
  return startsWith(body, GZIP) ? gunzipped(body) : body;
};

const gunzipped = (body: Uint8Array): Uint8Array => {
  try {
    return gunzipSync(body, { maxOutputLength: DECODED_BYTES_MAX });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE')
      throw new AppError({
        code: 'body_too_large',
        publicMessage: `The decoded body does not fit: it is limited to ${DECODED_BYTES_MAX} bytes.`,
      });
    throw notSupported('gzip', error);
  }
};

const startsWith = (body: Uint8Array, bytes: readonly number[]): boolean =>
  bytes.every((byte, index) => body[index] === byte);

const notSupported = (coding: string, cause?: unknown): AppError =>
  new AppError({
    code: 'content_encoding_not_supported',
    publicMessage: `content-encoding: a body in ${JSON.stringify(coding)} cannot be read; send gzip, deflate or none.`,
    facts: { param: 'content-encoding' },
    cause,
  });
