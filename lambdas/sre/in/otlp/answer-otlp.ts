import type { AppError } from '../../../shared/app-error.ts';
import { otlpRoot, type Signal } from './otlp-types.ts';
import type { OtlpEncoding } from './read-otlp.ts';

export interface OtlpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** What was not taken of a request that was. */
export interface Refusals {
  /** Records, spans or points that were not stored. */
  readonly rejected: number;
  /** Why, or what was changed; '' for nothing to say. */
  readonly message: string;
}

/** 200 in the encoding of the request; a full success leaves `partial_success` unset, as the specification wants it. */
export const successAnswer = (
  signal: Signal,
  encoding: OtlpEncoding,
  { rejected, message }: Refusals,
): OtlpAnswer => {
  const isFull = rejected === 0 && message === '';
  if (encoding === 'protobuf')
    return protobufAnswer(
      200,
      ANSWER,
      isFull ? {} : { partialSuccess: { rejected, errorMessage: message } },
    );
  const partialSuccess = { [REJECTED[signal]]: rejected, errorMessage: message };
  return jsonAnswer(200, isFull ? {} : { partialSuccess });
};

/**
 * An error as a `google.rpc.Status` in the encoding of the request. With every error that an exporter may repeat goes a
 * Retry-After of 2 to 5 seconds: without one, Rust gives a batch up after 0.9 s, JavaScript and Python after 8 s.
 */
export const errorAnswer = (
  encoding: OtlpEncoding,
  error: Pick<AppError, 'status' | 'publicMessage' | 'retryAfterSeconds'>,
  retrySeconds: number,
): OtlpAnswer => {
  const status = { code: GRPC_CODES[error.status] ?? UNKNOWN, message: error.publicMessage };
  const answer =
    encoding === 'protobuf'
      ? protobufAnswer(error.status, STATUS, status)
      : jsonAnswer(error.status, status);
  if (!RETRYABLE.has(error.status)) return answer;
  const seconds = String(error.retryAfterSeconds ?? retrySeconds);
  return { ...answer, headers: { ...answer.headers, 'retry-after': seconds } };
};

/** What the specification lets an exporter repeat. */
const RETRYABLE = new Set([429, 502, 503, 504]);

/** The names that JSON has for `rejected`; in protobuf they share a number. */
const REJECTED = {
  logs: 'rejectedLogRecords',
  traces: 'rejectedSpans',
  metrics: 'rejectedDataPoints',
} as const;

const root = otlpRoot('logs');
const ANSWER = root.lookupType('Answer');
const STATUS = root.lookupType('Status');

const protobufAnswer = (status: number, type: typeof ANSWER, value: object): OtlpAnswer => ({
  status,
  headers: { 'content-type': 'application/x-protobuf' },
  body: type.encode(type.fromObject(value)).finish(),
});

const jsonAnswer = (status: number, value: object): OtlpAnswer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify(value)),
});

/** https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto */
const UNKNOWN = 2;
const GRPC_CODES: Readonly<Record<number, number>> = {
  400: 3,
  401: 16,
  403: 7,
  404: 5,
  413: 8,
  415: 3,
  429: 8,
  500: 13,
  502: 14,
  503: 14,
  504: 4,
};
