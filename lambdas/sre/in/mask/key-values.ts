import { DIGIT, isKind, TOKEN, WORD } from './characters.ts';
import { runEnd, valueEnd, type Found, type Work } from './rules.ts';
import {
  isSecretValue,
  mayBeSensitive,
  sensitivityOf,
  type Sensitivity,
} from './sensitive-keys.ts';

const NAME_CHARS_MAX = 48;
/** Between a name, its sign and its value: columns are aligned. */
const GAP_CHARS_MAX = 12;
const TAB = 0x09;
const [QUOTE, APOSTROPHE, BACKSLASH, SPACE, GREATER, EQUALS, COLON, NEWLINE, DOT] = [
  0x22, 0x27, 0x5c, 0x20, 0x3e, 0x3d, 0x3a, 0x0a, 0x2e,
];

/** Whether a name that ends before this sign may be one of a secret: a look at the character before it, or at three. */
export const mayEndName = (text: string, index: number): boolean => {
  const before = text.charCodeAt(index - 1);
  // No such name ends in a digit, as hours and ports do.
  if (isKind(before, DIGIT)) return false;
  if (isNamePart(before)) return mayBeSensitive(text, index);
  return isOpening(before) && mayBeSensitive(text, beforeQuotes(text, index));
};

/**
 * The value of a name that ends before this `=` or `:`, when the name says that it is a secret: `password=x`,
 * `"api_key": "x"`, `\"token\":\"x\"`, `Authorization: Bearer x`, `-Ddb.password=x`, `PASSWORD => x`.
 */
export const valueAt = (text: string, index: number, taken: number, work: Work): Found | null => {
  const nameEnd = beforeQuotes(text, index);
  if (!mayBeSensitive(text, nameEnd)) return null;
  const name = nameBefore(text, nameEnd, taken, work);
  if (name === '' || isHeaderOfAddress(text, index)) return null;
  if (COOKIES.test(name)) return restOfLine(text, index, work);
  const isAssigned = text.charCodeAt(index) === EQUALS;
  const sensitivity = isAssigned && PASS.test(name) ? 'strong' : sensitivityOf(name);
  if (sensitivity === 'none') return null;
  if (PHRASE.test(name)) return phraseAt(text, index, work);
  const { start, end } = valueAfter(text, index + 1, sensitivity, work);
  const value = text.slice(start, end);
  return isSecretValue(sensitivity, value) ? { start, end, replacement: '<secret>' } : null;
};

/** `pass=x` is a password; `pass: all good` is not. */
const PASS = /(?:^|[_.-])pass$/i;

const PHRASE = /passphrase$/i;
const QUOTE_OR_NAME = /["'\n\r]|\s[\w.-]{1,40}=/g;

/** A phrase has spaces in it: to a quote, the line's end, or the next name. */
const phraseAt = (text: string, index: number, work: Work): Found | null => {
  let start = index + 1;
  while (start < index + GAP_CHARS_MAX && isOpening(text.charCodeAt(start))) start += 1;
  QUOTE_OR_NAME.lastIndex = start;
  const end = QUOTE_OR_NAME.exec(text)?.index ?? text.length;
  work.steps += end - start + 1;
  const value = text.slice(start, end);
  return isSecretValue('strong', value) ? { start, end, replacement: '<secret>' } : null;
};

/** `<password>x</password>`. */
export const elementAt = (text: string, index: number, start: number, work: Work): Found | null => {
  if (!mayBeSensitive(text, index) || sensitivityOf(text.slice(start, index)) !== 'strong')
    return null;
  const end = text.indexOf('</', index);
  work.steps += (end === -1 ? 0 : end - index) + 1;
  if (end === -1) return null;
  const value = text.slice(index + 1, end);
  return isSecretValue('strong', value) ? { start: index + 1, end, replacement: '<secret>' } : null;
};

/** `cookie: a=b; c=d`: all of them. */
const COOKIES = /(?:^|-)cookie$/i;

/** `secret://`, `key::`: no value. */
const isHeaderOfAddress = (text: string, index: number): boolean =>
  text.charCodeAt(index) === COLON &&
  (text.startsWith('//', index + 1) || text.charCodeAt(index + 1) === COLON);

const beforeQuotes = (text: string, index: number): number => {
  let end = index;
  while (end > 0 && index - end < GAP_CHARS_MAX && isOpening(text.charCodeAt(end - 1))) end -= 1;
  return end;
};

const isOpening = (code: number): boolean =>
  code === QUOTE || code === APOSTROPHE || code === BACKSLASH || code === SPACE || code === TAB;

const nameBefore = (text: string, end: number, taken: number, work: Work): string => {
  let start = end;
  const limit = Math.max(taken, end - NAME_CHARS_MAX);
  while (start > limit && isNamePart(text.charCodeAt(start - 1))) start -= 1;
  work.steps += end - start + 1;
  return text.slice(start, end);
};

const isNamePart = (code: number): boolean => isKind(code, WORD) || code === DOT;

interface Span {
  readonly start: number;
  readonly end: number;
}

const valueAfter = (text: string, from: number, sensitivity: Sensitivity, work: Work): Span => {
  let start = from;
  while (start < from + GAP_CHARS_MAX && isGap(text.charCodeAt(start))) start += 1;
  const isEscaped = text.charCodeAt(start) === BACKSLASH && text.charCodeAt(start + 1) === QUOTE;
  if (isEscaped) return quoted(text, start + 2, String.raw`\"`, work);
  const quote = text.charCodeAt(start);
  if (quote === QUOTE) return quoted(text, start + 1, '"', work);
  if (quote === APOSTROPHE) return quoted(text, start + 1, "'", work);
  // What only looks like a secret is one word, and is read no further than that.
  const end =
    sensitivity === 'weak' ? runEnd(text, start, TOKEN, work) : valueEnd(text, start, work);
  // A scheme stands before its credential.
  const scheme = text.slice(start, end).toLowerCase();
  return SCHEMES.has(scheme) && text.charCodeAt(end) === SPACE
    ? { start: end + 1, end: valueEnd(text, end + 1, work) }
    : { start, end };
};

const SCHEMES = new Set([
  'bearer',
  'basic',
  'digest',
  'token',
  'apikey',
  'negotiate',
  'aws4-hmac-sha256',
]);

const isGap = (code: number): boolean =>
  code === SPACE || code === TAB || code === GREATER || code === EQUALS;

/** To the quote that closes it; without one, as if there were none. A scheme stays, as it does without quotes. */
const quoted = (text: string, start: number, quote: string, work: Work): Span => {
  let end = start;
  const limit = text.length;
  while (end < limit && !text.startsWith(quote, end) && text.charCodeAt(end) !== NEWLINE) {
    // An escaped quote is part of the value.
    if (quote === '"' && text.charCodeAt(end) === BACKSLASH) end += 1;
    end += 1;
  }
  end = Math.min(end, limit);
  work.steps += end - start + 1;
  const space = text.slice(start, Math.min(end, start + 18)).indexOf(' ');
  const hasScheme = space !== -1 && SCHEMES.has(text.slice(start, start + space).toLowerCase());
  return { start: hasScheme ? start + space + 1 : start, end };
};

/** How far the first pair of a cookie is looked for. */
const PAIR_CHARS_MAX = 128;

const restOfLine = (text: string, index: number, work: Work): Found | null => {
  let start = index + 1;
  while (start < index + 4 && isOpening(text.charCodeAt(start))) start += 1;
  work.steps += PAIR_CHARS_MAX;
  if (!/^[\w.-]+=/.test(text.slice(start, start + PAIR_CHARS_MAX))) return null;
  const limit = text.length;
  let end = start;
  while (end < limit && !ENDS_LINE.has(text.charCodeAt(end))) end += 1;
  work.steps += end - start + 1;
  return { start, end, replacement: '<secret>' };
};

const ENDS_LINE = new Set([NEWLINE, 0x0d, QUOTE, APOSTROPHE, BACKSLASH]);
