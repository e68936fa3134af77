import { ERROR, FATAL, WARN } from '../../domain/signal.ts';
import type { Words } from './words.ts';

/** Severities beside those of the domain. */
export const UNKNOWN = 0;
export const INFO = 9;

const NEGATIONS: ReadonlySet<string> = new Set(
  'no not non without never zero avoid avoids avoided avoiding prevent prevents prevented preventing nor'.split(
    ' ',
  ),
);
/** Below WARN, a sentence with one of these before the shape tells of what might be. */
const CONDITIONS: ReadonlySet<string> = new Set(
  'if when unless until whenever for simulate simulated simulating test testing catch catches handle handles handling ignore ignored ignoring cleared recovered'.split(
    ' ',
  ),
);

const ARTICLES: ReadonlySet<string> = new Set(['a', 'an', 'any', 'the']);

/** A word before the shape takes it back: `no deadlock detected`, `0 OOM kills`; `code=0` is no number of its own. */
export const isNegated = (words: Words, from: number, end: number, severity: number): boolean => {
  const last = ARTICLES.has(words.word(from - 1).toLowerCase()) ? from - 2 : from - 1;
  const before = words.word(last).toLowerCase();
  const isNear = (words.starts[last + 1] ?? 0) - (words.ends[last] ?? 0) <= 2;
  if (last >= 0 && isNear) {
    if (NEGATIONS.has(before) || (before === '0' && standsAlone(words, last))) return true;
    // `isn't`, `wasn't`, `didn't`: the apostrophe parts them.
    if (
      before === 't' &&
      words
        .word(from - 2)
        .toLowerCase()
        .endsWith('n')
    )
      return true;
    if (severity < WARN && CONDITIONS.has(before)) return true;
  }
  return isCountedZero(words, end);
};

/** `deadlocks detected: 0`, `pool exhausted = false`: the value behind the shape takes it back. */
const isCountedZero = (words: Words, end: number): boolean => {
  if (end >= words.count) return false;
  const gap = words.text.slice(words.ends[end - 1], words.starts[end]).trim();
  if (gap !== ':' && gap !== '=') return false;
  return ZEROS.has(words.word(end).toLowerCase()) && endsValue(words.text, words.ends[end] ?? 0);
};

const ZEROS: ReadonlySet<string> = new Set(['0', 'false', 'no', 'none']);

const standsAlone = (words: Words, index: number): boolean => {
  const start = words.starts[index] ?? 0;
  const before = start === 0 ? ' ' : words.text.charAt(start - 1);
  return ' ([{,;'.includes(before) && endsNumber(words.text, words.ends[index] ?? 0);
};

/** `panic: no result` answers no question, `refused: 0.5 s later` counts nothing. */
const endsValue = (text: string, end: number): boolean => {
  if (endsNumber(text, end)) return text.charCodeAt(end) !== 32 || text.charAt(end - 1) === '0';
  return text.charAt(end) === '.' && !(text.charCodeAt(end + 1) > 32);
};

const endsNumber = (text: string, end: number): boolean => {
  const code = text.charCodeAt(end);
  return end >= text.length || code <= 32 || ',;)]}'.includes(text.charAt(end));
};

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
