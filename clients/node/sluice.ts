/**
 * Sluice in TypeScript. Each route of the contract is a method by its name there; `threads` has the streams. Models are
 * called by the SDKs of their providers.
 */
import { callersOwn, SluiceError, sluiceErrorOf } from './errors.ts';
import { every } from './every.ts';
import { createClient } from './generated/client/index.ts';
import { Routes } from './generated/sdk.generated.ts';
import type { JobResult } from './generated/types.generated.ts';
import { patientFetch, strictFetch, type Exchange } from './requests.ts';
import { threadStreams, type ThreadStreams } from './threads.ts';

export { SluiceError, type ErrorCode } from './errors.ts';
export { every };

export interface SluiceOptions {
  readonly baseUrl: string;
  /** A key's secret, or what fetches one. */
  readonly key: string | (() => string | Promise<string>);
  readonly fetch?: typeof fetch;
  /** Sees each answer with its request id, good or bad: for a log. */
  readonly onExchange?: (exchange: Exchange) => void;
  /** Of a call that is no stream: 2 minutes. */
  readonly timeoutMs?: number;
  /** How often a read is tried: 3 times. */
  readonly readTriesMax?: number;
  /** The first pause before what failed is tried again; it doubles: 250 ms. */
  readonly backoffMs?: number;
  /** null: no sockets; `threads.subscribe` reads by HTTP alone. */
  readonly webSocket?: (new (url: string) => WebSocket) | null;
}

export class Sluice extends Routes {
  readonly threads: ThreadStreams;

  constructor(options: SluiceOptions) {
    const { webSocket } = options;
    const key = async (): Promise<string> => sendable(await secretOf(options.key));
    const baseUrl = options.baseUrl.replace(/\/+$/, '');
    const sending = {
      fetch: options.fetch ?? fetch,
      onExchange: options.onExchange ?? (() => undefined),
      timeoutMs: options.timeoutMs ?? 120_000,
      readTriesMax: options.readTriesMax ?? 3,
      backoffMs: options.backoffMs ?? 250,
    };
    const client = createClient({
      baseUrl,
      // The contract knows two ways to send it; one is enough.
      auth: async ({ scheme }) => (scheme === 'bearer' ? await key() : undefined),
      fetch: patientFetch(sending),
      throwOnError: true,
    });
    // A body may break after its head came.
    client.interceptors.error.use((error, _response, request) =>
      sluiceErrorOf(error, request?.signal),
    );
    super({ client });
    this.threads = threadStreams({
      baseUrl,
      key,
      fetch: strictFetch(sending),
      backoffMs: sending.backoffMs,
      ...(webSocket === undefined ? {} : { webSocket }),
    });
  }

  /** The results of a batch, in the order of its requests, so many at a time. */
  async *jobResults(
    jobId: string,
    query: { readonly limit?: number } = {},
  ): AsyncGenerator<JobResult> {
    yield* every(async (at) => {
      const { data, response } = await this.client.get<{ 200: string }, unknown, true>({
        url: '/v1/jobs/{job_id}/results',
        path: { job_id: jobId },
        query: { ...query, ...at },
        security: [{ scheme: 'bearer', type: 'http' }],
      });
      const lines = data.split('\n').filter((line) => line !== '');
      return {
        data: lines.map((line): JobResult => JSON.parse(line)),
        next_cursor: response.headers.get('x-sluice-next-cursor'),
      };
    });
  }
}

const secretOf = async (key: SluiceOptions['key']): Promise<string> =>
  typeof key === 'string' ? key : await callersOwn(key);

/** What no header takes is refused here: the error of a header has the whole of it in its words. */
const sendable = (secret: string): string => {
  const trimmed = secret.trim();
  if (/^[\x21-\x7e]*$/.test(trimmed)) return trimmed;
  throw new SluiceError({
    status: 0,
    code: 'invalid_api_key',
    message: 'The key has a space, a line break or another character that no key has.',
  });
};
