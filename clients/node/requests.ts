import { pause } from '../browser/connection.ts';
import { callersOwn, CallersError, refusalOf, SluiceError, sluiceErrorOf } from './errors.ts';

/** What the client learned of one exchange, good or bad. */
export interface Exchange {
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly requestId: string | null;
  /** `x-sluice-cost-micros`, `x-sluice-remaining-micros` and others. */
  readonly headers: Headers;
}

export interface Sending {
  readonly fetch: typeof fetch;
  readonly onExchange: (exchange: Exchange) => void;
  readonly timeoutMs: number;
  readonly readTriesMax: number;
  readonly backoffMs: number;
}

/** An answer that is no success is thrown. */
export const strictFetch =
  ({ fetch, onExchange }: Sending): typeof globalThis.fetch =>
  async (input, init) => {
    const request = new Request(input, init);
    const response = await fetch(request);
    const exchange = {
      method: request.method,
      url: request.url,
      status: response.status,
      requestId: response.headers.get('x-request-id'),
      headers: response.headers,
    };
    await callersOwn(() => onExchange(exchange));
    if (!response.ok) throw await refusalOf(response);
    return response;
  };

/**
 * The same with a time limit. A read that failed for a reason that may pass is made again; what changes something is
 * its caller's to repeat: who lost the answer does not know whether it was done.
 */
export const patientFetch = (sending: Sending): typeof globalThis.fetch => {
  const strict = strictFetch(sending);
  return async (input, init) => {
    const request = new Request(input, init);
    const { signal } = request;
    for (let tries = 1; ; tries++) {
      try {
        const timeout = AbortSignal.timeout(sending.timeoutMs);
        return textOfLines(
          await strict(request.clone(), { signal: AbortSignal.any([signal, timeout]) }),
        );
      } catch (thrown) {
        if (thrown instanceof CallersError) throw thrown;
        const error = sluiceErrorOf(thrown, signal);
        const isLast = request.method !== 'GET' || tries >= sending.readTriesMax;
        if (isLast || !(error instanceof SluiceError) || !error.isRetryable) throw error;
        await pause(Math.max(error.retryAfterMs, sending.backoffMs * 2 ** (tries - 1)), signal);
      }
    }
  };
};

/** Lines of JSON are a text here: the generated code would make a Blob of them. */
const textOfLines = (response: Response): Response => {
  if (response.headers.get('content-type')?.startsWith('application/x-ndjson') !== true)
    return response;
  const text = new Response(response.body, response);
  text.headers.set('content-type', 'text/plain; charset=utf-8');
  return text;
};
