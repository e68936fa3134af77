import aws4 from 'aws4';
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { AwsCredentials } from './aws-environment.ts';

export interface SignerScope {
  /** The service's name in a signature, which is not always that of its address. */
  readonly service: string;
  readonly region: string;
  readonly credentials: AwsCredentials;
}

export interface UnsignedRequest {
  readonly method: string;
  readonly host: string;
  /** Encoded as it is sent. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Answers all headers to send with a request that is made at `timeMs`. */
export type SignRequest = (
  request: UnsignedRequest,
  timeMs: number,
) => NonNullable<aws4.Request['headers']>;

interface DayKey {
  readonly date: string;
  readonly key: KeyObject;
}

/**
 * `aws4` with the key of the day kept as a KeyObject: `createHmac` of Node 24 takes 17 us for bytes and 3 us for a
 * KeyObject, which is half of a signature. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
class DaySigner extends aws4.RequestSigner {
  private readonly keyOf: (date: string) => KeyObject;

  constructor(
    request: aws4.Request,
    credentials: aws4.Credentials,
    keyOf: (date: string) => KeyObject,
  ) {
    super(request, credentials);
    this.keyOf = keyOf;
  }

  override signature(): string {
    return createHmac('sha256', this.keyOf(this.getDate()))
      .update(this.stringToSign(), 'utf8')
      .digest('hex');
  }
}

/** Signature version 4. */
export const requestSigner = (scope: SignerScope): SignRequest => {
  const { service, region } = scope;
  const { sessionToken, ...lasting } = scope.credentials;
  const credentials = sessionToken === null ? lasting : { ...lasting, sessionToken };
  let day: DayKey | null = null;
  const keyOf = (date: string): KeyObject => {
    if (day?.date !== date) day = { date, key: signingKey(scope, date) };
    return day.key;
  };
  return ({ method, host, path, headers, body }, timeMs) => {
    const dated = { host, 'x-amz-date': amzDate(timeMs), ...headers };
    const request = { service, region, method, host, path, headers: dated, body };
    return new DaySigner(request, credentials, keyOf).sign().headers ?? {};
  };
};

const signingKey = ({ service, region, credentials }: SignerScope, date: string): KeyObject =>
  [date, region, service, 'aws4_request'].reduce(
    (key, part) => createSecretKey(createHmac('sha256', key).update(part).digest()),
    createSecretKey(`AWS4${credentials.secretAccessKey}`, 'utf8'),
  );

/** `20261130T004500Z` */
const amzDate = (timeMs: number): string =>
  new Date(timeMs).toISOString().replace(/[:-]|\.\d{3}/g, '');
