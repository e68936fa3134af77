import { codeAt, type Line } from './line.ts';

const KEY_BITS = 10;
const KEY_MASK = (1 << KEY_BITS) - 1;
const LOWER = 32;
const NONE: readonly string[] = [];

/** Words that parts of a line are compared with; length, first and last letter refuse nearly every other word. */
export class WordSet {
  private readonly byKey: readonly (readonly string[])[];
  /** In any case, where the words are written in lower case. */
  private readonly isAnyCase: boolean;

  constructor(words: ReadonlySet<string>, { isAnyCase }: { readonly isAnyCase: boolean }) {
    const byKey = Array.from({ length: KEY_MASK + 1 }, () => NONE);
    for (const word of words) {
      const key = keyOf(word.charCodeAt(0), word.charCodeAt(word.length - 1), word.length);
      byKey[key] = [...(byKey[key] ?? NONE), word];
    }
    this.byKey = byKey;
    this.isAnyCase = isAnyCase;
  }

  /** Whether the characters from `at` to `end`, one at least, are a word of these. */
  has(line: Line, at: number, end: number): boolean {
    const words = this.byKey[keyOf(codeAt(line, at), codeAt(line, end - 1), end - at)] ?? NONE;
    // Most words have none of their key: a loop by an iterator makes an object for each.
    for (let index = 0; index < words.length; index += 1) {
      const word = words[index];
      if (word !== undefined && word.length === end - at && this.isAt(line, at, word)) return true;
    }
    return false;
  }

  private isAt(line: Line, at: number, word: string): boolean {
    for (let place = 0; place < word.length; place += 1) {
      const code = codeAt(line, at + place);
      const isSame = word.charCodeAt(place) === code;
      if (!isSame && !(this.isAnyCase && word.charCodeAt(place) === (code | LOWER))) return false;
    }
    return true;
  }
}

const keyOf = (first: number, last: number, length: number): number =>
  ((first | LOWER) * 7 + (last | LOWER) * 61 + length * 331) & KEY_MASK;
