/**
 * Follows the frames of one client's byte stream by their headers alone (RFC 6455, 5.2), because `ws` limits
 * messages and not frames.
 */
export class FrameMeter {
  private readonly bytesMax: number;
  private header: number[] = [];
  private left = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  /** True when a frame begins in these bytes that is longer than the limit. */
  passes(bytes: Uint8Array): boolean {
    for (let at = 0; at < bytes.length;) {
      const skipped = Math.min(this.left, bytes.length - at);
      this.left -= skipped;
      at += skipped;
      const byte = bytes[at];
      if (byte === undefined) return false;
      at += 1;
      this.header.push(byte);
      const length = lengthIn(this.header);
      if (length === null) continue;
      if (length > this.bytesMax) return true;
      const isMasked = (this.header[1] ?? 0) >= 0x80;
      this.left = length + (isMasked ? 4 : 0);
      this.header = [];
    }
    return false;
  }
}

/** Bytes of the payload; null while the header is not whole. */
const lengthIn = (header: readonly number[]): number | null => {
  const second = header[1];
  if (second === undefined) return null;
  const short = second & 0x7f;
  if (short < 126) return short;
  const end = short === 126 ? 4 : 10;
  if (header.length < end) return null;
  return header.slice(2, end).reduce((length, byte) => length * 256 + byte, 0);
};
