import type { Line } from './line.ts';
import { MINER_LIMITS } from './limits.ts';

const { lineCharsMax, tokensMax } = MINER_LIMITS;

/** Stands for a variable in a skeleton. Control characters of a line are spaces, so that none can be taken for it. */
export const VARIABLE = '\u0001';
/** Stands for the digits of a key: `r24=` is the key `r#`. */
export const KEY_DIGITS = '\u0003';
const VARIABLE_CODE = 1;
const KEY_DIGITS_CODE = 3;
const SPACE_CODE = 32;
/** FNV-1a. */
const HASH_SEED = 0x811c9dc5 | 0;
const HASH_PRIME = 0x01000193;

/** What the last token is, for what may join it. */
export const LAST = { none: 0, word: 1, dotted: 2, variable: 3, number: 4 } as const;

/**
 * What a scan leaves of a line: words that name the event and one mark for each run of variables. It holds its buffers,
 * so that a line of a known shape allocates nothing.
 */
export class Skeleton {
  /** Tokens with a space between; valid until the next scan. */
  readonly codes = new Uint16Array(lineCharsMax * 2 + tokensMax);
  length = 0;
  hash = HASH_SEED;
  tokenCount = 0;
  /** Where the tokens stand in the line. */
  readonly starts = new Uint16Array(tokensMax + 1);
  readonly ends = new Uint16Array(tokensMax + 1);
  last: number = LAST.none;
  hasWord = false;
  /** Since the last token a colon and a space, or an equals sign, came: nothing joins over them. */
  isApart = false;
  hasSpace = true;

  private readonly line: Line;
  private readonly offsets = new Uint16Array(tokensMax + 1);
  /** The hash as it was before each token. */
  private readonly hashes = new Int32Array(tokensMax + 1);

  constructor(line: Line) {
    this.line = line;
  }

  begin(): void {
    this.length = 0;
    this.hash = HASH_SEED;
    this.tokenCount = 0;
    this.last = LAST.none;
    this.hasWord = false;
    this.isApart = false;
    this.hasSpace = true;
  }

  /** What the cache knows this skeleton by: a small integer. */
  key(): number {
    return (this.hash ^ (this.hash >>> 15)) & 0x3fffffff;
  }

  /** Whether the last scan left this skeleton. */
  is(known: Uint16Array): boolean {
    const { length, codes } = this;
    if (known.length !== length) return false;
    for (let at = 0; at < length; at += 1) if (known[at] !== codes[at]) return false;
    return true;
  }

  copy(): Uint16Array {
    return this.codes.slice(0, this.length);
  }

  toText(): string {
    return String.fromCharCode(...this.codes.subarray(0, this.length));
  }

  /** Appends a word. */
  word(at: number, end: number, isDotted: boolean): void {
    this.append(at, end);
    const { codes } = this;
    const from = this.line.codes;
    let { length, hash } = this;
    for (let place = at; place < end; place += 1) {
      const code = from[place] ?? SPACE_CODE;
      codes[length] = code;
      length += 1;
      hash = Math.imul(hash ^ code, HASH_PRIME);
    }
    this.length = length;
    this.hash = hash;
    this.last = isDotted ? LAST.dotted : LAST.word;
    this.hasWord = true;
    this.closeGap();
  }

  /** Appends the name of a value; each run of its digits is one mark, because `r24=` and `r25=` are one register. */
  name(at: number, end: number): void {
    this.append(at, end);
    for (let place = at; place < end; place += 1) {
      const code = this.line.codes[place] ?? SPACE_CODE;
      const isDigit = code >= 48 && code <= 57;
      if (!isDigit) this.push(code);
      else if (this.codes[this.length - 1] !== KEY_DIGITS_CODE) this.push(KEY_DIGITS_CODE);
    }
    this.last = LAST.word;
    this.hasWord = true;
    this.closeGap();
  }

  /** Appends a variable, or lets it join the one before it. A dotted name before it is a part of it. */
  variable(at: number, end: number, isNumber: boolean): void {
    const start = this.joinsDotted() ? this.dropLast() : at;
    if (this.tokenCount > 0 && this.codes[this.length - 1] === VARIABLE_CODE) this.extend(end);
    else {
      this.append(start, end);
      this.push(VARIABLE_CODE);
      this.closeGap();
    }
    this.last = isNumber ? LAST.number : LAST.variable;
  }

  /** What follows a variable and belongs to it: a unit, a dotted name. */
  extend(end: number): void {
    this.ends[this.tokenCount - 1] = end;
    this.closeGap();
  }

  /** Whether a dotted name and a variable side by side are one. */
  areJoined(): boolean {
    return this.hasSpace && !this.isApart;
  }

  private joinsDotted(): boolean {
    return this.last === LAST.dotted && this.areJoined();
  }

  private dropLast(): number {
    const dropped = this.tokenCount - 1;
    this.tokenCount = dropped;
    this.length = this.offsets[dropped] ?? 0;
    this.hash = this.hashes[dropped] ?? HASH_SEED;
    return this.starts[dropped] ?? 0;
  }

  private append(at: number, end: number): void {
    const { tokenCount } = this;
    this.offsets[tokenCount] = this.length;
    this.hashes[tokenCount] = this.hash;
    if (tokenCount > 0) this.push(SPACE_CODE);
    this.starts[tokenCount] = at;
    this.ends[tokenCount] = end;
    this.tokenCount = tokenCount + 1;
  }

  private push(code: number): void {
    this.codes[this.length] = code;
    this.length += 1;
    this.hash = Math.imul(this.hash ^ code, HASH_PRIME);
  }

  private closeGap(): void {
    this.isApart = false;
    this.hasSpace = false;
  }
}
