import type { Dialect } from '../dialects/dialect.ts';
import type { CompleteAnswer } from './call-types.ts';
import { retryHeaders } from './pass-error.ts';
import type { ProviderRefused } from './provider-refusal.ts';

/** SDKs take a longer one for none. */
const RETRY_SECONDS_MAX = 60;
/** Some clients give up on a 429 that does not say it. */
const RETRY_SECONDS = 1;
const SECOND_MS = 1_000;

const TYPES: ReadonlyMap<number, string> = new Map([
  [402, 'billing_error'],
  [403, 'permission_error'],
  [404, 'not_found_error'],
  [413, 'request_too_large'],
  [429, 'rate_limit_error'],
  [503, 'overloaded_error'],
  [504, 'timeout_error'],
  [529, 'overloaded_error'],
]);

/** What a provider answered that did not take the call up, as a client of this dialect reads it; it cost nothing. */
export const refusedAnswer = (
  dialect: Dialect,
  { answer, isTooLong, publicMessage: message }: ProviderRefused,
  requestId: string,
  nowMs: number,
): CompleteAnswer => {
  const status = statusOf(answer.status);
  const type = TYPES.get(status) ?? (status < 500 ? 'invalid_request_error' : 'api_error');
  const theirs = answer.headers['request-id'] ?? answer.headers['x-request-id'];
  return {
    status,
    headers: {
      'content-type': 'application/json',
      'x-should-retry': String(status === 408 || status === 409 || status === 429 || status >= 500),
      ...retryHeaders(answer.headers),
      ...waitHeaders(status, answer, nowMs),
      ...(theirs === undefined ? {} : { 'x-sluice-provider-request-id': theirs }),
    },
    body: Buffer.from(
      JSON.stringify(dialect.refusal({ status, type, message, isTooLong, requestId })),
    ),
  };
};

/** Some SDKs try a 422 again and again, and few know a 529; nobody is sent on to where a provider points. */
const statusOf = (status: number): number => {
  if (status < 400) return 502;
  if (status === 422) return 400;
  return status === 529 ? 503 : status;
};

/** How long a client is to wait, in the headers that it reads, wherever the provider says it. */
const waitHeaders = (
  status: number,
  { headers, waitSeconds }: Pick<ProviderRefused['answer'], 'headers' | 'waitSeconds'>,
  nowMs: number,
): Readonly<Record<string, string>> => {
  const told = secondsIn(headers['retry-after'], nowMs) ?? waitSeconds;
  const seconds = told ?? (status === 429 ? RETRY_SECONDS : null);
  const ms = Number(headers['retry-after-ms']);
  return {
    ...(seconds === null ? {} : { 'retry-after': String(bounded(Math.ceil(seconds))) }),
    ...(ms > RETRY_SECONDS_MAX * SECOND_MS
      ? { 'retry-after-ms': String(RETRY_SECONDS_MAX * SECOND_MS) }
      : {}),
  };
};

const bounded = (seconds: number): number => Math.min(RETRY_SECONDS_MAX, Math.max(0, seconds));

/** Seconds, or a date: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
const secondsIn = (told: string | undefined, nowMs: number): number | null => {
  if (told === undefined) return null;
  const seconds = Number(told);
  const waits = Number.isFinite(seconds) ? seconds : (Date.parse(told) - nowMs) / SECOND_MS;
  return Number.isNaN(waits) ? null : waits;
};
