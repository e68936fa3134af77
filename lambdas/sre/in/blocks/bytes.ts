/** A block that cannot be read: cut, changed, or of a newer version. */
export class CorruptBlock extends Error {
  override readonly name = 'CorruptBlock';
}

const SEVEN = 128;
const UNSIGNED_BYTES_MAX = 8;
const SHORT_CHARS = 32;
const UTF8_BYTES_A_CHARACTER_MAX = 3;

/** Bytes that grow as they are written. */
export class ByteWriter {
  #bytes = Buffer.allocUnsafe(1_024);
  #length = 0;

  #room(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + bytes));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }

  byte(value: number): void {
    this.#room(1);
    this.#bytes[this.#length] = value;
    this.#length += 1;
  }

  zeros(count: number): void {
    this.#room(count);
    this.#bytes.fill(0, this.#length, this.#length + count);
    this.#length += count;
  }

  /** A whole number from 0 to 2 ** 53 - 1, seven bits a byte. */
  unsigned(value: number): void {
    this.#room(UNSIGNED_BYTES_MAX);
    let rest = value;
    while (rest >= SEVEN) {
      this.#bytes[this.#length] = (rest % SEVEN) | SEVEN;
      this.#length += 1;
      rest = Math.floor(rest / SEVEN);
    }
    this.#bytes[this.#length] = rest;
    this.#length += 1;
  }

  /** A whole number of either sign, to 2 ** 52. */
  signed(value: number): void {
    this.unsigned(value < 0 ? -2 * value - 1 : 2 * value);
  }

  hex(digits: string): void {
    this.#room(digits.length / 2);
    this.#length += this.#bytes.write(digits, this.#length, 'hex');
  }

  copy(bytes: Uint8Array, start: number, end: number): void {
    this.#room(end - start);
    const from = this.#length - start;
    // A short part costs less by itself than a call that leaves JavaScript.
    for (let index = start; index < end; index += 1) this.#bytes[from + index] = bytes[index] ?? 0;
    this.#length += end - start;
  }

  /** With its length before it. */
  text(value: string): void {
    this.section(() => this.#utf8(value));
  }

  /** What `write` writes, with its length before it. Its bytes move where the length takes more than one. */
  section(write: () => void): void {
    this.#room(1);
    const at = this.#length;
    this.#length += 1;
    write();
    const bytes = this.#length - at - 1;
    const headBytes = Math.max(1, Math.ceil((32 - Math.clz32(bytes)) / 7));
    // All that its length may ask for, while what is written counts: bytes that grow keep no others.
    this.#room(UNSIGNED_BYTES_MAX);
    if (headBytes > 1) this.#bytes.copyWithin(at + headBytes, at + 1, this.#length);
    this.#length = at;
    this.unsigned(bytes);
    this.#length += bytes;
  }

  #utf8(value: string): void {
    this.#room(value.length * UTF8_BYTES_A_CHARACTER_MAX);
    if (value.length > SHORT_CHARS || !this.#ascii(value))
      this.#length += this.#bytes.write(value, this.#length, 'utf8');
  }

  /** A short text costs less by itself than a call that leaves JavaScript; false when it has other characters. */
  #ascii(value: string): boolean {
    for (let index = 0; index < value.length; index += 1) {
      const code = value.charCodeAt(index);
      if (code >= SEVEN) return false;
      this.#bytes[this.#length + index] = code;
    }
    this.#length += value.length;
    return true;
  }

  done(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }
}

/** Reads what a `ByteWriter` wrote. Throws `CorruptBlock` past the end. */
export class ByteReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;

  /** From `at` to `end`, which is not read any more: a part of a block needs no bytes of its own. */
  constructor(bytes: Buffer, at = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = at;
    this.#end = end;
  }

  get left(): number {
    return this.#end - this.#at;
  }

  byte(): number {
    const value = this.#at < this.#end ? this.#bytes[this.#at] : undefined;
    if (value === undefined) throw new CorruptBlock('a block ends early');
    this.#at += 1;
    return value;
  }

  /** Whether nothing but zeros is left. */
  get isZero(): boolean {
    for (let index = this.#at; index < this.#end; index += 1)
      if (this.#bytes[index] !== 0) return false;
    return true;
  }

  unsigned(): number {
    let value = 0;
    let scale = 1;
    let byte = SEVEN;
    while (byte >= SEVEN) {
      byte = this.byte();
      value += (byte % SEVEN) * scale;
      scale *= SEVEN;
      if (value > Number.MAX_SAFE_INTEGER)
        throw new CorruptBlock('a number of a block is too large');
    }
    return value;
  }

  signed(): number {
    const value = this.unsigned();
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
  }

  /** How many things follow: each takes a byte at least, so that no count reserves more than there is. */
  count(): number {
    const count = this.unsigned();
    if (count > this.left) throw new CorruptBlock('a count of a block is too large');
    return count;
  }

  hex(bytes: number): string {
    const at = this.#pass(bytes);
    return this.#bytes.toString('hex', at, at + bytes);
  }

  text(): string {
    const bytes = this.count();
    const at = this.#pass(bytes);
    return this.#bytes.toString('utf8', at, at + bytes);
  }

  section(): ByteReader {
    const bytes = this.count();
    const at = this.#pass(bytes);
    return new ByteReader(this.#bytes, at, at + bytes);
  }

  /** Where the next so many bytes begin. */
  #pass(bytes: number): number {
    if (bytes > this.left) throw new CorruptBlock('a block ends early');
    const at = this.#at;
    this.#at += bytes;
    return at;
  }
}
