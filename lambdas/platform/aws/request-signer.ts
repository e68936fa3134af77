import { createHmac, hash } from 'node:crypto';
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
  /** Encoded as it is sent, without a query, a dot segment or an empty one: nothing here makes such a path. */
  readonly path: string;
  /** Lower-case names; values without spaces at an end or side by side. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Answers all headers to send with a request that is made at `timeMs`, by lower-case names. */
export type SignRequest = (
  request: UnsignedRequest,
  timeMs: number,
) => Readonly<Record<string, string>>;

const ALGORITHM = 'AWS4-HMAC-SHA256';
/** SHA-256 works on blocks of so many bytes. */
const BLOCK_BYTES = 64;

/** What the signatures of one day share. */
interface Day {
  /** `20261130` */
  readonly date: string;
  /** `20261130/us-east-1/dynamodb/aws4_request` */
  readonly scope: string;
  readonly sign: (text: string) => string;
}

/** Signature version 4. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html */
export const requestSigner = (scope: SignerScope): SignRequest => {
  const { accessKeyId, sessionToken } = scope.credentials;
  const session = sessionToken === null ? {} : { 'x-amz-security-token': sessionToken };
  const dayOf = keptDay(scope);
  return ({ method, host, path, headers, body }, timeMs) => {
    const time = amzDate(timeMs);
    const sent: Record<string, string> = {
      ...headers,
      host,
      'x-amz-date': time,
      'content-length': String(Buffer.byteLength(body)),
      ...session,
    };
    const names = Object.keys(sent).toSorted();
    const signed = names.join(';');
    let canonical = `${method}\n${canonicalPath(path)}\n\n`;
    for (const name of names) canonical += `${name}:${sent[name]}\n`;
    canonical += `\n${signed}\n${hash('sha256', body, 'hex')}`;
    const day = dayOf(time.slice(0, 8));
    const signature = day.sign(
      `${ALGORITHM}\n${time}\n${day.scope}\n${hash('sha256', canonical, 'hex')}`,
    );
    sent['authorization'] =
      `${ALGORITHM} Credential=${accessKeyId}/${day.scope}, SignedHeaders=${signed}, Signature=${signature}`;
    return sent;
  };
};

const keptDay = ({ service, region, credentials }: SignerScope): ((date: string) => Day) => {
  let kept: Day | null = null;
  return (date) => {
    if (kept?.date === date) return kept;
    const parts = [date, region, service, 'aws4_request'];
    const key = parts.reduce<Buffer>(
      (above, part) => createHmac('sha256', above).update(part).digest(),
      Buffer.from(`AWS4${credentials.secretAccessKey}`),
    );
    kept = { date, scope: parts.join('/'), sign: hmacOf(key) };
    return kept;
  };
};

/**
 * HMAC-SHA-256 by one key of at most a block, as RFC 2104 writes it. Two hashes in one shot leave no object
 * of OpenSSL behind, which is most of what `createHmac` costs.
 */
const hmacOf = (key: Buffer): ((text: string) => string) => {
  const inner = padded(key, 0x36);
  const outer = padded(key, 0x5c);
  return (text) => {
    const digest = hash('sha256', Buffer.concat([inner, Buffer.from(text)]), 'buffer');
    return hash('sha256', Buffer.concat([outer, digest]), 'hex');
  };
};

const padded = (key: Buffer, pad: number): Buffer => {
  const block = Buffer.alloc(BLOCK_BYTES, pad);
  for (const [index, byte] of key.entries()) block[index] = byte ^ pad;
  return block;
};

/** Every service but S3 reads the path encoded once more. */
const canonicalPath = (path: string): string =>
  path === '/' ? path : path.split('/').map(encoded).join('/');

/** RFC 3986 leaves fewer characters alone than `encodeURIComponent`. */
const encoded = (part: string): string =>
  encodeURIComponent(part).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** `20261130T004500Z` */
const amzDate = (timeMs: number): string => {
  const iso = new Date(timeMs).toISOString();
  return `${iso.slice(0, 4)}${iso.slice(5, 7)}${iso.slice(8, 13)}${iso.slice(14, 16)}${iso.slice(17, 19)}Z`;
};
