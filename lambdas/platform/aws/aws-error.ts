import { getRetryAfterHint } from '@smithy/core/retry';
import { HttpResponse } from '@smithy/core/transport';
import type { IncomingHttpHeaders } from 'node:http';

/** What the SDK's errors say of an answer, under the SDK's names, so that both clients' errors are read alike. */
export interface AnswerFacts {
  readonly httpStatusCode: number;
  /** AWS finds a request by it. */
  readonly requestId?: string;
  readonly attempts: number;
  readonly clockSkewCorrected?: true;
}

/** A service's refusal, by the service's own name for it. */
export class AwsError extends Error {
  override readonly name: string;
  /** None; the SDK's functions want to know its type. */
  override readonly cause?: Error;
  readonly $metadata: AnswerFacts;
  /** Set where a repeat is safe and may help whatever the status says. */
  readonly $retryable?: object;
  /** What the service says beside the message, as it stands in the answer. */
  readonly members: Readonly<Record<string, unknown>>;
  /** No repeat before this time, where the service asks for it. */
  readonly retryAfter: Date | undefined;

  constructor(fields: {
    readonly name: string;
    readonly message: string;
    readonly facts: AnswerFacts;
    readonly isRetryable?: boolean;
    readonly members?: Readonly<Record<string, unknown>>;
    readonly retryAfter?: Date | undefined;
  }) {
    super(fields.message);
    this.name = fields.name;
    this.$metadata = fields.facts;
    if (fields.isRetryable === true) this.$retryable = {};
    this.members = fields.members ?? {};
    this.retryAfter = fields.retryAfter;
  }
}

/** The only error of the services asked here whose model marks it as one to repeat. */
const RETRYABLE_BY_MODEL = 'ReplicatedWriteConflictException';

/** Reads an answer that is no success. A name comes from the header of a REST service or the body of a JSON one. */
export const errorOfAnswer = (
  headers: IncomingHttpHeaders,
  body: string,
  facts: AnswerFacts,
): AwsError => {
  const members = membersOf(body);
  const named = members['__type'] ?? members['code'] ?? headers['x-amzn-errortype'];
  const name = typeof named === 'string' ? shortName(named) : 'UnknownError';
  const message = members['message'] ?? members['Message'];
  return new AwsError({
    name,
    message: typeof message === 'string' ? message : 'the service gave no reason',
    facts,
    isRetryable: name === RETRYABLE_BY_MODEL,
    members,
    retryAfter: retryAfterOf(headers),
  });
};

const retryAfterOf = (headers: IncomingHttpHeaders): Date | undefined => {
  const named = ['retry-after', 'x-amz-retry-after'].flatMap((name) => {
    const value = headers[name];
    return typeof value === 'string' ? [[name, value] as const] : [];
  });
  return named.length === 0
    ? undefined
    : getRetryAfterHint(new HttpResponse({ statusCode: 0, headers: Object.fromEntries(named) }));
};

/** What is no JSON comes from something between the service and here: its status alone counts. */
const membersOf = (body: string): Readonly<Record<string, unknown>> => {
  try {
    const parsed: unknown = JSON.parse(body);
    return isRecord(parsed) ? parsed : {};
  } catch {
    return {};
  }
};

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException:http://…` -> `ConditionalCheckFailedException` */
const shortName = (named: string): string => {
  const [name = ''] = named.split(/[,:]/);
  return name.slice(name.indexOf('#') + 1);
};
