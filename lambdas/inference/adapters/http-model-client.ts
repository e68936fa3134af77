import { HttpFailure, httpPool, type SendRequest } from '../../platform/http-pool.ts';
import { AppError } from '../../shared/app-error.ts';
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
  const pool = httpPool({
    ...limits,
    socketsMax: STREAMS_MAX,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    idleTimeoutMs: IDLE_TIMEOUT_MS,
  });
  return { send: async (upstream, signal) => await send(pool, upstream, signal) };
};

const send = async (
  pool: SendRequest,
  { account, path, headers, body }: UpstreamRequest,
  signal: AbortSignal,
): Promise<UpstreamAnswer> => {
  const request = {
    url: `${account.baseUrl.replace(/\/+$/, '')}${path}`,
    method: 'POST',
    headers,
    body,
  };
  for (let tries = 1; ; tries++) {
    try {
      const answer = await pool({ ...request, isFresh: tries > 1 }, signal);
      return { ...answer, body: guardBody(answer.body, account.name) };
    } catch (error) {
      if (!(error instanceof HttpFailure)) throw error;
      if (!error.isSent && tries < CONNECT_TRIES_MAX) continue;
      throw failure(error, account.name);
    }
  }
};

async function* guardBody(
  body: AsyncIterable<Uint8Array>,
  provider: string,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw error instanceof HttpFailure ? failure(error, provider) : error;
  }
}

const failure = (error: HttpFailure, provider: string): AppError =>
  new AppError({
    code: error.isTimeout ? 'provider_timeout' : 'provider_error',
    publicMessage: error.isTimeout
      ? `The provider ${provider} did not answer in time.`
      : `The connection to the provider ${provider} failed.`,
    internal: error.message,
    cause: error,
  });
