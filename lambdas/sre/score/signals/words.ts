import { SIGNAL_LIMITS } from './limits.ts';

const { wordsMax, candidatesMax } = SIGNAL_LIMITS;

const ASCII = 128;
/** The lower-case code of a character of a word: ASCII letters, digits and the underscore; 0 for any other. */
const wordCodes = new Uint8Array(0x10000);
for (const character of 'abcdefghijklmnopqrstuvwxyz0123456789_')
  wordCodes[character.charCodeAt(0)] = character.charCodeAt(0);
for (const character of 'ABCDEFGHIJKLMNOPQRSTUVWXYZ')
  wordCodes[character.charCodeAt(0)] = character.charCodeAt(0) | 32;

export const isWordCode = (code: number): boolean => code < ASCII && wordCodes[code] !== 0;

const SLASH = 47;
const COLON = 58;

const KEY_BITS = 13;
export const WORD_KEYS = 1 << KEY_BITS;
/** 2^32 by the golden ratio: spreads what is near. */
const GOLDEN = 0x9e3779b1;

/** What a word is looked up by: its first three characters in lower case and its length. Other words may share it. */
const keyAt = (text: string, start: number, end: number): number => {
  const length = end - start;
  const first = wordCodes[text.charCodeAt(start)] ?? 0;
  const second = length > 1 ? (wordCodes[text.charCodeAt(start + 1)] ?? 0) : 0;
  const third = length > 2 ? (wordCodes[text.charCodeAt(start + 2)] ?? 0) : 0;
  const packed = first | (second << 7) | (third << 14) | (length << 21);
  return Math.imul(packed, GOLDEN) >>> (32 - KEY_BITS);
};

export const keyOfWord = (word: string): number => keyAt(word, 0, word.length);

/** Keys of first words of patterns, as a table that says no to nearly every other word at the price of one look. */
export const filterOf = (keys: Iterable<number>): Uint8Array => {
  const filter = new Uint8Array(WORD_KEYS);
  for (const key of keys) filter[key] = 1;
  return filter;
};

/**
 * The words of a text: where they stand, and which may begin a pattern. Words of a path or a URL are none:
 * a page named /out-of-memory says nothing. It holds its buffers, so that reading allocates nothing.
 */
export class Words {
  text = '';
  count = 0;
  readonly starts = new Uint16Array(wordsMax);
  readonly ends = new Uint16Array(wordsMax);
  candidateCount = 0;
  readonly candidates = new Uint16Array(candidatesMax);
  /** Of each candidate. */
  readonly keys = new Uint16Array(candidatesMax);

  /** Reads the characters up to `end`, each once. */
  read(text: string, end: number, filter: Uint8Array): void {
    this.text = text;
    this.candidateCount = 0;
    const { starts, ends, candidates, keys } = this;
    let count = 0;
    let candidateCount = 0;
    let at = 0;
    while (at < end && count < wordsMax) {
      const code = text.charCodeAt(at);
      if (wordCodes[code] === 0) {
        at = code === SLASH && isPathStart(text, at) ? afterPath(text, at, end) : at + 1;
        continue;
      }
      const start = at;
      do at += 1;
      while (at < end && wordCodes[text.charCodeAt(at)] !== 0);
      starts[count] = start;
      ends[count] = at;
      const key = keyAt(text, start, at);
      if (filter[key] === 1 && candidateCount < candidatesMax) {
        candidates[candidateCount] = count;
        keys[candidateCount] = key;
        candidateCount += 1;
      }
      count += 1;
    }
    this.count = count;
    this.candidateCount = candidateCount;
  }

  /** The word at an index, '' beyond the last. */
  word(index: number): string {
    return index < 0 || index >= this.count
      ? ''
      : this.text.slice(this.starts[index], this.ends[index]);
  }
}

const isPathStart = (text: string, at: number): boolean => {
  if (at === 0) return true;
  const before = text.charCodeAt(at - 1);
  return before === COLON || !(isWordCode(before) || before === 41 || before === SLASH);
};

/** A path or URL ends at a space, a quote or a closing bracket. */
const afterPath = (text: string, at: number, end: number): number => {
  let from = at + 1;
  for (; from < end; from += 1) {
    const code = text.charCodeAt(from);
    if (code <= 32 || code === 34 || code === 39 || code === 41 || code === 93) break;
  }
  return from;
};
