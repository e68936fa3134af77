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
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    const value = this.#bytes[this.#at];
    if (value === undefined) throw new CorruptBlock('a block ends early');
    this.#at += 1;
    return value;
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

  take(bytes: number): Buffer {
    if (bytes > this.left) throw new CorruptBlock('a block ends early');
    this.#at += bytes;
    return this.#bytes.subarray(this.#at - bytes, this.#at);
  }

  hex(bytes: number): string {
    if (bytes > this.left) throw new CorruptBlock('a block ends early');
    this.#at += bytes;
    return this.#bytes.toString('hex', this.#at - bytes, this.#at);
  }

  text(): string {
    return this.take(this.count()).toString();
  }

  section(): ByteReader {
    return new ByteReader(this.take(this.count()));
  }
}
