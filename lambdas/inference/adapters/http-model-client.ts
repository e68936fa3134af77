import { withoutEnd } from '../../shared/characters.ts';
import { decodeAnswer } from '../../platform/decode-answer.ts';
import {
  HttpFailure,
  httpPool,
  type PoolAnswer,
  type SendRequest,
} from '../../platform/http-pool.ts';
import { AppError } from '../../shared/app-error.ts';
import { roleSigner, type SignAsRole } from './role-signer.ts';
import type { ModelClient, UpstreamAnswer, UpstreamRequest } from '../ports/providers.ts';

const CONNECT_TIMEOUT_MS = 5_000;
/** A reasoning model without a stream may think for minutes before its first byte. */
const FIRST_BYTE_TIMEOUT_MS = 600_000;
const BETWEEN_BYTES_TIMEOUT_MS = 240_000;
const IDLE_TIMEOUT_MS = 30_000;
const STREAMS_MAX = 1_024;
const CONNECT_TRIES_MAX = 2;

export interface ModelClientLimits {
  readonly firstByteTimeoutMs: number;
  readonly betweenBytesTimeoutMs: number;
}

/** Calls providers over a keep-alive pool. Only a connection that was never made, or had been closed while idle, is tried again. */
export const httpModelClient = (
  limits: ModelClientLimits = {
    firstByteTimeoutMs: FIRST_BYTE_TIMEOUT_MS,
    betweenBytesTimeoutMs: BETWEEN_BYTES_TIMEOUT_MS,
  },
): ModelClient => {
  const sign = roleSigner();
  const pool = httpPool({
    ...limits,
    socketsMax: STREAMS_MAX,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    idleTimeoutMs: IDLE_TIMEOUT_MS,
  });
  return { send: async (upstream, signal) => await send(pool, sign, upstream, signal) };
};

const send = async (
  pool: SendRequest,
  sign: SignAsRole,
  { account, method = 'POST', path, headers, signedAs, body, rest = [] }: UpstreamRequest,
  signal: AbortSignal,
): Promise<UpstreamAnswer> => {
  const unsigned = {
    url: `${withoutEnd(account.baseUrl, '/')}${path}`,
    method,
    // An answer is read while it is passed on: no coding in between.
    headers: { ...headers, 'accept-encoding': 'identity' },
    body,
    rest,
  };
  const request =
    signedAs === undefined
      ? unsigned
      : { ...unsigned, headers: sign(signedAs, account.region ?? null, unsigned) };
  for (let tries = 1; ; tries++) {
    try {
      const answer = await pool({ ...request, isFresh: tries > 1 }, signal);
      return await decoded(answer, account.name);
    } catch (error) {
      if (!(error instanceof HttpFailure)) throw error;
      if (!error.isSent && tries < CONNECT_TRIES_MAX) continue;
      throw failure(error, account.name);
    }
  }
};

const decoded = async (answer: PoolAnswer, provider: string): Promise<UpstreamAnswer> => {
  const { 'content-encoding': coding = '', ...headers } = answer.headers;
  const body = decodeAnswer(answer.body, coding);
  if (body !== null) return { ...answer, headers, body: guardBody(body, provider, coding) };
  // Who leaves off reading closes the connection.
  for await (const _bytes of answer.body) break;
  throw unreadable(provider, coding);
};

async function* guardBody(
  body: AsyncIterable<Uint8Array>,
  provider: string,
  coding: string,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    if (error instanceof HttpFailure) throw failure(error, provider);
    throw isDecoding(error) ? unreadable(provider, coding, error) : error;
  }
}

/** zlib's own errors have a number beside their code; those of sockets came as HttpFailure. */
const isDecoding = (error: unknown): boolean =>
  error instanceof Error && 'errno' in error && !(error instanceof AppError);

const unreadable = (provider: string, coding: string, cause?: unknown): AppError =>
  new AppError({
    code: 'provider_stream_malformed',
    publicMessage: `The provider ${provider} answered in a coding that cannot be read.`,
    internal: `content-encoding: ${coding.slice(0, 64)}`,
    cause,
  });

const failure = (error: HttpFailure, provider: string): AppError =>
  new AppError({
    code: error.isTimeout ? 'provider_timeout' : 'provider_error',
    publicMessage: error.isTimeout
      ? `The provider ${provider} did not answer in time.`
      : `The connection to the provider ${provider} failed.`,
    internal: error.message,
    // It may have worked all the while, and would be paid twice.
    isFinal: error.isTimeout && error.isSent,
    cause: error,
  });
