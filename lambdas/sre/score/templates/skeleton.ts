import { MINER_LIMITS } from './limits.ts';

const { lineCharsMax, tokensMax } = MINER_LIMITS;

/** Stands for a variable in a skeleton. Control characters of a line are spaces, so that none can be taken for it. */
export const VARIABLE = '\u0001';
/** Stands for the digits of a key: `r24=` is the key `r#`. */
export const KEY_DIGITS = '\u0003';
const VARIABLE_CODE = 1;
const KEY_DIGITS_CODE = 3;
const SPACE_CODE = 32;

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
  hash = 0;
  tokenCount = 0;
  /** Where the tokens stand in the line. */
  readonly starts = new Uint16Array(tokensMax + 1);
  readonly ends = new Uint16Array(tokensMax + 1);
  last: number = LAST.none;
  hasWord = false;
  /** Since the last token a colon and a space, or an equals sign, came: nothing joins over them. */
  isApart = false;
  hasSpace = true;

  private readonly offsets = new Uint16Array(tokensMax + 1);
  private text = '';

  begin(text: string): void {
    this.text = text;
    this.length = 0;
    this.tokenCount = 0;
    this.last = LAST.none;
    this.hasWord = false;
    this.isApart = false;
    this.hasSpace = true;
  }

  finish(): void {
    this.hash = hashOf(this.codes, this.length);
  }

  /** Whether this is the skeleton of the last scan. */
  is(skeleton: string): boolean {
    const { length, codes } = this;
    if (skeleton.length !== length) return false;
    for (let at = 0; at < length; at += 1) if (skeleton.charCodeAt(at) !== codes[at]) return false;
    return true;
  }

  toText(): string {
    return String.fromCharCode(...this.codes.subarray(0, this.length));
  }

  lastToken(): string {
    const last = this.tokenCount - 1;
    return last < 0 ? '' : this.text.slice(this.starts[last], this.ends[last]);
  }

  word(at: number, end: number, isDotted: boolean): void {
    const { codes, text } = this;
    this.append(at, end);
    let { length } = this;
    for (let from = at; from < end; from += 1) {
      codes[length] = text.charCodeAt(from);
      length += 1;
    }
    this.length = length;
    this.last = isDotted ? LAST.dotted : LAST.word;
    this.hasWord = true;
    this.closeGap();
  }

  /** Appends the name of a value; each run of its digits is one mark, because `r24=` and `r25=` are one register. */
  key(at: number, end: number): void {
    const { codes, text } = this;
    this.append(at, end);
    for (let from = at; from < end; from += 1) {
      const code = text.charCodeAt(from);
      const isDigit = code >= 48 && code <= 57;
      if (isDigit && codes[this.length - 1] === KEY_DIGITS_CODE) continue;
      codes[this.length] = isDigit ? KEY_DIGITS_CODE : code;
      this.length += 1;
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
      this.codes[this.length] = VARIABLE_CODE;
      this.length += 1;
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
    this.length = Math.max(0, (this.offsets[dropped] ?? 0) - 1);
    return this.starts[dropped] ?? 0;
  }

  private append(at: number, end: number): void {
    const { tokenCount } = this;
    if (tokenCount > 0) {
      this.codes[this.length] = SPACE_CODE;
      this.length += 1;
    }
    this.offsets[tokenCount] = this.length;
    this.starts[tokenCount] = at;
    this.ends[tokenCount] = end;
    this.tokenCount = tokenCount + 1;
  }

  private closeGap(): void {
    this.isApart = false;
    this.hasSpace = false;
  }
}

/** FNV-1a over the codes, to 30 bits, which are a small integer everywhere. */
const hashOf = (codes: Uint16Array, length: number): number => {
  let hash = 0x811c9dc5;
  for (let at = 0; at < length; at += 1) hash = Math.imul(hash ^ (codes[at] ?? 0), 0x01000193);
  return (hash ^ (hash >>> 15)) & 0x3fffffff;
};
