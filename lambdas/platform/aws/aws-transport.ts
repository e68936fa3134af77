import type { IncomingHttpHeaders } from 'node:http';
import { socketPool, type Exchange } from './socket-pool.ts';

export interface TransportLimits {
  readonly socketsMax: number;
  readonly connectTimeoutMs: number;
  /** From the request to the last byte of its answer, the wait for a socket included. */
  readonly requestTimeoutMs: number;
}

export interface WireRequest {
  readonly method: string;
  readonly path: string;
  /** `host` and `content-length` among them. */
  readonly headers: Readonly<Record<string, string>>;
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

/** Whole answers of one endpoint; what AWS answers here is small. */
export const awsTransport = (endpoint: URL, limits: TransportLimits): SendWire => {
  const pool = socketPool(endpoint, limits, timeout);
  return async (request) =>
    await new Promise((resolve, reject) => {
      const exchange: Exchange = {
        method: request.method,
        text: requestText(request),
        done: (answer) => {
          clearTimeout(timer);
          resolve(answer);
        },
        fail: (error) => {
          clearTimeout(timer);
          reject(failureOf(error));
        },
      };
      const { requestTimeoutMs } = limits;
      const timer = setTimeout(
        () => pool.abandon(exchange, timeout(`no whole answer within ${requestTimeoutMs} ms`)),
        requestTimeoutMs,
      );
      pool.start(exchange);
    });
};

/** What would begin another line, or is no character of a head. */
const UNSENDABLE = /[^\t\x20-\x7e]/;

const requestText = ({ method, path, headers, body }: WireRequest): string => {
  let text = `${method} ${path} HTTP/1.1`;
  for (const name of Object.keys(headers)) {
    const line = `${name}: ${headers[name]}`;
    if (UNSENDABLE.test(line)) throw unsendable(name);
    text += `\r\n${line}`;
  }
  if (/[^\x21-\x7e]/.test(path)) throw unsendable('the path');
  return `${text}\r\nconnection: keep-alive\r\n\r\n${body}`;
};

const unsendable = (what: string): TransportFailure =>
  new TransportFailure({
    name: 'TypeError',
    code: 'ERR_INVALID_CHAR',
    message: `${what} cannot be sent`,
  });

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
