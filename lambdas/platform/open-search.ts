import { AwsError, isRecord } from './aws/aws-error.ts';
import { awsClient } from './aws/aws-client.ts';
import type { AwsPlace } from './aws/aws-environment.ts';
import { systemClock } from './clock.ts';
import { stored } from './storage.ts';

const LIMITS = {
  signingName: 'es',
  limits: { socketsMax: 64, connectTimeoutMs: 5_000, requestTimeoutMs: 25_000 },
  attemptsMax: 3,
  retryBaseMs: 100,
};
/** What a caller reads as an answer: there is none such, and there is one already. */
const ANSWERS: readonly number[] = [404, 409];

export interface OpenSearchAnswer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * One request of OpenSearch's REST API; a path without a query. Answers what succeeded, 404 and 409; throws AppError
 * `storage_unavailable` for every other refusal.
 */
export type OpenSearchCall = (
  method: 'DELETE' | 'GET' | 'POST' | 'PUT',
  path: string,
  body?: object | string,
) => Promise<OpenSearchAnswer>;

/**
 * Signed requests to one domain. One a function: it holds the connections.
 * https://docs.aws.amazon.com/opensearch-service/latest/developerguide/request-signing.html
 */
export const openSearchCalls = (place: AwsPlace): OpenSearchCall => {
  const send = awsClient({ place, ...LIMITS, nowMs: systemClock.nowMs });
  return async (method, path, body = '') =>
    await stored(async () => {
      try {
        const answer = await send({
          method,
          path,
          headers: { 'content-type': 'application/json' },
          body: typeof body === 'string' ? body : JSON.stringify(body),
        });
        return { status: answer.status, body: JSON.parse(answer.body.toString('utf8')) };
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        const { httpStatusCode: status } = error.$metadata;
        if (ANSWERS.includes(status)) return { status, body: error.members };
        throw new Error(`OpenSearch answered ${status}: ${reasonOf(error)}`, { cause: error });
      }
    });
};

/** A domain says its own errors in one member, and those of its front in another. */
const reasonOf = ({ members, message }: AwsError): string => {
  const { error } = members;
  return isRecord(error) ? JSON.stringify(error).slice(0, REASON_CHARS_MAX) : message;
};

const REASON_CHARS_MAX = 500;
