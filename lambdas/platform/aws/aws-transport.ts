import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
} from 'node:http';
import { nodeHttps } from '../node-https.ts';

export interface TransportLimits {
  readonly socketsMax: number;
  readonly connectTimeoutMs: number;
  /** From the request to the last byte of its answer, the wait for a socket included. */
  readonly requestTimeoutMs: number;
}

export interface WireRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string;
}

export interface WireAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Rejects with TransportFailure alone. */
export type SendWire = (request: WireRequest) => Promise<WireAnswer>;

/** An answer that did not come, or not whole. The request may have been carried out. */
export class TransportFailure extends Error {
  /** `TimeoutError` for whatever a second try may mend, as the SDK's handler names it. */
  override readonly name: string;
  /** Node's: `ECONNRESET`, `ENOTFOUND`. */
  readonly code: string;
  override readonly cause?: Error;
  readonly $metadata: { readonly attempts: number };

  constructor(fields: {
    readonly name: string;
    readonly code: string;
    readonly message: string;
    readonly cause?: Error | undefined;
    readonly attempts?: number;
  }) {
    super(fields.message);
    if (fields.cause !== undefined) this.cause = fields.cause;
    this.name = fields.name;
    this.code = fields.code;
    this.$metadata = { attempts: fields.attempts ?? 1 };
  }

  /** The same failure as the last of so many attempts. */
  after(attempts: number): TransportFailure {
    const { name, code, message, cause } = this;
    return new TransportFailure({ name, code, message, cause, attempts });
  }
}

/** Whole answers of one endpoint over a keep-alive pool; what AWS answers here is small. */
export const awsTransport = (endpoint: URL, limits: TransportLimits): SendWire => {
  const pool = {
    keepAlive: true,
    maxSockets: limits.socketsMax,
    maxFreeSockets: limits.socketsMax,
  };
  const isSecure = endpoint.protocol === 'https:';
  const agent = isSecure ? new (nodeHttps().Agent)(pool) : new HttpAgent(pool);
  const open = isSecure ? nodeHttps().request : httpRequest;
  const { hostname, port } = endpoint;
  // An address in brackets is one of IPv6.
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return async ({ body, ...request }) =>
    await new Promise((resolve, reject) => {
      const sent = open({ agent, host, port, ...request });
      const fail = (error: unknown): void => {
        clearTimeout(timer);
        reject(failureOf(error));
      };
      const timer = setTimeout(
        () => sent.destroy(timeout(`no whole answer within ${limits.requestTimeoutMs} ms`)),
        limits.requestTimeoutMs,
      );
      sent.on('error', fail);
      sent.on('socket', (socket) => {
        if (!socket.connecting) return;
        const connectTimer = setTimeout(
          () => sent.destroy(timeout(`no connection within ${limits.connectTimeoutMs} ms`)),
          limits.connectTimeoutMs,
        );
        const stop = (): void => clearTimeout(connectTimer);
        socket.once(isSecure ? 'secureConnect' : 'connect', stop);
        socket.once('close', stop);
      });
      sent.on('response', (answer) => {
        collect(answer, fail, (bytes) => {
          clearTimeout(timer);
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: bytes });
        });
      });
      sent.end(body);
    });
};

const collect = (
  answer: IncomingMessage,
  fail: (error: unknown) => void,
  done: (bytes: Buffer) => void,
): void => {
  const parts: Buffer[] = [];
  answer.on('data', (part: Buffer) => parts.push(part));
  // A connection that ends before its answer does is an error here, never a short answer.
  answer.on('error', fail);
  answer.on('end', () => {
    const [only] = parts;
    done(parts.length === 1 && only !== undefined ? only : Buffer.concat(parts));
  });
};

const timeout = (message: string): TransportFailure =>
  new TransportFailure({ name: 'TimeoutError', code: 'ETIMEDOUT', message });

/** https://github.com/smithy-lang/smithy-typescript/blob/main/packages/node-http-handler/src/constants.ts */
const NAMED_TIMEOUT = ['ECONNRESET', 'EPIPE', 'ETIMEDOUT'];

const failureOf = (error: unknown): TransportFailure => {
  if (error instanceof TransportFailure) return error;
  if (!(error instanceof Error))
    return new TransportFailure({ name: 'Error', code: 'UNKNOWN', message: 'request failed' });
  const code = 'code' in error ? String(error.code) : 'UNKNOWN';
  const name = NAMED_TIMEOUT.includes(code) ? 'TimeoutError' : error.name;
  return new TransportFailure({ name, code, message: error.message, cause: error });
};
