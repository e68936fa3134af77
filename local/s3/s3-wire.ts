import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** An error as S3 words it. */
export class S3Error extends Error {
  readonly code: string;
  readonly status: number;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

export const notImplemented = (what: string): S3Error =>
  new S3Error(501, 'NotImplemented', `The local runtime does not implement ${what}.`);

type Headers = Readonly<Record<string, string | undefined>>;

/**
 * The body without its `aws-chunked` framing, and the trailing headers that came with it.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
export const unchunk = (framed: Buffer): { readonly bytes: Buffer; readonly trailers: Headers } => {
  const chunks: Buffer[] = [];
  let at = 0;
  for (;;) {
    const end = framed.indexOf('\r\n', at);
    const length = Number.parseInt(framed.subarray(at, end).toString(), 16);
    if (end === -1 || !Number.isInteger(length))
      throw new S3Error(400, 'IncompleteBody', 'The body is not framed as aws-chunked.');
    at = end + 2;
    if (length === 0) break;
    chunks.push(framed.subarray(at, at + length));
    at += length + 2;
  }
  const trailers = framed
    .subarray(at)
    .toString()
    .split('\r\n')
    .map((line) => line.split(':'))
    .map(([name = '', value = '']) => [name.trim().toLowerCase(), value.trim()] as const)
    .filter(([name]) => name !== '');
  return { bytes: Buffer.concat(chunks), trailers: Object.fromEntries(trailers) };
};

const CHECKSUM = /^x-amz-checksum-(crc32|crc32c|crc64nvme|sha1|sha256)$/;

/** The checksum that the headers name, checked against the bytes; null when they name none. */
export const checkedSum = (
  headers: Headers,
  bytes: Buffer,
): { readonly algorithm: string; readonly value: string } | null => {
  const md5 = headers['content-md5'];
  if (md5 !== undefined && md5 !== createHash('md5').update(bytes).digest('base64'))
    throw new S3Error(400, 'BadDigest', 'The Content-MD5 does not match what was received.');
  const named = Object.entries(headers).find(([name]) => CHECKSUM.test(name));
  if (named === undefined) return null;
  const algorithm = CHECKSUM.exec(named[0])?.[1] ?? '';
  const value = named[1] ?? '';
  if (value !== sumOf(algorithm, bytes))
    throw new S3Error(400, 'BadDigest', `The ${algorithm} does not match what was received.`);
  return { algorithm, value };
};

const sumOf = (algorithm: string, bytes: Buffer): string => {
  if (algorithm === 'sha1' || algorithm === 'sha256')
    return createHash(algorithm).update(bytes).digest('base64');
  if (algorithm !== 'crc32') throw notImplemented(`the checksum ${algorithm}`);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(bytes));
  return sum.toString('base64');
};

/** First and last index of the bytes asked for; null when the whole is. */
export const rangeOf = (
  header: string | undefined,
  bytes: number,
): { readonly first: number; readonly last: number } | null => {
  if (header === undefined) return null;
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(header) ?? [];
  if (from === '' && to === '') throw notImplemented(`the range ${header}`);
  const first = from === '' ? Math.max(0, bytes - Number(to)) : Number(from);
  const last = from === '' || to === '' ? bytes - 1 : Math.min(Number(to), bytes - 1);
  if (first > last)
    throw new S3Error(416, 'InvalidRange', 'The requested range is not satisfiable.');
  return { first, last };
};

const ENTITIES: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
  '&amp;': '&',
};

export const escapeXml = (text: string): string =>
  text.replace(
    /[<>&"'\r\n]/g,
    (char) =>
      Object.entries(ENTITIES).find(([, plain]) => plain === char)?.[0] ??
      `&#x${char.charCodeAt(0).toString(16)};`,
  );

/** Texts of an element without children, in order. */
export const textsOf = (xml: string, element: string): readonly string[] =>
  [...xml.matchAll(new RegExp(`<${element}>([^<]*)</${element}>`, 'g'))].map(([, text = '']) =>
    text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|\w+);/gi, (entity, hex?: string, decimal?: string) => {
      if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
      if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
      return ENTITIES[entity] ?? entity;
    }),
  );
