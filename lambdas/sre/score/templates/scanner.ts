import { KIND } from './characters.ts';
import { readChunk, type Chunk } from './chunk.ts';
import {
  closeOfGroup,
  closeOfList,
  closeOfQuote,
  isRequestLine,
  opensObjects,
} from './enclosed.ts';
import { codeAt, kindAt, Line } from './line.ts';
import { MINER_LIMITS } from './limits.ts';
import { LAST, Skeleton } from './skeleton.ts';
import { MESSAGE_KEYS, UNITS, VALUE_WORDS } from './words.ts';
import { WordSet } from './word-set.ts';

const { tokensMax } = MINER_LIMITS;
/** Quotes and brackets of one line that may be looked for in vain: the scan stays linear. */
const SEARCHES_MAX = 8;
const SPACE_CODE = 32;

/** Reads a line once, character by character, and leaves its skeleton. */
export class Scanner {
  private readonly line = new Line();
  readonly skeleton = new Skeleton(this.line);

  private readonly chunk: Chunk = {
    end: 0,
    digits: 0,
    letters: 0,
    dots: 0,
    isHexAlone: false,
    isVariable: false,
  };
  /** An equals sign came, or the colon of a JSON member: a value is due. */
  private isValueDue = false;
  /** Where an empty value would stand. */
  private valueAt = 0;
  private searchesLeft = 0;
  /** Where the quoted string that is being read ends. */
  private closeAt = -1;

  scan(text: string): Skeleton {
    const { skeleton, line } = this;
    line.load(text);
    skeleton.begin();
    this.isValueDue = false;
    this.searchesLeft = SEARCHES_MAX;
    this.closeAt = -1;
    const end = line.length;
    let at = 0;
    while (at < end && skeleton.tokenCount < tokensMax) at = this.step(at);
    if (this.isValueDue) this.variable(this.valueAt, this.valueAt, false);
    if (at < end) this.variable(at, end, false);
    return skeleton;
  }

  /** The position after what begins here; each turn moves on. */
  private step(at: number): number {
    const { line } = this;
    switch (kindAt(line, at)) {
      case KIND.space:
        this.skeleton.hasSpace = true;
        return at + 1;
      case KIND.equals:
        return this.equals(at);
      case KIND.colon:
        if (kindAt(line, at + 1) === KIND.space) this.skeleton.isApart = true;
        return at + 1;
      case KIND.dot:
        return at + 1;
      case KIND.quote:
        return this.quoted(at, codeAt(line, at));
      case KIND.separator:
        return this.separator(at, codeAt(line, at));
      default:
        return this.word(at);
    }
  }

  private equals(at: number): number {
    const before = at === 0 ? 0 : codeAt(this.line, at - 1);
    const after = codeAt(this.line, at + 1);
    this.skeleton.isApart = true;
    if (COMPARISONS_AFTER.has(after) || COMPARISONS_BEFORE.has(before)) return at + 1;
    this.due(at + 1);
    return at + 1;
  }

  private due(at: number): void {
    this.valueAt = at;
    this.isValueDue = true;
  }

  /** Whether a sentence is due: the last word is a name like `message`. */
  private isMessageDue(): boolean {
    const { skeleton, line } = this;
    const last = skeleton.tokenCount - 1;
    if (!this.isValueDue || last < 0 || skeleton.last !== LAST.word) return false;
    return MESSAGES.has(line, skeleton.starts[last] ?? 0, skeleton.ends[last] ?? 0);
  }

  private separator(at: number, code: number): number {
    const opens = code === 91 || code === 123 || code === 40;
    if (this.isValueDue && code !== 60 && code !== 62) {
      const close = opens ? this.groupAt(at) : -1;
      this.variable(at, close === -1 ? at : close + 1, false);
      return close === -1 ? at + 1 : close + 1;
    }
    if (code === 91) {
      const close = opensObjects(this.line, at) ? this.groupAt(at) : closeOfList(this.line, at);
      if (close !== -1) {
        this.variable(at, close + 1, false);
        return close + 1;
      }
    }
    return at + 1;
  }

  private groupAt(at: number): number {
    if (this.searchesLeft === 0) return -1;
    const close = closeOfGroup(this.line, at);
    if (close === -1) this.searchesLeft -= 1;
    return close;
  }

  private quoted(at: number, quote: number): number {
    if (at === this.closeAt) return at + 1;
    const close = this.searchesLeft === 0 ? -1 : closeOfQuote(this.line, at, quote);
    if (close === -1) {
      this.searchesLeft = Math.max(0, this.searchesLeft - 1);
      return at + 1;
    }
    if (!this.isValueDue && codeAt(this.line, close + 1) === 58) return this.member(at, close);
    if (this.isMessageDue() || !this.skeleton.hasWord || isRequestLine(this.line, at + 1)) {
      this.isValueDue = false;
      this.closeAt = close;
      return at + 1;
    }
    this.variable(at + 1, close, false);
    return close + 1;
  }

  /** `"key":` stays, and a value follows: an object's members are read, any other value is one variable. */
  private member(at: number, close: number): number {
    readChunk(this.line, at + 1, close, this.chunk);
    if (this.chunk.end === close && close - at < 65) this.skeleton.name(at + 1, close);
    else this.variable(at + 1, close, false);
    this.skeleton.isApart = true;
    let next = close + 2;
    while (next < this.line.length && codeAt(this.line, next) === SPACE_CODE) next += 1;
    if (codeAt(this.line, next) !== 123) this.due(next);
    return next;
  }

  private word(at: number): number {
    const { chunk, line } = this;
    readChunk(line, at, line.length, chunk);
    const { end } = chunk;
    const isKey = codeAt(line, end) === 61 && codeAt(line, end + 1) !== 61;
    if (this.isValueDue) {
      if (!isKey || !this.skeleton.hasSpace) return this.value(at, end);
      this.variable(this.valueAt, this.valueAt, false);
    }
    if (chunk.digits + chunk.letters === 0) return end;
    if (chunk.isVariable) this.variable(at, end, false);
    else if (chunk.digits > 0)
      if (isKey && chunk.letters > 0 && kindAt(line, at) !== KIND.digit && !isMember(line, at))
        this.skeleton.name(at, end);
      else this.variable(at, end, true);
    else this.plain(at, end);
    return end;
  }

  private value(at: number, end: number): number {
    const next = codeAt(this.line, end);
    const close = next === 40 || next === 123 || next === 91 ? this.groupAt(end) : -1;
    this.variable(at, close === -1 ? end : close + 1, true);
    return close === -1 ? end : close + 1;
  }

  /** A word without digits. */
  private plain(at: number, end: number): void {
    const { chunk, skeleton, line } = this;
    const { last } = skeleton;
    if (chunk.isHexAlone || VALUES.has(line, at, end)) this.variable(at, end, false);
    else if (last === LAST.number && !skeleton.isApart && UNIT_WORDS.has(line, at, end))
      skeleton.extend(end);
    else if (last >= LAST.variable && chunk.dots > 0 && skeleton.areJoined()) skeleton.extend(end);
    else skeleton.word(at, end, chunk.dots > 0);
  }

  /** A variable answers whatever value was due. */
  private variable(at: number, end: number, isNumber: boolean): void {
    this.skeleton.variable(at, end, isNumber);
    this.isValueDue = false;
  }
}

/** `{G1=2, G7=3}`: what stands there are values, too; `r24=1 r25=2` are names. */
const isMember = (line: Line, at: number): boolean => {
  const before = at > 1 && codeAt(line, at - 1) === SPACE_CODE ? at - 2 : at - 1;
  return before >= 0 && (codeAt(line, before) === 44 || codeAt(line, before) === 123);
};

const VALUES = new WordSet(VALUE_WORDS, { isAnyCase: false });
const UNIT_WORDS = new WordSet(UNITS, { isAnyCase: true });
const MESSAGES = new WordSet(MESSAGE_KEYS, { isAnyCase: true });

/** `==`, `!=`, `<=`, `>=`, `=>`: a comparison or an arrow has no value. */
const COMPARISONS_AFTER: ReadonlySet<number> = new Set([61, 62]);
const COMPARISONS_BEFORE: ReadonlySet<number> = new Set([33, 60, 61, 62]);
