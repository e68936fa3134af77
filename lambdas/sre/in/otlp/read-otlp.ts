import { createHash } from 'node:crypto';
import { AppError } from '../../../shared/app-error.ts';
import { BODY_BYTES_MAX } from '../limits.ts';
import { decompressed } from './content-coding.ts';
import { decodeJson } from './otlp-json.ts';
import { decodeProtobuf } from './otlp-protobuf.ts';
import type { Signal } from './otlp-types.ts';
import { isMessage, type Message } from './values.ts';

export type OtlpEncoding = 'json' | 'protobuf';

/** A request of an exporter as it came. */
export interface OtlpInput {
  readonly signal: Signal;
  readonly body: Uint8Array;
  readonly contentType: string;
  readonly contentEncoding: string;
}

export interface OtlpRequest {
  readonly signal: Signal;
  readonly message: Message;
  /** SHA-256 of the decompressed body (of other signals than logs after their name), hex: the same batch has the same, however it was compressed. */
  readonly hash: string;
  readonly bytes: number;
}

/**
 * Which encoding a request is in, so that errors can be answered in it as well; JSON for a type that is neither.
 * Parameters of the type do not matter: OTLP is UTF-8.
 */
export const encodingOf = (contentType: string): OtlpEncoding =>
  PROTOBUF.has(typeOf(contentType)) ? 'protobuf' : 'json';

const typeOf = (contentType: string): string =>
  contentType.split(';', 1).join('').trim().toLowerCase();

const PROTOBUF = new Set(['application/x-protobuf', 'application/protobuf']);
const JSON_TYPE = 'application/json';

/** Decompresses and decodes. Throws AppError: 400 for what is no such request, 413 past a limit, 415 for another type. */
export const readOtlp = ({
  signal,
  body,
  contentType,
  contentEncoding,
}: OtlpInput): OtlpRequest => {
  const encoding = encodingOf(contentType);
  if (encoding === 'json' && typeOf(contentType) !== JSON_TYPE)
    throw new AppError({
      code: 'content_type_not_supported',
      publicMessage: `content-type: send application/x-protobuf or application/json.`,
      facts: { param: 'content-type' },
    });
  if (body.length > BODY_BYTES_MAX)
    throw new AppError({
      code: 'body_too_large',
      publicMessage: `The body is limited to ${BODY_BYTES_MAX} bytes.`,
    });
  const plain = decompressed(body, contentEncoding);
  const decoded = encoding === 'json' ? decodeJson(signal, plain) : decodeProtobuf(signal, plain);
  const message = isMessage(decoded) ? decoded : {};
  return { signal, message, hash: hashOf(signal, plain), bytes: plain.length };
};

/** The same bytes may be a request of two signals, and are two batches then. */
const hashOf = (signal: Signal, bytes: Uint8Array): string => {
  const hash = createHash('sha256');
  if (signal !== 'logs') hash.update(`${signal} `);
  return hash.update(bytes).digest('hex');
};
