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

const SEED = 0x811c9dc5;
const PRIME = 0x01000193;
const SLASH = 47;
const COLON = 58;

/** Hash of a word without regard to case: FNV-1a, 32 bits. */
export const hashOfWord = (word: string): number => {
  let hash = SEED;
  for (let at = 0; at < word.length; at += 1)
    hash = Math.imul(hash ^ (wordCodes[word.charCodeAt(at)] ?? 0), PRIME);
  return hash | 0;
};

const FILTER_BITS = 13;
const FILTER_MASK = (1 << FILTER_BITS) - 1;

/** First words of patterns, as a table that says no to nearly every other word at the price of one look. */
export const filterOf = (hashes: Iterable<number>): Uint8Array => {
  const filter = new Uint8Array(FILTER_MASK + 1);
  for (const hash of hashes) filter[hash & FILTER_MASK] = 1;
  return filter;
};

/**
 * The words of a text: where they stand, their hashes, and which may begin a pattern. Words of a path or a URL are none:
 * a page named /out-of-memory says nothing. It holds its buffers, so that reading allocates nothing.
 */
export class Words {
  text = '';
  count = 0;
  readonly starts = new Uint16Array(wordsMax);
  readonly ends = new Uint16Array(wordsMax);
  readonly hashes = new Int32Array(wordsMax);
  candidateCount = 0;
  readonly candidates = new Uint16Array(candidatesMax);

  /** Reads the characters up to `end`, each once. */
  read(text: string, end: number, filter: Uint8Array): void {
    this.text = text;
    this.candidateCount = 0;
    const { starts, ends, hashes, candidates } = this;
    let count = 0;
    let candidateCount = 0;
    let at = 0;
    while (at < end && count < wordsMax) {
      const code = text.charCodeAt(at);
      let low = wordCodes[code] ?? 0;
      if (low === 0) {
        at = code === SLASH && isPathStart(text, at) ? afterPath(text, at, end) : at + 1;
        continue;
      }
      starts[count] = at;
      let hash = SEED;
      while (low !== 0) {
        hash = Math.imul(hash ^ low, PRIME);
        at += 1;
        low = at < end ? (wordCodes[text.charCodeAt(at)] ?? 0) : 0;
      }
      ends[count] = at;
      hashes[count] = hash;
      if (filter[hash & FILTER_MASK] === 1 && candidateCount < candidatesMax) {
        candidates[candidateCount] = count;
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
