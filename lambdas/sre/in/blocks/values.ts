import type { TextSplitter } from './split-text.ts';

/** A buffer that a large call made larger than this is given back by the next one. */
const BYTES_KEPT = 262_144;
const STARTS_KEPT = 65_536;

/** The values of many texts behind each other, as bytes. A buffer grows by doubling, and serves the next call too. */
export class Values {
  bytes = new Uint8Array(BYTES_KEPT);
  #length = 0;
  /** Where each value starts, and after the values of each text where the last one ends. */
  #starts = new Int32Array(STARTS_KEPT);
  #count = 0;

  clear(): void {
    if (this.bytes.length > BYTES_KEPT) this.bytes = new Uint8Array(BYTES_KEPT);
    if (this.#starts.length > STARTS_KEPT) this.#starts = new Int32Array(STARTS_KEPT);
    [this.#length, this.#count] = [0, 0];
  }

  startOf(value: number): number {
    return this.#starts[value] ?? 0;
  }

  /** Adds the values of the text that was split last; gives the place of the first. */
  add({ bytes, bounds, values }: TextSplitter): number {
    const place = this.#count;
    this.#roomForStarts(values + 1);
    for (let value = 0; value < values; value += 1) {
      const [start, end] = [bounds[value * 2] ?? 0, bounds[value * 2 + 1] ?? 0];
      this.#roomForBytes(end - start);
      this.#starts[place + value] = this.#length;
      const from = this.#length - start;
      for (let index = start; index < end; index += 1) this.bytes[from + index] = bytes[index] ?? 0;
      this.#length += end - start;
    }
    this.#starts[place + values] = this.#length;
    this.#count = place + values + 1;
    return place;
  }

  #roomForStarts(room: number): void {
    const old = this.#starts;
    if (this.#count + room <= old.length) return;
    this.#starts = new Int32Array(old.length * 2 + room);
    this.#starts.set(old);
  }

  #roomForBytes(room: number): void {
    const old = this.bytes;
    if (this.#length + room <= old.length) return;
    this.bytes = new Uint8Array(old.length * 2 + room);
    this.bytes.set(old);
  }
}
