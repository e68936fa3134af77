import type { Context } from 'aws-lambda';
import { corsHeaders, preflightHeaders } from '../../http/cors.ts';
import { readHttpApiRequest, type HttpRequest } from '../../http/request.ts';
import { authenticateSender } from '../../ledger/door.ts';
import type { KeyRegister } from '../../ledger/ports.ts';
import { systemClock } from '../../platform/clock.ts';
import { knownError } from '../../platform/http-entry.ts';
import type { BytesAnswer, HttpApiDoor } from '../../platform/http-api-entry.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Batch, SignalKind } from '../domain/batch.ts';
import type { OwnMask } from '../domain/mask-pattern.ts';
import { errorAnswer, successAnswer } from '../in/otlp/answer-otlp.ts';
import { encodingOf, type OtlpInput } from '../in/otlp/read-otlp.ts';
import { ingest, type IngestDeps } from '../usecases/ingest.ts';

/** Between the two, so that senders who failed at one moment do not come back at one. */
const RETRY_SECONDS_MIN = 2;
const RETRY_SECONDS_MAX = 5;

export interface IngestRouteDeps extends IngestDeps {
  readonly keys: KeyRegister;
  readonly corsOrigins: string;
  readonly random: () => number;
  readonly readBatch: (input: OtlpInput, nowMs: number, own: OwnMask | null) => Batch;
}

const KINDS: Readonly<Record<string, SignalKind>> = {
  'POST /v1/logs': 'logs',
  'POST /v1/traces': 'traces',
  'POST /v1/metrics': 'metrics',
};

/**
 * Where exporters send. Every unexpected failure is 503 with Retry-After: exporters repeat a batch after 429, 502, 503 and
 * 504 alone, and what they do not repeat is lost.
 */
export const ingestDoor = (deps: IngestRouteDeps): HttpApiDoor<HttpRequest> => ({
  read: (event) => readHttpApiRequest(event, systemClock.nowMs()),
  facts: ({ requestId, secret }) => ({
    request_id: requestId,
    ...(secret !== null && secret.kind !== 'malformed' ? { key_id: secret.keyId } : {}),
  }),
  answer: async (request, context) => {
    const cors = corsHeaders(deps.corsOrigins, request.headers['origin']);
    const { status, headers, body } = await answered(deps, request, context);
    return { status, body, headers: { ...cors, ...headers } };
  },
});

const answered = async (
  deps: IngestRouteDeps,
  request: HttpRequest,
  context: Context,
): Promise<BytesAnswer> => {
  const kind = KINDS[request.route];
  if (kind === undefined) return preflight(request);
  const contentType = request.headers['content-type'] ?? '';
  try {
    const key = await authenticateSender(deps.keys, request);
    const contentEncoding = request.headers['content-encoding'] ?? '';
    const input = { signal: kind, body: request.body, contentType, contentEncoding };
    const batch = await ingest(deps, {
      key,
      read: (nowMs, own) => deps.readBatch(input, nowMs, own),
    });
    return successAnswer(kind, encodingOf(contentType), batch);
  } catch (error) {
    const known = retryable(knownError(error, context.functionName));
    if (known.status === 503) deps.metrics.record({ failedIngests: 1 });
    return errorAnswer(encodingOf(contentType), known, retrySeconds(deps.random));
  }
};

const preflight = ({ headers }: HttpRequest): BytesAnswer => ({
  status: 204,
  headers: preflightHeaders(headers['access-control-request-headers']),
  body: new Uint8Array(),
});

const retryable = (error: AppError): AppError =>
  error.status < 500 || error.status === 503
    ? error
    : new AppError({
        code: 'storage_unavailable',
        publicMessage: 'Nothing of the batch was taken; send it again.',
        cause: error,
      });

const retrySeconds = (random: () => number): number =>
  RETRY_SECONDS_MIN + Math.floor(random() * (RETRY_SECONDS_MAX - RETRY_SECONDS_MIN + 1));
