import type { IncomingHttpHeaders } from 'node:http';

/** The whole answer to one request, as its bytes come in. */
export interface AnswerReader {
  /** Takes what came; the answer once it is whole. Throws MalformedAnswer. */
  push(bytes: Buffer): ReadAnswer | null;
  /** The connection has ended; null: before the answer did. */
  end(): ReadAnswer | null;
}

export interface ReadAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** How long the connection may rest and carry another request; null: not at all. */
  readonly restMs: number | null;
}

/** Bytes that are no answer of HTTP/1.1, or one that two readers could read differently. */
export class MalformedAnswer extends Error {
  override readonly name = 'MalformedAnswer';
  readonly code = 'HPE_INVALID';
}

const EMPTY = Buffer.alloc(0);
const HEAD_END = Buffer.from('\r\n\r\n');
const LINE_END = Buffer.from('\r\n');
const HEAD_BYTES_MAX = 65_536;
const LINE_BYTES_MAX = 1_024;

/** Reads one answer by RFC 9112; what that leaves to a client's leniency is refused. */
export const answerReader = (method: string): AnswerReader => {
  let rest: Buffer = EMPTY;
  let head: Head | null = null;
  let body: Body | null = null;
  const whole = (): ReadAnswer | null => {
    if (head === null || body?.isWhole() !== true) return null;
    const { status, headers } = head;
    // Whatever follows an answer that nobody asked for belongs to none.
    const restMs = body.left().length === 0 ? head.restMs : null;
    return { status, headers, body: body.bytes(), restMs };
  };
  return {
    push: (bytes) => {
      if (body !== null) {
        body.push(bytes);
        return whole();
      }
      rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
      while (head === null) {
        const end = rest.indexOf(HEAD_END);
        if (end > HEAD_BYTES_MAX || (end === -1 && rest.length > HEAD_BYTES_MAX))
          throw new MalformedAnswer('the head of the answer is too long');
        if (end === -1) return null;
        const read = readHead(rest.toString('latin1', 0, end));
        rest = rest.subarray(end + HEAD_END.length);
        if (read.status === 101) throw new MalformedAnswer('another protocol was not asked for');
        // What comes before an answer is none.
        if (read.status >= 200) head = read;
      }
      body = bodyOf(method, head);
      body.push(rest);
      return whole();
    },
    end: () => {
      if (head?.length !== null || body === null || head.isChunked) return null;
      body.end();
      return whole();
    },
  };
};

interface Head {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly isChunked: boolean;
  /** null: it is not said. */
  readonly length: number | null;
  readonly restMs: number | null;
}

const STATUS = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: .*)?$/;
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const BARE = /\r(?!\n)|(?<!\r)\n|\0/;

const readHead = (text: string): Head => {
  if (BARE.test(text)) throw new MalformedAnswer('a line of the head ends wrongly');
  const [first = '', ...lines] = text.split('\r\n');
  const [, minor, status] = STATUS.exec(first) ?? [];
  if (status === undefined) throw new MalformedAnswer('no status line');
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon));
    if (!NAME.test(name)) throw new MalformedAnswer('a header without a name');
    const key = name.toLowerCase();
    const value = line.slice(colon + 1).trim();
    const before = headers[key];
    if (before === undefined || before === value) headers[key] = value;
    else if (key === 'content-length') throw new MalformedAnswer('two lengths');
    else headers[key] = `${before}, ${value}`;
  }
  return { status: Number(status), headers, ...framingOf(headers), restMs: restOf(minor, headers) };
};

const framingOf = (
  headers: Readonly<Record<string, string>>,
): Pick<Head, 'isChunked' | 'length'> => {
  const { 'transfer-encoding': coding, 'content-length': length } = headers;
  if (coding !== undefined && (coding.toLowerCase() !== 'chunked' || length !== undefined))
    throw new MalformedAnswer('an unknown transfer coding, or a length beside it');
  if (length !== undefined && !/^\d{1,15}$/.test(length))
    throw new MalformedAnswer('the length is no number');
  return { isChunked: coding !== undefined, length: length === undefined ? null : Number(length) };
};

/** A server that says when it closes a connection is believed, and a second earlier: it may be on its way. */
const restOf = (
  minor: string | undefined,
  { connection = '', 'keep-alive': keepAlive = '' }: Readonly<Record<string, string>>,
): number | null => {
  const words = connection.toLowerCase();
  if (words.includes('close') || (minor === '0' && !words.includes('keep-alive'))) return null;
  const seconds = /(?:^|[\s,;])timeout=(\d{1,9})/i.exec(keepAlive)?.[1];
  return seconds === undefined ? Infinity : Math.max(0, Number(seconds) * 1_000 - 1_000);
};

interface Body {
  push(bytes: Buffer): void;
  end(): void;
  isWhole(): boolean;
  bytes(): Buffer;
  /** What came after it. */
  left(): Buffer;
}

const bodyOf = (method: string, { status, isChunked, length }: Head): Body => {
  if (method === 'HEAD' || status === 204 || status === 304) return sizedBody(0);
  if (isChunked) return chunkedBody();
  return sizedBody(length ?? Infinity);
};

const together = (parts: readonly Buffer[]): Buffer => {
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
};

/** Of so many bytes; Infinity: all until the connection ends. */
const sizedBody = (length: number): Body => {
  const parts: Buffer[] = [];
  let missing = length;
  let left: Buffer = EMPTY;
  return {
    push: (bytes) => {
      if (bytes.length > missing) left = bytes.subarray(missing);
      const part = bytes.subarray(0, missing);
      missing -= part.length;
      if (part.length > 0) parts.push(part);
    },
    end: () => {
      missing = 0;
    },
    isWhole: () => missing === 0,
    bytes: () => together(parts),
    left: () => left,
  };
};

const chunkedBody = (): Body => {
  const parts: Buffer[] = [];
  let rest: Buffer = EMPTY;
  let state: 'size' | 'data' | 'data end' | 'trailer' | 'whole' = 'size';
  let missing = 0;
  /** A line that is there whole; null: it is not yet. */
  const line = (): string | null => {
    const end = rest.indexOf(LINE_END);
    if (end > LINE_BYTES_MAX || (end === -1 && rest.length > LINE_BYTES_MAX))
      throw new MalformedAnswer('a line of the chunked body is too long');
    if (end === -1) return null;
    const text = rest.toString('latin1', 0, end);
    rest = rest.subarray(end + LINE_END.length);
    return text;
  };
  const step = (): boolean => {
    if (state === 'data') {
      const part = rest.subarray(0, missing);
      rest = rest.subarray(part.length);
      missing -= part.length;
      if (part.length > 0) parts.push(part);
      if (missing === 0) state = 'data end';
      return missing === 0;
    }
    const text = line();
    if (text === null) return false;
    if (state === 'size') {
      const size = /^([0-9a-f]{1,8})[ \t]*(?:;.*)?$/i.exec(text)?.[1];
      if (size === undefined) throw new MalformedAnswer('the size of a chunk is no number');
      missing = parseInt(size, 16);
      state = missing === 0 ? 'trailer' : 'data';
    } else if (state === 'data end') {
      if (text !== '') throw new MalformedAnswer('a chunk is longer than its size');
      state = 'size';
    } else if (text === '') state = 'whole';
    return state !== 'whole';
  };
  return {
    push: (bytes) => {
      rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
      while (step());
    },
    end: () => undefined,
    isWhole: () => state === 'whole',
    bytes: () => together(parts),
    left: () => rest,
  };
};
