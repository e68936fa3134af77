import { ANY_INITIAL, initialBit, isWordCode, keyOfWord, WORD_KEYS, type Words } from './words.ts';
import { SIGNAL_LIMITS } from './limits.ts';

/**
 * The language of the table. A pattern is words with spaces between:
 * - `word` fits in any case, `BUG` or `heaP` (with a capital) exactly so;
 * - `kill|killed` is one of these;
 * - `word:` is directly followed by a colon and a space, `word(` by a bracket; after `a|b:` it holds for each;
 * - `#` is a number, `*` is any one word, `...` is up to five words;
 * - `^` before all: the pattern begins a clause (the text, or what follows a colon, a bracket or a dash);
 * - `$` after all: a clause ends after it.
 * Words that follow each other have at most four characters between them, none of which ends a sentence.
 */
export interface Pattern {
  readonly isAnchored: boolean;
  readonly isClosed: boolean;
  readonly elements: readonly Element[];
  /** Initials that the second word may have, a bit each: most tries end with one look at it. */
  readonly secondInitials: number;
}

interface Element {
  readonly kind: 'word' | 'number' | 'any' | 'gap';
  readonly options: readonly Option[];
}

interface Option {
  readonly word: string;
  readonly isExact: boolean;
  /** Character that follows directly; '' for any. */
  readonly after: '' | ':' | '(';
}

export const readPattern = (source: string): Pattern => {
  const isAnchored = source.startsWith('^');
  const isClosed = source.endsWith('$');
  const elements = source
    .slice(isAnchored ? 1 : 0, isClosed ? -1 : undefined)
    .trim()
    .split(' ')
    .map(readElement);
  if (elements[0]?.kind !== 'word') throw new Error(`a pattern begins with a word: ${source}`);
  return { isAnchored, isClosed, elements, secondInitials: initialsOf(elements[1]) };
};

const initialsOf = (element: Element | undefined): number =>
  element?.kind === 'word'
    ? element.options.reduce((bits, { word }) => bits | initialBit(word.charCodeAt(0)), 0)
    : ANY_INITIAL;

const readElement = (source: string): Element => {
  if (source === '...') return { kind: 'gap', options: [] };
  if (source === '#') return { kind: 'number', options: [] };
  if (source === '*') return { kind: 'any', options: [] };
  const after = source.endsWith(':') ? ':' : source.endsWith('(') ? '(' : '';
  const words = after === '' ? source : source.slice(0, -1);
  return { kind: 'word', options: words.split('|').map((word) => readOption(word, after)) };
};

const readOption = (word: string, after: Option['after']): Option => {
  if (word === '' || !codesOf(word).every(isWordCode)) throw new Error(`not a word: ${word}`);
  return { word, isExact: word !== word.toLowerCase(), after };
};

/** Makes a capital a small letter; digits have the bit, and the underscore is no pair of another character of words. */
const LOWER = 32;

const codesOf = (text: string): readonly number[] =>
  Array.from(text, (character) => character.charCodeAt(0));

/** What its first word is looked up by. */
export const firstKeys = (pattern: Pattern): readonly number[] =>
  (pattern.elements[0]?.options ?? []).map(({ word }) => keyOfWord(word));

/** By the key of a word, what the word after it may begin with: 0 where none of these patterns begins with it. */
export const initialsByKey = (patterns: readonly Pattern[]): Int32Array => {
  const initials = new Int32Array(WORD_KEYS);
  for (const pattern of patterns)
    for (const key of firstKeys(pattern))
      initials[key] = (initials[key] ?? 0) | pattern.secondInitials;
  return initials;
};

/** The index of the word after the match that begins at word `index`, or -1. Bounded by the pattern, not by the text. */
export const matchAt = (pattern: Pattern, words: Words, index: number): number => {
  if (!maySucceed(pattern, words, index + 1)) return -1;
  if (pattern.isAnchored && !beginsClause(words.text, words.starts[index] ?? 0)) return -1;
  const end = matchFrom(pattern.elements, 0, words, index);
  if (end === -1 || !pattern.isClosed) return end;
  return endsClause(words.text, words.ends[end - 1] ?? 0) ? end : -1;
};

const maySucceed = ({ secondInitials }: Pattern, words: Words, second: number): boolean => {
  if (secondInitials === ANY_INITIAL) return true;
  if (second >= words.count) return false;
  return (secondInitials & initialBit(words.text.charCodeAt(words.starts[second] ?? 0))) !== 0;
};

const matchFrom = (
  elements: readonly Element[],
  from: number,
  words: Words,
  index: number,
): number => {
  let at = index;
  for (let place = from; place < elements.length; place += 1) {
    const element = elements[place];
    if (element === undefined) return -1;
    if (element.kind === 'gap') return matchAfterGap(elements, place + 1, words, at);
    if (at >= words.count || !fits(element, words, at)) return -1;
    if (place > from && !followsClosely(words, at)) return -1;
    at += 1;
  }
  return at;
};

/** A pattern has one gap at most, so that the work is its length times the gap's. */
const matchAfterGap = (
  elements: readonly Element[],
  place: number,
  words: Words,
  index: number,
): number => {
  const last = Math.min(words.count - 1, index + SIGNAL_LIMITS.gapWordsMax);
  for (let at = index; at <= last; at += 1) {
    const end = matchFrom(elements, place, words, at);
    if (end !== -1) return end;
  }
  return -1;
};

const fits = (element: Element, words: Words, index: number): boolean => {
  if (element.kind === 'any') return true;
  if (element.kind === 'number') return isNumber(words, index);
  const { options } = element;
  // No closure: this is asked of each word that may begin a pattern.
  for (let place = 0; place < options.length; place += 1) {
    const option = options[place];
    if (option !== undefined && fitsOption(option, words, index)) return true;
  }
  return false;
};

const fitsOption = ({ word, isExact, after }: Option, words: Words, index: number): boolean => {
  const start = words.starts[index] ?? 0;
  const end = words.ends[index] ?? 0;
  const { text } = words;
  if (end - start !== word.length) return false;
  for (let at = 0; at < word.length; at += 1) {
    const code = text.charCodeAt(start + at);
    const wanted = word.charCodeAt(at);
    if (code !== wanted && (isExact || (code | LOWER) !== wanted)) return false;
  }
  if (after === '') return true;
  if (text[end] !== after) return false;
  return after === '(' || end + 1 >= text.length || text.charCodeAt(end + 1) <= 32;
};

const isNumber = (words: Words, index: number): boolean => {
  const start = words.starts[index] ?? 0;
  return isDigit(words.text.charCodeAt(start));
};

const isDigit = (code: number): boolean => code >= 48 && code <= 57;

/** Close after the word before, in the same clause. */
const followsClosely = (words: Words, index: number): boolean => {
  const from = words.ends[index - 1] ?? 0;
  const to = words.starts[index] ?? 0;
  if (to - from > SIGNAL_LIMITS.gapCharsMax) return false;
  for (let at = from; at < to; at += 1) {
    const code = words.text.charCodeAt(at);
    if (code === 59 || code === 124 || code === 10) return false;
    if ((code === 46 || code === 33 || code === 63) && at + 1 < to) return false;
  }
  return true;
};

const HYPHEN = 45;
const CLAUSE_OPENERS = new Set(codesOf(':[])>|-};,\n"\'(*#='));

/** The text begins here, or a clause after a colon, a bracket, a dash. Spaces between do not matter. */
const beginsClause = (text: string, start: number): boolean => {
  let at = start - 1;
  while (at >= 0 && start - at <= 8 && text.charCodeAt(at) <= 32 && text.charCodeAt(at) !== 10)
    at -= 1;
  return at < 0 || CLAUSE_OPENERS.has(text.charCodeAt(at));
};

/** The text ends here, or a clause does: at a stop, a bracket, a dash; a colon before a number ends none. */
export const endsClause = (text: string, end: number): boolean => {
  const code = text.charCodeAt(end);
  if (end >= text.length || code < 32) return true;
  if (code === 32) return '([{'.includes(text.charAt(end + 1));
  if (code === 58) return !isDigit(text.charCodeAt(end + 1)) && !isDigit(text.charCodeAt(end + 2));
  if (code === HYPHEN) return !isWordCode(text.charCodeAt(end + 1));
  return '.,;!)]}"\''.includes(text.charAt(end));
};
