import { ERROR, FATAL, WARN } from '../../domain/signal.ts';
import type { Words } from './words.ts';

/** Severities beside those of the domain. */
export const UNKNOWN = 0;
export const INFO = 9;

const LEVELS: Readonly<Record<string, number>> = {
  WARN: WARN,
  WARNING: WARN,
  ERROR: ERROR,
  ERR: ERROR,
  SEVERE: ERROR,
  CRIT: ERROR,
  CRITICAL: ERROR,
  FATAL: FATAL,
};
const LEVEL_WORDS_MAX = 8;

/** The severity that the first words name, for a record that has none: `ERROR` in capitals, or `[error]`. */
export const severityInText = (words: Words): number => {
  const last = Math.min(words.count, LEVEL_WORDS_MAX);
  for (let index = 0; index < last; index += 1) {
    const word = words.word(index);
    const isBracketed =
      words.text[(words.starts[index] ?? 0) - 1] === '[' &&
      words.text[words.ends[index] ?? 0] === ']';
    const level = LEVELS[isBracketed ? word.toUpperCase() : word];
    if (level !== undefined) return level;
  }
  return UNKNOWN;
};

const CLIENT_FAULTS: ReadonlySet<string> = new Set(['400', '404', '409', '422']);
const STATUS_WORDS: ReadonlySet<string> = new Set(
  'status statuscode status_code code http response returned responded returns answered http_status respstatus'.split(
    ' ',
  ),
);
const REASONS: Readonly<Record<string, string>> = {
  '400': 'bad',
  '404': 'not',
  '409': 'conflict',
  '422': 'unprocessable',
};

/** Whether a request failed by its sender's fault: a status of 400, 404, 409 or 422, and no 5xx beside it. */
export const isClientFault = (words: Words): boolean => {
  let isFound = false;
  for (let index = 0; index < words.count; index += 1) {
    if ((words.ends[index] ?? 0) - (words.starts[index] ?? 0) !== 3) continue;
    const word = words.word(index);
    if (isServerFault(word) && isStatus(words, index, word)) return false;
    if (CLIENT_FAULTS.has(word) && isStatus(words, index, word)) isFound = true;
  }
  return isFound;
};

const isServerFault = (word: string): boolean => word.startsWith('50');

const isStatus = (words: Words, index: number, word: string): boolean => {
  if (words.word(index + 1).toLowerCase() === REASONS[word]) return true;
  const start = words.starts[index] ?? 0;
  if (start === 0) return true;
  // `HTTP/1.1 404`, `HTTP/1.1" 404`: the version is two words.
  const before = words.word(index - 1).toLowerCase();
  if (STATUS_WORDS.has(before) || isHttp(words, index - 2) || isHttp(words, index - 3)) return true;
  const sign = words.text.slice(Math.max(0, start - 3), start).trimEnd();
  return (
    sign.endsWith('"') ||
    sign.endsWith('->') ||
    sign.endsWith('=>') ||
    sign.endsWith('(') ||
    isAfterRequest(words, index)
  );
};

const isHttp = (words: Words, index: number): boolean => words.word(index).toLowerCase() === 'http';

const METHODS: ReadonlySet<string> = new Set('GET POST PUT PATCH DELETE HEAD OPTIONS'.split(' '));

/** `GET /path 404 12ms`: the words of the path are not counted. */
const isAfterRequest = (words: Words, index: number): boolean =>
  METHODS.has(words.word(index - 1)) || METHODS.has(words.word(index - 2));
