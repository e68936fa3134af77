import protobuf from 'protobufjs/light.js';
import { ByteMemory, REMEMBERED_BYTES_MAX } from './byte-memory.ts';

/**
 * The library's reader, which remembers short texts, names of attributes first of all: making a string of bytes costs more
 * than to look it up, and a string that is known has its hash already.
 */
export class OtlpReader extends protobuf.BufferReader {
  override string(): string {
    const head = this.pos;
    const end = this.size() + this.pos;
    const start = this.pos;
    const isShort = end - start <= REMEMBERED_BYTES_MAX && end <= this.len;
    const slot = isShort ? texts.slotOf(this.buf, start, end) : NO_SLOT;
    const known = isShort ? texts.get(slot, this.buf, start, end) : undefined;
    if (known !== undefined) {
      this.pos = end;
      return known;
    }
    this.pos = head;
    const text = super.string();
    if (isShort) texts.set(slot, this.buf, start, end, text);
    return text;
  }
}

const texts = new ByteMemory<string>();
const NO_SLOT = 0;

/** Of a trace's id that its sender wrote as hex. */
const ID_BYTES_MAX = 32;

/** An id of a trace or a span as hex, without a Buffer for each of them. */
export class OtlpId extends protobuf.Message {
  readonly hex: string;

  constructor(hex: string) {
    super();
    this.hex = hex;
  }
}

/** Reads the bytes of an id; longer ones are none. */
export const readId = (reader: protobuf.Reader | Uint8Array, length = 0): OtlpId => {
  if (!(reader instanceof OtlpReader)) throw new TypeError('an id is read by its own reader');
  const start = reader.pos;
  const end = start + length;
  if (end > reader.len) throw new RangeError('an id is longer than what holds it');
  reader.pos = end;
  return new OtlpId(length > ID_BYTES_MAX ? '' : hexOf(reader.buf, start, end));
};

const hexOf = (buffer: Uint8Array, start: number, end: number): string =>
  Buffer.isBuffer(buffer) ? buffer.toString('hex', start, end) : '';
