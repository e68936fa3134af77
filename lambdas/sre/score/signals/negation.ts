import { ERROR, WARN } from '../../domain/signal.ts';
import type { Words } from './words.ts';

const wordSet = (words: string): ReadonlySet<string> => new Set(words.split(' '));

const NEGATIONS = wordSet(
  'no not non without never zero avoid avoids avoided avoiding prevent prevents prevented preventing nor',
);
/** Below WARN, a sentence with one of these before the shape speaks of what might be. */
const CONDITIONS = wordSet(
  'if when unless until whenever for simulate simulated simulating test testing catch catches handle handles handling ignore ignored ignoring cleared recovered',
);
const ARTICLES = wordSet('a an any the');
/** What stands between a shape and the count of it. */
const COUNTED = wordSet(
  'error errors event events count counts total today times occurrence occurrences kill kills killed failure failures exception exceptions so far yet last hour day minute this detected seen found',
);
/** A shape before one of these is the name of a thing: `connection refused metric`, `out of memory guard`. */
const THINGS = wordSet(
  'guard guards handler handlers handling detection detector protection metric metrics alert alerts alarm alarms monitor monitors monitoring watchdog test tests check checks policy rule rules page pages counter counters simulation drill threshold setting settings option options flag feature support mitigation scenario scenarios banner docs documentation dashboard report reports',
);
/** Behind a shape, these say that it is over. */
const OVER = wordSet('recovered resolved cleared fine succeeded mitigated fixed');
/** What a person asked or wrote is no event of the service. */
const ASKED = wordSet('asked asks typed searched queried wrote commented');
const INPUTS = wordSet(
  'query q search term keyword keywords subject title comment question prompt note name label input user_input summary',
);
/** Behind a shape, these say what it is or might do, not that it happened. */
const SPOKEN_OF = wordSet('means mean meaning will would may might could can happens occurs');
const ZEROS = wordSet('0 false no none');

const WORDS_NEAR_MAX = 4;
const QUOTED_CHARS_MAX = 200;

const low = (words: Words, index: number): string => words.word(index).toLowerCase();

/** Whether the words around a shape, which goes from one index to another, take it back. */
export const isNegated = (words: Words, from: number, end: number, severity: number): boolean =>
  isDenied(words, from, severity) ||
  isCountedZero(words, end) ||
  isThing(words, end) ||
  isOver(words, end) ||
  (severity < ERROR && isSpokenOf(words, end)) ||
  isInput(words, from) ||
  isSentByClient(words, from);

/** `no deadlock detected`, `0 OOM kills`; `code=0` is no number of its own. */
const isDenied = (words: Words, from: number, severity: number): boolean => {
  const last = ARTICLES.has(low(words, from - 1)) ? from - 2 : from - 1;
  const isNear = (words.starts[last + 1] ?? 0) - (words.ends[last] ?? 0) <= 2;
  if (last < 0 || !isNear) return false;
  const before = low(words, last);
  if (NEGATIONS.has(before) || (before === '0' && standsAlone(words, last))) return true;
  // `isn't`, `wasn't`, `didn't`: the apostrophe parts them.
  if (before === 't' && low(words, last - 1).endsWith('n')) return true;
  return severity < WARN && CONDITIONS.has(before);
};

/** `deadlocks detected: 0`, `pool exhausted = false`, `out of memory errors today: 0`. */
const isCountedZero = (words: Words, end: number): boolean => {
  let at = end;
  while (at < end + WORDS_NEAR_MAX && gapBefore(words, at) === '' && COUNTED.has(low(words, at)))
    at += 1;
  const gap = gapBefore(words, at);
  if (at >= words.count || (gap !== ':' && gap !== '=')) return false;
  return ZEROS.has(low(words, at)) && endsValue(words.text, words.ends[at] ?? 0);
};

const isThing = (words: Words, end: number): boolean => {
  const gap = gapBefore(words, end);
  return end < words.count && (gap === '' || gap === '-') && THINGS.has(low(words, end));
};

const isOver = (words: Words, end: number): boolean => {
  const last = Math.min(words.count, end + WORDS_NEAR_MAX);
  for (let index = end; index < last; index += 1)
    if (OVER.has(low(words, index)))
      return !NEGATIONS.has(low(words, index - 1)) && low(words, index - 1) !== 'be';
  return false;
};

/** `a segmentation fault means that a program ...`, `too many connections will be refused`. */
const isSpokenOf = (words: Words, end: number): boolean => {
  const gap = gapBefore(words, end);
  return end < words.count && (gap === '' || gap === ')') && SPOKEN_OF.has(low(words, end));
};

/** In a line of access whatever stands in quotes is the client's: its request, where it came from, what it calls itself. */
const isSentByClient = ({ text, starts }: Words, from: number): boolean => {
  if (!ACCESS.test(text)) return false;
  const before = text.slice(0, starts[from]);
  return before.split('"').length % 2 === 0;
};

/** A quoted request line with its status, as servers of HTTP write it. */
const ACCESS = /"[A-Z]{3,16} \S{1,2000} HTTP\/\d(?:\.\d)?" \d{3} /;

/** `search query="No space left on device"`, `user asked: what does segmentation fault mean?` */
const isInput = (words: Words, from: number): boolean => {
  for (let index = Math.max(0, from - WORDS_NEAR_MAX); index < from; index += 1)
    if (ASKED.has(low(words, index))) return true;
  const start = words.starts[from] ?? 0;
  const before = Math.max(0, start - QUOTED_CHARS_MAX);
  const quote = before + words.text.slice(before, start).lastIndexOf('"');
  if (quote < 1 || words.text[quote] !== '"') return false;
  let index = from - 1;
  while (index >= 0 && (words.ends[index] ?? 0) > quote) index -= 1;
  const sign = words.text.slice(words.ends[index], quote).trim();
  return index >= 0 && INPUT_SIGNS.has(sign) && INPUTS.has(low(words, index));
};

/** Between a key and its quoted value: `q="`, `"q":"`, `subject: "`. */
const INPUT_SIGNS: ReadonlySet<string> = new Set(['=', ':', '":', '": ', '" :']);

const gapBefore = (words: Words, index: number): string =>
  words.text.slice(words.ends[index - 1], words.starts[index]).trim();

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
