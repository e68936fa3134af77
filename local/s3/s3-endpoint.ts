import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { KEY_BYTES_MAX, type BucketStore, type ObjectHead } from './bucket-store.ts';
import { startEndpoint, type Answer, type Endpoint } from '../http/http-endpoint.ts';
import {
  S3Error,
  checkedSum,
  escapeXml,
  notImplemented,
  rangeOf,
  textsOf,
  unchunk,
} from './s3-wire.ts';

/** S3 accepts 5 GB in one call; nothing of ours comes near this. */
const BODY_BYTES_MAX = 100_000_000;
const KEYS_MAX = 1_000;

interface Call {
  readonly operation: string;
  readonly bucket: string;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/**
 * S3 on its own wire, path style, for the calls that our code makes. Signatures are not checked: it
 * listens on this machine alone. Everything else is NotImplemented, and said aloud.
 */
export const startS3Endpoint = async (store: BucketStore): Promise<Endpoint> =>
  await startEndpoint(async (request) => await answerTo(store, request));

const answerTo = async (store: BucketStore, request: IncomingMessage): Promise<Answer> => {
  try {
    const call = callOf(request);
    const length = Number(request.headers['content-length'] ?? 0);
    if (length > BODY_BYTES_MAX) throw new S3Error(400, 'EntityTooLarge', 'The body is too large.');
    const body = await buffer(request);
    if (!store.has(call.bucket))
      throw new S3Error(404, 'NoSuchBucket', `The template has no bucket ${call.bucket}.`);
    return await answer(store, call, body);
  } catch (error) {
    return errorAnswer(request, error);
  }
};

const errorAnswer = (request: IncomingMessage, error: unknown): Answer => {
  const known =
    error instanceof S3Error
      ? error
      : new S3Error(500, 'InternalError', error instanceof Error ? error.message : 'failed');
  if (known.status >= 500) console.error(`s3: ${request.method} ${request.url}: ${known.message}`);
  return {
    status: known.status,
    headers: { 'content-type': 'application/xml' },
    body: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${known.code}</Code><Message>${escapeXml(known.message)}</Message></Error>`,
  };
};

/** What may stand in a query beside a signature (a presigned address carries the headers there). */
const QUERY: Readonly<Record<string, readonly string[]>> = {
  ListObjectsV2: ['list-type', 'prefix', 'continuation-token', 'start-after', 'max-keys'],
  DeleteObjects: ['delete'],
};
const HEADERS =
  /^x-amz-(date|user-agent|security-token|content-sha256|checksum-[a-z0-9]+|sdk-checksum-algorithm|trailer|decoded-content-length|meta-.+|expected-bucket-owner|algorithm|credential|expires|signature|signedheaders)$/;
const REFUSED = ['if-match', 'if-modified-since', 'if-unmodified-since'];

const callOf = (request: IncomingMessage): Call => {
  const [path = '', search = ''] = (request.url ?? '').split('?', 2);
  const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? [];
  const query = new URLSearchParams(search);
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, value?.toString()]),
  );
  const operation = operationOf(request.method ?? '', key, query);
  for (const name of query.keys())
    if (name !== 'x-id' && !QUERY[operation]?.includes(name) && !HEADERS.test(name.toLowerCase()))
      throw notImplemented(`the parameter ${name} of ${operation}`);
  for (const name of Object.keys(headers))
    if ((name.startsWith('x-amz-') && !HEADERS.test(name)) || REFUSED.includes(name))
      throw notImplemented(`the header ${name}`);
  if (isExpired(query)) throw new S3Error(403, 'AccessDenied', 'Request has expired');
  const decoded = decodeKey(key);
  if (Buffer.byteLength(decoded) > KEY_BYTES_MAX)
    throw new S3Error(400, 'KeyTooLongError', 'Your key is too long');
  return { operation, bucket, key: decoded, query, headers };
};

const decodeKey = (key: string): string => {
  try {
    return decodeURIComponent(key);
  } catch {
    throw new S3Error(400, 'InvalidURI', 'The specified URI could not be parsed.');
  }
};

const operationOf = (method: string, key: string, query: URLSearchParams): string => {
  if (key !== '') {
    const name = { PUT: 'Put', GET: 'Get', HEAD: 'Head', DELETE: 'Delete' }[method];
    if (name !== undefined) return `${name}Object`;
  }
  if (key === '' && method === 'GET' && query.get('list-type') === '2') return 'ListObjectsV2';
  if (key === '' && method === 'POST' && query.has('delete')) return 'DeleteObjects';
  throw notImplemented(`${method} with ${query.toString()}`);
};

const isExpired = (query: URLSearchParams): boolean => {
  const expires = query.get('X-Amz-Expires');
  if (expires === null) return false;
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(query.get('X-Amz-Date') ?? '') ?? [];
  const signedMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return !(Date.now() <= signedMs + Number(expires) * 1_000);
};

const answer = async (store: BucketStore, call: Call, body: Buffer): Promise<Answer> => {
  switch (call.operation) {
    case 'PutObject':
      return await putObject(store, call, body);
    case 'GetObject':
      return await getObject(store, call);
    case 'HeadObject': {
      const head = await store.head(call.bucket, call.key);
      if (head === null) throw noSuchKey();
      return { status: 200, headers: headHeaders(head, call, head.bytes) };
    }
    case 'DeleteObject':
      await store.remove(call.bucket, call.key);
      return { status: 204 };
    case 'DeleteObjects':
      return await deleteObjects(store, call, body);
    default:
      return await listObjects(store, call);
  }
};

const noSuchKey = (): S3Error => new S3Error(404, 'NoSuchKey', 'The specified key does not exist.');

const putObject = async (store: BucketStore, call: Call, framed: Buffer): Promise<Answer> => {
  const { headers } = call;
  const encodings = (headers['content-encoding'] ?? '').split(/,\s*/).filter((name) => name !== '');
  const isChunked =
    encodings.includes('aws-chunked') ||
    headers['x-amz-content-sha256']?.startsWith('STREAMING-') === true;
  const { bytes, trailers } = isChunked ? unchunk(framed) : { bytes: framed, trailers: {} };
  const condition = headers['if-none-match'];
  if (condition !== undefined && condition !== '*') throw notImplemented('If-None-Match but *');
  const encoding = encodings.filter((name) => name !== 'aws-chunked').join(',');
  const metadata = Object.entries(headers)
    .filter(([name]) => name.startsWith('x-amz-meta-'))
    .map(([name, value = '']) => [name.slice('x-amz-meta-'.length), value]);
  const checksum = checkedSum({ ...headers, ...trailers }, bytes);
  const head = await store.put(call.bucket, call.key, {
    bytes,
    isNewOnly: condition === '*',
    info: {
      contentType: headers['content-type'] ?? null,
      contentEncoding: encoding === '' ? null : encoding,
      contentDisposition: headers['content-disposition'] ?? null,
      cacheControl: headers['cache-control'] ?? null,
      metadata: Object.fromEntries(metadata),
      checksum,
    },
  });
  if (head === null)
    throw new S3Error(412, 'PreconditionFailed', 'At least one of the preconditions did not hold.');
  return { status: 200, headers: { etag: head.etag, ...sumHeaders(head) } };
};

const getObject = async (store: BucketStore, call: Call): Promise<Answer> => {
  if (call.headers['if-none-match'] !== undefined) throw notImplemented('If-None-Match of a read');
  const object = await store.get(call.bucket, call.key);
  if (object === null) throw noSuchKey();
  const { head, bytes } = object;
  const range = rangeOf(call.headers['range'], bytes.length);
  if (range === null)
    return { status: 200, headers: headHeaders(head, call, bytes.length), body: bytes };
  const part = bytes.subarray(range.first, range.last + 1);
  return {
    status: 206,
    headers: {
      ...headHeaders({ ...head, checksum: null }, call, part.length),
      'content-range': `bytes ${range.first}-${range.last}/${bytes.length}`,
    },
    body: part,
  };
};

const headHeaders = (head: ObjectHead, call: Call, length: number): Record<string, string> => {
  const optional = {
    'content-encoding': head.contentEncoding,
    'content-disposition': head.contentDisposition,
    'cache-control': head.cacheControl,
  };
  return {
    'content-type': head.contentType ?? 'binary/octet-stream',
    'content-length': String(length),
    'last-modified': new Date(head.modifiedMs).toUTCString(),
    'accept-ranges': 'bytes',
    etag: head.etag,
    ...Object.fromEntries(
      Object.entries(optional).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
    ),
    ...Object.fromEntries(
      Object.entries(head.metadata).map(([name, value]) => [`x-amz-meta-${name}`, value]),
    ),
    ...(call.headers['x-amz-checksum-mode']?.toUpperCase() === 'ENABLED' ? sumHeaders(head) : {}),
  };
};

const sumHeaders = ({ checksum }: ObjectHead): Record<string, string> =>
  checksum === null
    ? {}
    : {
        [`x-amz-checksum-${checksum.algorithm}`]: checksum.value,
        'x-amz-checksum-type': 'FULL_OBJECT',
      };

const deleteObjects = async (store: BucketStore, call: Call, body: Buffer): Promise<Answer> => {
  checkedSum(call.headers, body);
  const xml = body.toString();
  const keys = textsOf(xml, 'Key');
  if (keys.length === 0 || keys.length > KEYS_MAX)
    throw new S3Error(400, 'MalformedXML', 'One call deletes 1 to 1000 keys.');
  for (const key of keys) await store.remove(call.bucket, key);
  const isQuiet = textsOf(xml, 'Quiet')[0] === 'true';
  const deleted = isQuiet
    ? []
    : keys.map((key) => `<Deleted><Key>${escapeXml(key)}</Key></Deleted>`);
  return xmlAnswer('DeleteResult', deleted.join(''));
};

const listObjects = async (store: BucketStore, { bucket, query }: Call): Promise<Answer> => {
  const prefix = query.get('prefix') ?? '';
  const token = query.get('continuation-token');
  const after =
    token === null ? (query.get('start-after') ?? '') : Buffer.from(token, 'base64url').toString();
  const countMax = Math.min(Number(query.get('max-keys') ?? KEYS_MAX), KEYS_MAX);
  if (!(countMax >= 0)) throw new S3Error(400, 'InvalidArgument', 'max-keys is no count.');
  const found = await store.list(bucket, prefix, after, countMax);
  const page = found.slice(0, countMax);
  const isTruncated = found.length > page.length;
  const next = Buffer.from(page.at(-1)?.key ?? '').toString('base64url');
  const contents = page.map(
    ({ key, head }) =>
      `<Contents><Key>${escapeXml(key)}</Key><LastModified>${new Date(head.modifiedMs).toISOString()}</LastModified>` +
      `<ETag>${escapeXml(head.etag)}</ETag><Size>${head.bytes}</Size><StorageClass>STANDARD</StorageClass></Contents>`,
  );
  return xmlAnswer(
    'ListBucketResult',
    `<Name>${bucket}</Name><Prefix>${escapeXml(prefix)}</Prefix><KeyCount>${page.length}</KeyCount>` +
      `<MaxKeys>${countMax}</MaxKeys><IsTruncated>${isTruncated}</IsTruncated>` +
      (isTruncated ? `<NextContinuationToken>${next}</NextContinuationToken>` : '') +
      contents.join(''),
  );
};

const xmlAnswer = (element: string, inner: string): Answer => ({
  status: 200,
  headers: { 'content-type': 'application/xml' },
  body: `<?xml version="1.0" encoding="UTF-8"?><${element} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${inner}</${element}>`,
});
