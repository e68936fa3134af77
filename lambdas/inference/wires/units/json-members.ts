import type { Json } from '../../turn/turn.ts';

const [QUOTE, BACKSLASH, COMMA, COLON] = [34, 92, 44, 58];
const OPENINGS: ReadonlySet<number> = new Set([123, 91]);
const CLOSINGS: ReadonlySet<number> = new Set([125, 93]);
const OBJECT = 123;
const SPACE = 32;
/** What is read of an answer is a count or an error: more of a member is not looked at. */
const KEPT_BYTES_MAX = 65_536;

/**
 * Reads a few members of a JSON object while its bytes pass, and keeps nothing else of it: an answer may be a hundred
 * megabytes of numbers. Texts are skipped from quote to quote.
 */
export class JsonMembers {
  private readonly names: readonly string[];
  private readonly found: Record<string, Json> = {};
  private depth = 0;
  private isText = false;
  private isEscaped = false;
  private isBroken = false;
  private isOver = false;
  /** A name comes next, of the object itself. */
  private isName = false;
  /** The member that is being kept. */
  private name: string | null = null;
  private kept: Buffer[] | null = null;
  private keptBytes = 0;

  constructor(names: readonly string[]) {
    this.names = names;
  }

  push(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    for (let at = 0; at < bytes.length && !this.isBroken;)
      at = this.isText ? this.passText(bytes, at) : this.passByte(bytes, at);
  }

  /** The members that came whole. */
  members(): Readonly<Record<string, Json>> {
    return this.found;
  }

  /** One object came to its end, and nothing beside it. */
  isWhole(): boolean {
    return this.isOver && !this.isBroken;
  }

  private passText(bytes: Buffer, start: number): number {
    const end = this.endOfText(bytes, start);
    this.keep(bytes, start, end);
    if (!this.isText && this.depth === 1 && this.isName) {
      const told = this.take();
      this.name = typeof told === 'string' && this.names.includes(told) ? told : null;
    }
    return end;
  }

  private endOfText(bytes: Buffer, start: number): number {
    for (let at = start; at < bytes.length;) {
      if (this.isEscaped) {
        this.isEscaped = false;
        at += 1;
        continue;
      }
      const quote = bytes.indexOf(QUOTE, at);
      const end = quote === -1 ? bytes.length : quote;
      const slash = bytes.subarray(at, end).indexOf(BACKSLASH);
      if (slash !== -1) {
        this.isEscaped = true;
        at += slash + 1;
      } else if (quote === -1) {
        return bytes.length;
      } else {
        this.isText = false;
        return quote + 1;
      }
    }
    return bytes.length;
  }

  private passByte(bytes: Buffer, at: number): number {
    const byte = bytes[at] ?? SPACE;
    if (this.depth === 0 && byte > SPACE && (this.isOver || byte !== OBJECT)) this.isBroken = true;
    else if (byte === QUOTE) this.beginText();
    else if (OPENINGS.has(byte)) this.open();
    else if (CLOSINGS.has(byte)) this.close();
    else if (this.depth === 1 && byte === COMMA) this.endMember();
    if (this.depth === 1 && byte === COLON && this.isName) this.beginValue();
    else this.keep(bytes, at, at + 1);
    return at + 1;
  }

  private beginText(): void {
    this.isText = true;
    if (this.depth === 1 && this.isName) this.startKeeping();
  }

  private open(): void {
    this.depth += 1;
    if (this.depth === 1) this.isName = true;
  }

  private close(): void {
    this.depth -= 1;
    if (this.depth > 0) return;
    this.endMember();
    this.isOver = true;
  }

  private beginValue(): void {
    this.isName = false;
    if (this.name !== null) this.startKeeping();
  }

  private endMember(): void {
    const value = this.name === null ? undefined : this.take();
    if (this.name !== null && value !== undefined) this.found[this.name] = value;
    this.kept = null;
    this.name = null;
    this.isName = true;
  }

  private startKeeping(): void {
    this.kept = [];
    this.keptBytes = 0;
  }

  private keep(bytes: Buffer, start: number, end: number): void {
    if (this.kept === null) return;
    this.keptBytes += end - start;
    if (this.keptBytes > KEPT_BYTES_MAX) this.kept = null;
    else this.kept.push(Buffer.from(bytes.subarray(start, end)));
  }

  private take(): Json | undefined {
    const text = this.kept === null ? '' : Buffer.concat(this.kept).toString('utf8');
    this.kept = null;
    try {
      const value: Json = JSON.parse(text);
      return value;
    } catch {
      return undefined;
    }
  }
}
