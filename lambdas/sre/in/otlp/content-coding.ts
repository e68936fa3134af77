import { constants, gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { AppError } from '../../../shared/app-error.ts';
import { DECOMPRESSED_BYTES_MAX, FRAMES_MAX, ZSTD_WINDOW_LOG_MAX } from '../limits.ts';

/** A body as it was before somebody compressed it, up to the limit. Throws AppError (400, 413, 415). */
export const decompressed = (body: Uint8Array, contentEncoding: string): Uint8Array => {
  const coding = contentEncoding.trim().toLowerCase();
  const decompress = CODINGS.get(coding);
  if (decompress === undefined)
    throw new AppError({
      code: 'content_encoding_not_supported',
      publicMessage: `content-encoding: a body in ${JSON.stringify(coding)} cannot be read; send gzip, deflate, zstd or none.`,
      facts: { param: 'content-encoding' },
    });
  try {
    return decompress(body);
  } catch (cause) {
    if (isTooLarge(cause)) throw tooLarge(cause);
    if (isJsonText(body)) return body;
    throw wasReadAsText(body) ? readAsText(coding, cause) : broken(coding, cause);
  }
};

/**
 * AWS says that an HTTP API passes a binary body as base64, and not whether a coding makes JSON binary; by what was observed
 * it goes by the type alone. So a body of JSON may come as bytes, as a front door decoded it, or as text with U+FFFD for each
 * byte that is none: then nobody can restore it.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 * https://github.com/ministackorg/ministack/pull/766
 */
const isJsonText = ([first]: Uint8Array): boolean => first === OPENING_BRACE;
const OPENING_BRACE = 0x7b;

const wasReadAsText = (body: Uint8Array): boolean => {
  const start = Buffer.from(body.subarray(0, 16)).toString('latin1');
  return READ_AS_TEXT.some((head) => start.startsWith(head));
};

/** The heads of gzip, zlib and zstd, each byte that is no text replaced. */
const READ_AS_TEXT = [
  '\u001f\u00ef\u00bf\u00bd',
  'x\u00ef\u00bf\u00bd',
  '(\u00ef\u00bf\u00bd/\u00ef\u00bf\u00bd',
];

const readAsText = (coding: string, cause: unknown): AppError =>
  new AppError({
    code: 'content_encoding_not_supported',
    publicMessage: `content-encoding: JSON in ${coding} was read as text on its way here. Send protobuf, or JSON without compression.`,
    facts: { param: 'content-encoding' },
    cause,
  });

const plain = (body: Uint8Array): Uint8Array => body;
const limit = { maxOutputLength: DECOMPRESSED_BYTES_MAX };
const gzip = (body: Uint8Array): Uint8Array => gunzipSync(body, limit);

/** HTTP's deflate has zlib's head (RFC 9110, 8.4.1.2); some senders leave it out. */
const deflate = (body: Uint8Array): Uint8Array =>
  hasZlibHead(body) ? inflateSync(body, limit) : inflateRawSync(body, limit);

const hasZlibHead = ([first = 0, second = 0]: Uint8Array): boolean =>
  (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0;

/** A body may be several frames (RFC 8878, 3.1); Node reads the first and says nothing of the rest. */
const zstd = (body: Uint8Array): Uint8Array => {
  const frames: Uint8Array[] = [];
  let [left, room] = [body, DECOMPRESSED_BYTES_MAX];
  while (left.length > 0) {
    if (frames.length === FRAMES_MAX) throw tooLarge(null);
    const { bytes, read } = zstdFrame(left, room);
    frames.push(bytes);
    left = left.subarray(read);
    room -= bytes.length;
    if (read === 0) throw new RangeError('a zstd frame that takes no bytes');
  }
  const [first] = frames;
  return first !== undefined && frames.length === 1 ? first : Buffer.concat(frames);
};

const zstdFrame = (body: Uint8Array, room: number): { bytes: Uint8Array; read: number } => {
  const options = {
    // 0 would be no limit.
    maxOutputLength: Math.max(1, room),
    params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG_MAX },
    info: true,
  };
  const { buffer, engine } = infoOf(zstdDecompressSync(body, options));
  return { bytes: buffer, read: engine.bytesWritten };
};

interface Inflated {
  readonly buffer: Uint8Array;
  readonly engine: { readonly bytesWritten: number };
}

/** With `info` zlib answers with its engine too, which its types do not say. */
const infoOf = (value: unknown): Inflated => {
  if (isInflated(value)) return value;
  throw new TypeError('zlib gave no engine');
};

const isInflated = (value: unknown): value is Inflated =>
  typeof value === 'object' && value !== null && 'buffer' in value && 'engine' in value;

const CODINGS: ReadonlyMap<string, (body: Uint8Array) => Uint8Array> = new Map([
  ['', plain],
  ['identity', plain],
  ['gzip', gzip],
  ['x-gzip', gzip],
  ['deflate', deflate],
  ['zstd', zstd],
]);

const isTooLarge = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';

const tooLarge = (cause: unknown): AppError =>
  new AppError({
    code: 'body_too_large',
    publicMessage: `The decompressed body is limited to ${DECOMPRESSED_BYTES_MAX} bytes.`,
    cause,
  });

const broken = (coding: string, cause: unknown): unknown =>
  cause instanceof AppError
    ? cause
    : new AppError({
        code: 'invalid_otlp',
        publicMessage: `content-encoding: the body is no ${coding}.`,
        facts: { param: 'content-encoding' },
        cause,
      });
