import { SluiceError as StreamError } from '../browser/connection.ts';
import type { Error as ErrorBody } from './generated/types.generated.ts';

/** A code of the contract; `connection_lost`: no answer came; `unknown`: something in between answered, a proxy perhaps. */
export type ErrorCode = ErrorBody['error']['code'] | 'connection_lost' | 'unknown';

export interface Refused {
  /** 0: no answer came. */
  readonly status: number;
  readonly code: ErrorCode;
  readonly message: string;
  readonly requestId?: string | null;
  readonly retryAfterMs?: number;
  readonly isRetryable?: boolean;
  readonly facts?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** Why a call failed, or a stream. */
export class SluiceError extends StreamError {
  declare readonly code: ErrorCode;
  /** By which the stage's log knows the call. */
  readonly requestId: string | null;
  /** The same request may succeed later. */
  readonly isRetryable: boolean;
  /** What else the error says: `param`, or `cap_micros`, `needed_micros`, `resets_at`. */
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(refused: Refused) {
    super(refused.status, refused.code, refused.message, refused.retryAfterMs);
    this.requestId = refused.requestId ?? null;
    this.isRetryable = refused.isRetryable ?? false;
    this.facts = refused.facts ?? {};
    if (refused.cause !== undefined) this.cause = refused.cause;
  }
}

/** Carries what the caller's own code threw past all that tries again: whoever called sees the `cause` alone. */
export class CallersError extends SluiceError {
  constructor(cause: unknown) {
    super({ status: 0, code: 'unknown', message: 'what the caller gave threw', cause });
  }
}

/** Runs what the caller gave: the key, the log of exchanges. */
export const callersOwn = async <T>(run: () => T | Promise<T>): Promise<T> => {
  try {
    return await run();
  } catch (error) {
    throw new CallersError(error);
  }
};

/** What an answer that is no success says. */
export const refusalOf = async (response: Response): Promise<SluiceError> => {
  const { status, headers } = response;
  const text = await response.text();
  const { code, message, type: _type, request_id, ...facts } = errorIn(text);
  return new SluiceError({
    status,
    code: code ?? 'unknown',
    message: message ?? text,
    requestId: headers.get('x-request-id') ?? request_id ?? null,
    retryAfterMs: 1_000 * (Number(headers.get('retry-after')) || 0),
    isRetryable: mayPass(status, headers.get('x-should-retry')),
    facts,
  });
};

/** What answers before a function does (API Gateway, a proxy) says nothing: then its status does. */
const mayPass = (status: number, said: string | null): boolean =>
  said === null ? status === 408 || status === 429 || status >= 500 : said === 'true';

const errorIn = (text: string): Partial<ErrorBody['error']> => {
  try {
    return JSON.parse(text).error ?? {};
  } catch {
    return {};
  }
};

/** The same as an error of this client. What a caller's own signal or code threw stays what it is. */
export const sluiceErrorOf = (error: unknown, signal: AbortSignal | undefined): unknown => {
  if (error instanceof CallersError) return error.cause;
  if (error instanceof SluiceError || signal?.aborted === true) return error;
  return new SluiceError({
    status: 0,
    code: 'connection_lost',
    message: error instanceof Error ? error.message : String(error),
    isRetryable: true,
    cause: error,
  });
};
