import {
  isServerError,
  isThrottlingError,
  isTransientError,
  StandardRetryStrategy,
} from '@smithy/core/retry';
import type { RetryErrorInfo, RetryErrorType, StandardRetryToken } from '@smithy/types';
import { crc32 } from 'node:zlib';
import { awsClock } from './aws-clock.ts';
import type { AwsPlace } from './aws-environment.ts';
import { AwsError, errorOfAnswer, type AnswerFacts } from './aws-error.ts';
import {
  awsTransport,
  TransportFailure,
  type TransportLimits,
  type WireAnswer,
} from './aws-transport.ts';
import { requestSigner } from './request-signer.ts';

export interface AwsClientOptions {
  readonly place: AwsPlace;
  /** The service's name in a signature. */
  readonly signingName: string;
  readonly limits: TransportLimits;
  /** The first one included. */
  readonly attemptsMax: number;
  /** The longest pause before the first repeat, unless the service throttles; each further one may be twice as long. */
  readonly retryBaseMs: number;
  readonly nowMs: () => number;
}

export interface AwsRequest {
  readonly method: string;
  /** Encoded, below the endpoint's own path. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Answers with success; throws AwsError for a refusal, TransportFailure when no whole answer came. */
export type SendAws = (request: AwsRequest) => Promise<WireAnswer>;

/**
 * A client of one AWS service for what is called all the time. It keeps the SDK's rules with the SDK's own parts: the
 * standard retry mode (a budget of tokens, full jitter, which errors are repeated) is `@smithy/core/retry`. What it
 * leaves out is the middleware around them, most of a call's processor time.
 * https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
 */
export const awsClient = (options: AwsClientOptions): SendAws => {
  const retries = new StandardRetryStrategy({
    maxAttempts: options.attemptsMax,
    baseDelay: options.retryBaseMs,
  });
  const attempt = attemptOf(options);
  // It says that nothing was repeated yet, and each refresh makes another one: all first attempts share it.
  const initial = retries.acquireInitialRetryToken('');
  return async (request) => {
    let token: StandardRetryToken | null = null;
    for (let attempts = 1; ; attempts++) {
      try {
        const answer = await attempt(request, attempts);
        retries.recordSuccess(token ?? (await initial));
        return answer;
      } catch (error) {
        if (!(error instanceof AwsError || error instanceof TransportFailure)) throw error;
        // Waits its pause, and rejects when the error is not one to repeat or the budget is spent.
        const next = retries.refreshRetryTokenForRetry(token ?? (await initial), infoOf(error));
        token = await next.catch(() => {
          throw error instanceof TransportFailure ? error.after(attempts) : error;
        });
      }
    }
  };
};

/** One request, signed again, and what its answer means. */
const attemptOf = ({ place, limits, signingName, nowMs }: AwsClientOptions) => {
  const endpoint = new URL(place.endpoint);
  const basePath = endpoint.pathname === '/' ? '' : endpoint.pathname;
  const send = awsTransport(endpoint, limits);
  const sign = requestSigner({ service: signingName, ...place });
  const clock = awsClock(nowMs);
  return async (request: AwsRequest, attempts: number): Promise<WireAnswer> => {
    const { method, body } = request;
    const path = `${basePath}${request.path}`;
    const signedAtMs = clock.nowMs();
    const headers = sign({ ...request, path, host: endpoint.host }, signedAtMs);
    const answer = await send({ method, path, headers, body });
    const isSkewed = clock.learn(answer.headers, signedAtMs);
    // A refusal too: the item in it decides about money.
    if (!isWhole(answer))
      throw new AwsError({
        name: 'CRC32CheckFailed',
        message: 'the answer is not what the service sent',
        facts: factsOf(answer, attempts),
        isRetryable: true,
      });
    if (answer.status >= 300)
      throw errorOfAnswer(answer.headers, answer.body.toString('utf8'), {
        ...factsOf(answer, attempts),
        ...(isSkewed ? { clockSkewCorrected: true } : {}),
      });
    return answer;
  };
};

const factsOf = ({ status, headers }: WireAnswer, attempts: number): AnswerFacts => {
  const requestId = headers['x-amzn-requestid'] ?? headers['x-amz-request-id'];
  return {
    httpStatusCode: status,
    attempts,
    ...(typeof requestId === 'string' ? { requestId } : {}),
  };
};

/** DynamoDB says the checksum of each answer; the SDK for JavaScript does not look at it any more, other SDKs do. */
const isWhole = ({ headers, body }: WireAnswer): boolean => {
  const sum = headers['x-amz-crc32'];
  return sum === undefined || Number(sum) === crc32(body);
};

const infoOf = (error: AwsError | TransportFailure): RetryErrorInfo => {
  const errorType = kindOf(error);
  return error instanceof AwsError && error.retryAfter !== undefined
    ? { error, errorType, retryAfterHint: error.retryAfter }
    : { error, errorType };
};

const kindOf = (error: AwsError | TransportFailure): RetryErrorType => {
  if (isThrottlingError(error)) return 'THROTTLING';
  if (isTransientError(error)) return 'TRANSIENT';
  return isServerError(error) ? 'SERVER_ERROR' : 'CLIENT_ERROR';
};
