import { KIND, kindOf } from './characters.ts';
import { readChunk, type Chunk } from './chunk.ts';
import { closeOfGroup, closeOfList, closeOfQuote, isRequestLine } from './enclosed.ts';
import { MINER_LIMITS } from './limits.ts';
import { LAST, Skeleton } from './skeleton.ts';
import { MESSAGE_KEYS, UNITS, VALUE_WORDS } from './words.ts';

const { lineCharsMax, tokensMax } = MINER_LIMITS;
/** Quotes and brackets of one line that may be looked for in vain: the scan stays linear. */
const SEARCHES_MAX = 8;
const SPACE_CODE = 32;

/** Reads a line once, character by character, and leaves its skeleton. */
export class Scanner {
  readonly skeleton = new Skeleton();

  private readonly chunk: Chunk = {
    end: 0,
    digits: 0,
    letters: 0,
    dots: 0,
    isHexAlone: false,
    isVariable: false,
  };
  private text = '';
  private end = 0;
  /** An equals sign came, or the colon of a JSON member: a value is due. */
  private isValueDue = false;
  /** The value due is a sentence. */
  private isMessageDue = false;
  /** Where an empty value would stand. */
  private valueAt = 0;
  private searchesLeft = 0;
  /** Where the quoted string that is being read ends. */
  private closeAt = -1;

  scan(text: string): Skeleton {
    this.text = text.length > lineCharsMax ? text.slice(0, lineCharsMax) : text;
    this.end = this.text.length;
    this.isValueDue = false;
    this.isMessageDue = false;
    this.searchesLeft = SEARCHES_MAX;
    this.closeAt = -1;
    const { skeleton, end } = this;
    skeleton.begin(this.text);
    let at = 0;
    while (at < end && skeleton.tokenCount < tokensMax) at = this.step(at);
    if (this.isValueDue) this.variable(this.valueAt, this.valueAt, false);
    if (at < end) this.variable(at, end, false);
    skeleton.finish();
    return skeleton;
  }

  /** The position after what begins here; each turn moves on. */
  private step(at: number): number {
    const code = this.text.charCodeAt(at);
    switch (kindOf(code)) {
      case KIND.space:
        this.skeleton.hasSpace = true;
        return at + 1;
      case KIND.equals:
        return this.equals(at);
      case KIND.colon:
        if (kindOf(this.text.charCodeAt(at + 1)) === KIND.space) this.skeleton.isApart = true;
        return at + 1;
      case KIND.dot:
        return at + 1;
      case KIND.quote:
        return this.quoted(at, code);
      case KIND.separator:
        return this.separator(at, code);
      default:
        return this.word(at);
    }
  }

  private equals(at: number): number {
    const before = at === 0 ? 0 : this.text.charCodeAt(at - 1);
    const after = this.text.charCodeAt(at + 1);
    this.skeleton.isApart = true;
    // `==`, `!=`, `<=`, `>=`, `=>`: a comparison or an arrow has no value.
    if (
      after === 61 ||
      after === 62 ||
      before === 61 ||
      before === 33 ||
      before === 60 ||
      before === 62
    )
      return at + 1;
    this.due(at + 1, this.lastWordIsMessage());
    return at + 1;
  }

  private due(at: number, isMessage: boolean): void {
    this.valueAt = at;
    this.isValueDue = true;
    this.isMessageDue = isMessage;
  }

  private lastWordIsMessage(): boolean {
    const { skeleton } = this;
    return skeleton.last === LAST.word && MESSAGE_KEYS.has(skeleton.lastToken().toLowerCase());
  }

  private separator(at: number, code: number): number {
    const opens = code === 91 || code === 123 || code === 40;
    if (this.isValueDue && code !== 60 && code !== 62) {
      const close = opens ? this.groupAt(at) : -1;
      this.variable(at, close === -1 ? at : close + 1, false);
      return close === -1 ? at + 1 : close + 1;
    }
    if (code === 91) {
      const close = closeOfList(this.text, at, this.end);
      if (close !== -1) {
        this.variable(at, close + 1, false);
        return close + 1;
      }
    }
    return at + 1;
  }

  private groupAt(at: number): number {
    if (this.searchesLeft === 0) return -1;
    const close = closeOfGroup(this.text, at, this.end);
    if (close === -1) this.searchesLeft -= 1;
    return close;
  }

  private quoted(at: number, quote: number): number {
    if (at === this.closeAt) return at + 1;
    const isMessage = this.isValueDue && this.isMessageDue;
    const close = this.searchesLeft === 0 ? -1 : closeOfQuote(this.text, at, this.end, quote);
    if (close === -1) {
      this.searchesLeft = Math.max(0, this.searchesLeft - 1);
      return at + 1;
    }
    if (!this.isValueDue && this.text.charCodeAt(close + 1) === 58) return this.member(at, close);
    if (isMessage || !this.skeleton.hasWord || isRequestLine(this.text, at + 1)) {
      this.isValueDue = false;
      this.closeAt = close;
      return at + 1;
    }
    this.variable(at + 1, close, false);
    return close + 1;
  }

  /** `"key":` stays, and a value follows: an object's members are read, any other value is one variable. */
  private member(at: number, close: number): number {
    readChunk(this.text, at + 1, close, this.chunk);
    if (this.chunk.end === close && close - at < 65) this.skeleton.key(at + 1, close);
    else this.variable(at + 1, close, false);
    const isMessage = this.lastWordIsMessage();
    this.skeleton.isApart = true;
    let next = close + 2;
    while (next < this.end && this.text.charCodeAt(next) === SPACE_CODE) next += 1;
    if (this.text.charCodeAt(next) !== 123) this.due(next, isMessage);
    return next;
  }

  private word(at: number): number {
    const { chunk, text } = this;
    readChunk(text, at, this.end, chunk);
    const { end } = chunk;
    const isKey = text.charCodeAt(end) === 61 && text.charCodeAt(end + 1) !== 61;
    if (this.isValueDue) {
      if (!isKey || !this.skeleton.hasSpace) return this.value(at, end);
      this.variable(this.valueAt, this.valueAt, false);
    }
    if (chunk.digits + chunk.letters === 0) return end;
    if (chunk.isVariable) this.variable(at, end, false);
    else if (chunk.digits > 0)
      if (isKey && chunk.letters > 0 && kindOf(text.charCodeAt(at)) !== KIND.digit)
        this.skeleton.key(at, end);
      else this.variable(at, end, true);
    else this.plain(at, end);
    return end;
  }

  private value(at: number, end: number): number {
    const next = this.text.charCodeAt(end);
    const close = next === 40 || next === 123 || next === 91 ? this.groupAt(end) : -1;
    this.variable(at, close === -1 ? end : close + 1, true);
    return close === -1 ? end : close + 1;
  }

  /** A word without digits. */
  private plain(at: number, end: number): void {
    const { chunk, skeleton } = this;
    const { last } = skeleton;
    if (chunk.isHexAlone || this.isValueWord(at, end)) this.variable(at, end, false);
    else if (last === LAST.number && !skeleton.isApart && this.isUnit(at, end))
      skeleton.extend(end);
    else if (last >= LAST.variable && chunk.dots > 0 && skeleton.areJoined()) skeleton.extend(end);
    else skeleton.word(at, end, chunk.dots > 0);
  }

  private isValueWord(at: number, end: number): boolean {
    const length = end - at;
    if (length < VALUE_CHARS_MIN || length > VALUE_CHARS_MAX) return false;
    return mayBeValue(this.text.charCodeAt(at)) && VALUE_WORDS.has(this.text.slice(at, end));
  }

  private isUnit(at: number, end: number): boolean {
    return end - at <= UNIT_CHARS_MAX && UNITS.has(this.text.slice(at, end).toLowerCase());
  }

  /** A variable answers whatever value was due. */
  private variable(at: number, end: number, isNumber: boolean): void {
    this.skeleton.variable(at, end, isNumber);
    this.isValueDue = false;
  }
}

/** Initials of the words that are values. */
const INITIALS = new Set([...VALUE_WORDS].map((word) => word.charCodeAt(0)));
const mayBeValue = (code: number): boolean => INITIALS.has(code);

const lengths = (words: ReadonlySet<string>): readonly number[] =>
  [...words].map((word) => word.length);
const VALUE_CHARS_MIN = Math.min(...lengths(VALUE_WORDS));
const VALUE_CHARS_MAX = Math.max(...lengths(VALUE_WORDS));
const UNIT_CHARS_MAX = Math.max(...lengths(UNITS));
