import { AppError } from '../shared/app-error.ts';
import { utf8Text } from '../shared/utf8.ts';

/** More than any form of a provider has: sixteen images and their words. */
const PARTS_MAX = 64;
const HEADER_BYTES_MAX = 4_096;
const WORDS_BYTES_MAX = 262_144;
const CRLF = Buffer.from('\r\n');
const HEADERS_END = Buffer.from('\r\n\r\n');

/** One field of a form, in the order in which it came. */
export interface FormPart {
  readonly name: string;
  /** null: it is words, no file. */
  readonly filename: string | null;
  readonly type: string | null;
  readonly bytes: Uint8Array;
}

export interface Form {
  /** No field has it in it. */
  readonly boundary: string;
  readonly parts: readonly FormPart[];
}

/**
 * The fields of a form (RFC 7578). Throws AppError `invalid_request` for what is none: a body without its boundary, one
 * that breaks off, a field without a name, or with one that readers may take for another.
 */
export const readParts = (body: Uint8Array, contentType: string): Form => {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
  const boundary = boundaryOf(contentType);
  const line = Buffer.from(`--${boundary}`);
  const parts: FormPart[] = [];
  let at = bytes.indexOf(line);
  if (at !== 0 && !(at > 1 && bytes.subarray(at - 2, at).equals(CRLF)))
    throw broken('the body does not begin with the boundary that its content-type names');
  for (;;) {
    at += line.length;
    if (bytes.toString('latin1', at, at + 2) === '--') return { boundary, parts };
    const start = bytes.indexOf(CRLF, at);
    const end = start === -1 ? -1 : bytes.indexOf(Buffer.concat([CRLF, line]), start);
    if (end === -1) throw broken('the body breaks off before its last boundary');
    if (parts.length === PARTS_MAX) throw broken(`a form may have ${PARTS_MAX} fields`);
    parts.push(partOf(bytes.subarray(start + CRLF.length, end)));
    at = end + CRLF.length;
  }
};

/** The words of a field. Throws AppError for one that is longer than any. */
export const wordsOf = ({ name, bytes }: FormPart): string => {
  if (bytes.length > WORDS_BYTES_MAX)
    throw broken(`must have at most ${WORDS_BYTES_MAX} bytes`, name);
  return utf8Text(bytes);
};

/** A body in pieces: `rest` follows `bytes`. */
export interface FormBody {
  readonly type: string;
  readonly bytes: Uint8Array;
  readonly rest: readonly Uint8Array[];
}

/**
 * A form written again, so that who reads it finds the fields that were read here, and no other. What stands in them is not
 * copied: files are large.
 */
export const formBody = ({ boundary, parts }: Form): FormBody => {
  const end = Buffer.from(`--${boundary}--\r\n`);
  const fields = parts.flatMap(({ name, filename, type, bytes: value }) => [
    Buffer.from(
      `--${boundary}\r\ncontent-disposition: form-data; name="${harmless(name)}"` +
        (filename === null ? '' : `; filename="${harmless(filename)}"`) +
        (type === null ? '' : `\r\ncontent-type: ${type}`) +
        '\r\n\r\n',
    ),
    value,
    CRLF,
  ]);
  const [bytes, ...rest] = [...fields, end];
  return {
    type: `multipart/form-data; boundary=${TOKEN.test(boundary) ? boundary : `"${boundary}"`}`,
    bytes,
    rest,
  };
};

export const broken = (problem: string, param = 'body'): AppError =>
  new AppError({
    code: 'invalid_request',
    publicMessage: `${param}: ${problem}`,
    facts: { param },
  });

const TOKEN = /^[\w.+'-]+$/;
/** What RFC 2046 lets a boundary be made of; one of anything else is read in more than one way. */
const BOUNDARY = /^[\w'()+,./:=?-]+$/;
/** `file`, `image[]`, `chunking_strategy[type]`: no vendor has fields of other names. */
const NAME = /^[A-Za-z_]\w*(?:\[\w*\])?$/;

const boundaryOf = (contentType: string): string => {
  const [, text, word] =
    /^multipart\/form-data\s*;(?:.*;)?\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(
      contentType,
    ) ?? [];
  const boundary = text ?? word;
  if (boundary !== undefined && BOUNDARY.test(boundary)) return boundary;
  throw broken('must be multipart/form-data with a boundary', 'content-type');
};

const partOf = (bytes: Buffer): FormPart => {
  const end = bytes.subarray(0, 2).equals(CRLF) ? 0 : bytes.indexOf(HEADERS_END);
  if (end === -1 || end > HEADER_BYTES_MAX) throw broken('a field of the form has no headers');
  const headers = utf8Text(bytes.subarray(0, end));
  const disposition = /^content-disposition:\s*form-data\s*;(.*)$/im.exec(headers)?.[1] ?? '';
  const parameters = parametersOf(disposition);
  const name = parameters.get('name') ?? '';
  if (name === '') throw broken('a field of the form has no name');
  if (!NAME.test(name)) throw broken('a field of the form has a name that no field has');
  return {
    name,
    filename: parameters.get('filename') ?? null,
    type: /^content-type:\s*([\w.+/-]+)/im.exec(headers)?.[1] ?? null,
    bytes: bytes.subarray(end === 0 ? CRLF.length : end + HEADERS_END.length),
  };
};

const PARAMETER = /\s*([\w*-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))\s*(?:;|$)/y;

/** One after another, so that no words of one are read as another. Throws AppError for one that is said twice. */
const parametersOf = (disposition: string): ReadonlyMap<string, string> => {
  const found = new Map<string, string>();
  const reader = new RegExp(PARAMETER);
  while (reader.lastIndex < disposition.length) {
    const [, said, text, word = ''] = reader.exec(disposition) ?? [];
    if (said === undefined) throw broken('a field of the form has headers that cannot be read');
    const name = said.toLowerCase();
    if (found.has(name)) throw broken(`a field of the form says its ${name} twice`);
    found.set(name, unescaped(text ?? word));
  }
  return found;
};

/** Browsers write a quote as `%22`, others escape it by a backslash. */
const unescaped = (text: string): string =>
  text
    .replaceAll(/\\(["\\])/g, '$1')
    .replaceAll(/%22|%0D|%0A/gi, (code) => decodeURIComponent(code));

/** Readers differ in what a quote, a backslash or their escapes mean: none is written. */
const harmless = (text: string): string =>
  text.replaceAll(/["\\\p{Cc}\p{Zl}\p{Zp}]|%(?=22|0d|0a)/giu, '_');
