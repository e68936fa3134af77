const SLOTS = 4_096;

/** What is longer does not repeat as often as it costs. */
export const REMEMBERED_BYTES_MAX = 64;

/**
 * Remembers what was made of some bytes, by these bytes: a place for each of 4,096 hashes, where the newest takes that of
 * another. What it holds is bounded: 256 KB of bytes, and one value for each place.
 */
export class ByteMemory<T> {
  readonly #bytes = new Uint8Array(SLOTS * REMEMBERED_BYTES_MAX);
  readonly #lengths = new Uint8Array(SLOTS);
  readonly #values = Array.from<T | undefined>({ length: SLOTS });

  /** Where these bytes have their place, at most `REMEMBERED_BYTES_MAX` of them. */
  slotOf(buffer: Uint8Array, start: number, end: number): number {
    let hash = end - start;
    for (let index = start; index < end; index += 1)
      hash = Math.imul(hash ^ (buffer[index] ?? 0), 0x01000193);
    return (hash ^ (hash >>> 15)) & (SLOTS - 1);
  }

  get(slot: number, buffer: Uint8Array, start: number, end: number): T | undefined {
    if (this.#lengths[slot] !== end - start) return undefined;
    const from = slot * REMEMBERED_BYTES_MAX - start;
    for (let index = start; index < end; index += 1)
      if (this.#bytes[from + index] !== buffer[index]) return undefined;
    return this.#values[slot];
  }

  set(slot: number, buffer: Uint8Array, start: number, end: number, value: T): void {
    const from = slot * REMEMBERED_BYTES_MAX - start;
    for (let index = start; index < end; index += 1) this.#bytes[from + index] = buffer[index] ?? 0;
    this.#lengths[slot] = end - start;
    this.#values[slot] = value;
  }
}
