import { Agent, errors, request } from 'undici';
import { AppError } from '../../shared/app-error.ts';
import type { ModelClient, UpstreamAnswer, UpstreamRequest } from '../ports.ts';

const CONNECT_TIMEOUT_MS = 5_000;
/** A reasoning model without a stream may think for minutes before its first byte. */
const FIRST_BYTE_TIMEOUT_MS = 600_000;
const BETWEEN_BYTES_TIMEOUT_MS = 240_000;
const STREAMS_MAX = 1_024;
const CONNECT_TRIES_MAX = 2;

export interface ModelClientLimits {
  readonly firstByteTimeoutMs: number;
  readonly betweenBytesTimeoutMs: number;
}

/** Calls providers over a keep-alive pool. Only a connection that was never made is tried again. */
export const undiciModelClient = (
  limits: ModelClientLimits = {
    firstByteTimeoutMs: FIRST_BYTE_TIMEOUT_MS,
    betweenBytesTimeoutMs: BETWEEN_BYTES_TIMEOUT_MS,
  },
): ModelClient => {
  const dispatcher = new Agent({
    connections: STREAMS_MAX,
    connect: { timeout: CONNECT_TIMEOUT_MS },
    headersTimeout: limits.firstByteTimeoutMs,
    bodyTimeout: limits.betweenBytesTimeoutMs,
    keepAliveTimeout: 30_000,
  });
  return { send: async (upstream, signal) => await send(dispatcher, upstream, signal) };
};

const send = async (
  dispatcher: Agent,
  { account, path, headers, body }: UpstreamRequest,
  signal: AbortSignal,
): Promise<UpstreamAnswer> => {
  for (let tries = 1; ; tries++) {
    try {
      const answer = await request(`${account.baseUrl.replace(/\/+$/, '')}${path}`, {
        method: 'POST',
        dispatcher,
        signal,
        headers: { ...headers, 'content-type': 'application/json' },
        body,
      });
      return {
        status: answer.statusCode,
        headers: Object.fromEntries(
          Object.entries(answer.headers).map(([name, value]) => [name, String(value ?? '')]),
        ),
        body: guarded(answer.body, account.name, signal),
      };
    } catch (error) {
      if (signal.aborted) throw error;
      if (tries < CONNECT_TRIES_MAX && isUnconnected(error)) continue;
      throw failure(error, account.name);
    }
  }
};

async function* guarded(
  body: AsyncIterable<Uint8Array>,
  provider: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    if (signal.aborted) throw error;
    throw failure(error, provider);
  }
}

const isUnconnected = (error: unknown): boolean =>
  error instanceof errors.ConnectTimeoutError ||
  (error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED');

const failure = (error: unknown, provider: string): AppError => {
  const isTimeout =
    error instanceof errors.HeadersTimeoutError ||
    error instanceof errors.BodyTimeoutError ||
    error instanceof errors.ConnectTimeoutError;
  return new AppError({
    code: isTimeout ? 'provider_timeout' : 'provider_error',
    publicMessage: isTimeout
      ? `The provider ${provider} did not answer in time.`
      : `The connection to the provider ${provider} failed.`,
    internal: error instanceof Error ? `${error.name}: ${error.message}` : 'unknown',
    cause: error,
  });
};
