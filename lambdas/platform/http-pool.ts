import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import { urlToHttpOptions } from 'node:url';
import { nodeHttps } from './node-https.ts';

/** Node's own agents: a pool that is inside the runtime costs a bundle nothing (undici is 740 KB of it). */
export interface HttpPoolLimits {
  readonly socketsMax: number;
  readonly connectTimeoutMs: number;
  readonly firstByteTimeoutMs: number;
  readonly betweenBytesTimeoutMs: number;
  /** A socket that rested longer is closed, not used: the other side may have closed it already. */
  readonly idleTimeoutMs: number;
}

export interface PoolRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  /** What follows it: the body is as long as both. */
  readonly rest?: readonly Uint8Array[];
  /** On a connection of its own, not an idle one of the pool. */
  readonly isFresh?: boolean;
}

export interface PoolAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * A request that failed on its way. `isSent` is false when the connection was never made, or had
 * rested and was closed by the other side meanwhile: only then is a repeat safe.
 */
export class HttpFailure extends Error {
  override readonly name = 'HttpFailure';
  readonly isSent: boolean;
  readonly isTimeout: boolean;

  constructor(fields: {
    readonly isSent: boolean;
    readonly isTimeout: boolean;
    readonly message: string;
    readonly cause?: unknown;
  }) {
    super(fields.message, { cause: fields.cause });
    this.isSent = fields.isSent;
    this.isTimeout = fields.isTimeout;
  }
}

/** Rejects with HttpFailure, or with an AbortError when `signal` was raised. */
export type SendRequest = (request: PoolRequest, signal: AbortSignal) => Promise<PoolAnswer>;

/** A keep-alive pool over HTTP and HTTPS. */
export const httpPool = (limits: HttpPoolLimits, nowMs: () => number = Date.now): SendRequest => {
  const options = {
    keepAlive: true,
    maxSockets: limits.socketsMax,
    maxFreeSockets: limits.socketsMax,
    timeout: limits.idleTimeoutMs,
  };
  const http = new HttpAgent(options);
  let https: HttpsAgent | null = null;
  const agents: Agents = {
    http,
    https: () => (https ??= new (nodeHttps().Agent)(options)),
  };
  let usedAtMs = nowMs();
  return async (request, signal) => {
    // While a function is frozen no timer runs, so the sockets that died meanwhile are found by the clock.
    if (nowMs() - usedAtMs > limits.idleTimeoutMs)
      for (const agent of [http, https]) if (agent !== null) closeIdle(agent);
    usedAtMs = nowMs();
    return await send(agents, limits, request, signal);
  };
};

const ADDRESSES_MAX = 64;
const addresses = new Map<string, RequestOptions>();

/** As Node's own requests take a URL apart, once for an address that is asked again and again. */
const addressOf = (url: string): RequestOptions => {
  const known = addresses.get(url);
  if (known !== undefined) return known;
  const { protocol, hostname, port, path, auth } = urlToHttpOptions(new URL(url));
  const address = { protocol, hostname, port, path, ...(auth === undefined ? {} : { auth }) };
  if (addresses.size >= ADDRESSES_MAX) addresses.clear();
  addresses.set(url, address);
  return address;
};

const closeIdle = (agent: HttpAgent): void => {
  for (const sockets of Object.values(agent.freeSockets))
    for (const socket of sockets ?? []) socket.destroy();
};

interface Agents {
  readonly http: HttpAgent;
  readonly https: () => HttpsAgent;
}

const send = async (
  agents: Agents,
  limits: HttpPoolLimits,
  { url, method, headers, body, rest = [], isFresh }: PoolRequest,
  signal: AbortSignal,
): Promise<PoolAnswer> => {
  const isSecure = url.startsWith('https:');
  const length = rest.reduce((sum, piece) => sum + piece.length, Buffer.byteLength(body));
  const options = {
    method,
    headers: rest.length === 0 ? headers : { ...headers, 'content-length': String(length) },
    timeout: limits.firstByteTimeoutMs,
  };
  const address = addressOf(url);
  const request = isSecure
    ? nodeHttps().request({
        ...address,
        ...options,
        agent: isFresh === true ? false : agents.https(),
      })
    : httpRequest({ ...address, ...options, agent: isFresh === true ? false : agents.http });
  let isSent = false;
  let connectTimer: NodeJS.Timeout | undefined;
  const timeout = (what: string): HttpFailure =>
    new HttpFailure({ isSent, isTimeout: true, message: `timeout ${what}` });
  request.on('socket', (socket) => {
    if (!socket.connecting) {
      isSent = true;
      return;
    }
    connectTimer = setTimeout(
      () => request.destroy(timeout('before the connection')),
      limits.connectTimeoutMs,
    );
    socket.once(isSecure ? 'secureConnect' : 'connect', () => {
      isSent = true;
      clearTimeout(connectTimer);
    });
  });
  return await new Promise((resolve, reject) => {
    let begun: IncomingMessage | null = null;
    const abort = (): void => void (begun ?? request).destroy(new Aborted(signal));
    const leave = (): void => signal.removeEventListener('abort', abort);
    request.on('close', () => {
      clearTimeout(connectTimer);
      if (begun !== null) return;
      leave();
      // Whoever changes the protocol sends neither an answer nor an error.
      reject(new HttpFailure({ isSent, isTimeout: false, message: 'closed without an answer' }));
    });
    request.on('error', (error) => {
      const wasIdle = request.reusedSocket && begun === null && isReset(error);
      reject(failureOf(error, isSent && !wasIdle, signal));
    });
    request.on('timeout', () => {
      if (begun === null) request.destroy(timeout('before the first byte'));
      else begun.destroy(timeout('between two bytes'));
    });
    request.on('response', (answer) => {
      begun = answer;
      answer.on('close', leave);
      request.setTimeout(limits.betweenBytesTimeoutMs);
      resolve({
        status: answer.statusCode ?? 0,
        headers: Object.fromEntries(
          Object.entries(answer.headers).map(([name, value]) => [name, String(value ?? '')]),
        ),
        body: bytesOf(answer, signal),
      });
    });
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
    else if (rest.length === 0) request.end(body);
    else {
      for (const piece of [body, ...rest]) request.write(piece);
      request.end();
    }
  });
};

/** As Node's own requests fail whose signal is raised. One listener stands for the three that theirs would add to a call. */
class Aborted extends Error {
  override readonly name = 'AbortError';
  readonly code = 'ABORT_ERR';

  constructor(signal: AbortSignal) {
    super('The operation was aborted', { cause: signal.reason });
  }
}

/** How a pooled connection fails that its server had closed: https://nodejs.org/api/http.html#requestreusedsocket */
const isReset = (error: Error): boolean => 'code' in error && error.code === 'ECONNRESET';

/** Bytes that came before a connection broke are read before its error, however late their reader is. */
async function* bytesOf(
  answer: IncomingMessage,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const bytes of answer) yield bytes;
  } catch (error) {
    // An iterator of Node's stops at the error, and leaves what its stream still holds.
    if (!signal.aborted) yield* heldBy(answer);
    throw failureOf(error, true, signal);
  }
}

function* heldBy(answer: IncomingMessage): Generator<Uint8Array, void, undefined> {
  for (let bytes: unknown = answer.read(); bytes instanceof Uint8Array; bytes = answer.read())
    yield bytes;
}

const failureOf = (error: unknown, isSent: boolean, signal: AbortSignal): unknown => {
  if (signal.aborted || error instanceof HttpFailure) return error;
  const message = error instanceof Error ? `${error.name}: ${error.message}` : 'unknown';
  return new HttpFailure({ isSent, isTimeout: false, message, cause: error });
};
