import { TextBytes } from '../../../shared/text-bytes.ts';
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
const keyAt = (bytes: Uint8Array, start: number, end: number): number => {
  const length = end - start;
  const first = wordCodes[bytes[start] ?? 0] ?? 0;
  const second = length > 1 ? (wordCodes[bytes[start + 1] ?? 0] ?? 0) : 0;
  const third = length > 2 ? (wordCodes[bytes[start + 2] ?? 0] ?? 0) : 0;
  const packed = first | (second << 7) | (third << 14) | (length << 21);
  return Math.imul(packed, GOLDEN) >>> (32 - KEY_BITS);
};

export const keyOfWord = (word: string): number => keyAt(Buffer.from(word), 0, word.length);

/** Small and capital letters share a bit. */
export const initialBit = (code: number): number => 1 << (code & 31);

/** A word that has no other after it begins what any word may follow. */
export const ANY_INITIAL = -1;

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
  readonly #text = new TextBytes();

  /**
   * Reads the characters of a text, each once. `initials` says of each key what the word after it may begin with: 0 of nearly
   * all, so that a word is no candidate at the price of one look.
   */
  read(text: string, initials: Int32Array): void {
    this.text = text;
    const { starts, ends, candidates, keys } = this;
    const length = this.#text.load(text);
    const { bytes } = this.#text;
    let [count, candidateCount, asked, at] = [0, 0, 0, 0];
    // What the word before may be followed by, when it may begin a pattern.
    let [awaited, lastKey] = [0, 0];
    while (at < length && count < wordsMax) {
      const code = bytes[at] ?? 0;
      if (wordCodes[code] === 0) {
        at = code === SLASH && isPathStart(bytes, at) ? afterPath(bytes, at, length) : at + 1;
        continue;
      }
      const start = at;
      do at += 1;
      while (wordCodes[bytes[at] ?? 0] !== 0);
      if ((awaited & initialBit(code)) !== 0) {
        candidates[candidateCount] = count - 1;
        keys[candidateCount] = lastKey;
        candidateCount += 1;
      }
      starts[count] = start;
      ends[count] = at;
      lastKey = keyAt(bytes, start, at);
      awaited = initials[lastKey] ?? 0;
      if (awaited !== 0) {
        if (asked === candidatesMax) awaited = 0;
        else asked += 1;
      }
      count += 1;
    }
    if (awaited === ANY_INITIAL) {
      candidates[candidateCount] = count - 1;
      keys[candidateCount] = lastKey;
      candidateCount += 1;
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

const isPathStart = (bytes: Uint8Array, at: number): boolean => {
  if (at === 0) return true;
  const before = bytes[at - 1] ?? 0;
  return before === COLON || !(wordCodes[before] !== 0 || before === 41 || before === SLASH);
};

/** A path or URL ends at a space, a quote or a closing bracket. */
const afterPath = (bytes: Uint8Array, at: number, end: number): number => {
  let from = at + 1;
  for (; from < end; from += 1) {
    const code = bytes[from] ?? 0;
    if (code <= 32 || code === 34 || code === 39 || code === 41 || code === 93) break;
  }
  return from;
};
