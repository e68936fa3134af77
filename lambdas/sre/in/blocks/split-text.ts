import { TextBytes } from '../../../shared/text-bytes.ts';
import { CHARACTERS, DIGIT, WORD } from '../mask/characters.ts';

/** Stands in a template where a value was. A text that has it already is split, and stored, without it. */
export const HOLE = '\u0001';
const HOLE_CODE = 1;

/** Values of one text: more would not repay. */
const VALUES_MAX = 64;

/**
 * Parts of a text with a digit in them apart from the rest. Only for storage: nothing is mined here. It keeps its buffers,
 * so that a text of a known template allocates nothing.
 */
export class TextSplitter {
  readonly #text = new TextBytes();
  /** Starts and ends of the values of the last text. */
  readonly bounds = new Int32Array(VALUES_MAX * 2);
  values = 0;
  /** Of what is not a value. */
  hash = 0;

  /** The characters of the last text: a value's are a byte each. */
  get bytes(): Uint8Array {
    return this.#text.bytes;
  }

  /** False for a text with a hole of its own. Of a text that is too long the rest is one part. */
  split(text: string): boolean {
    const end = this.#text.load(text);
    const { bytes, bounds } = this;
    let [hash, values, hashed, index] = [0, 0, 0, 0];
    while (index < end) {
      let kind = CHARACTERS[bytes[index] ?? 0] ?? 0;
      if ((kind & WORD) === 0) {
        if (bytes[index] === HOLE_CODE) return false;
        index += 1;
        continue;
      }
      const start = index;
      let kinds = 0;
      do {
        kinds |= kind;
        index += 1;
        kind = CHARACTERS[bytes[index] ?? 0] ?? 0;
      } while ((kind & WORD) !== 0);
      if ((kinds & DIGIT) === 0 || values === VALUES_MAX) continue;
      hash = Math.imul(hashOf(hash, bytes, hashed, start) ^ HOLE_CODE, PRIME);
      bounds[values * 2] = start;
      bounds[values * 2 + 1] = index;
      values += 1;
      hashed = index;
    }
    this.hash = hashOf(hash, bytes, hashed, end);
    this.values = values;
    return end === text.length || !text.includes(HOLE, end);
  }

  /** The parts between the values of the last text. */
  partsOf(text: string): string[] {
    const parts: string[] = [];
    let at = 0;
    for (let value = 0; value < this.values; value += 1) {
      parts.push(text.slice(at, this.bounds[value * 2]));
      at = this.bounds[value * 2 + 1] ?? 0;
    }
    parts.push(text.slice(at));
    return parts;
  }

  /** Whether the last text is of a template with these parts. */
  fits(text: string, parts: readonly string[]): boolean {
    if (parts.length !== this.values + 1) return false;
    let at = 0;
    for (let value = 0; value < this.values; value += 1) {
      const part = parts[value] ?? '';
      if (at + part.length !== this.bounds[value * 2] || !text.startsWith(part, at)) return false;
      at = this.bounds[value * 2 + 1] ?? 0;
    }
    const last = parts[this.values] ?? '';
    return at + last.length === text.length && text.startsWith(last, at);
  }
}

/** FNV's. */
const PRIME = 0x01000193;

/** Of a part its length, its ends and its middle: whether it fits is compared character by character. */
const hashOf = (seed: number, bytes: Uint8Array, from: number, end: number): number => {
  let hash = Math.imul(seed ^ (end - from), PRIME);
  if (end === from) return hash;
  hash = Math.imul(hash ^ (bytes[from] ?? 0), PRIME);
  hash = Math.imul(hash ^ (bytes[(from + end) >> 1] ?? 0), PRIME);
  return Math.imul(hash ^ (bytes[end - 1] ?? 0), PRIME);
};

/** The text again, with the value of that place of each slot, its first `charsMax` characters at least; null when there are not as many slots as holes. */
export const joinText = (
  parts: readonly string[],
  slots: readonly (readonly string[])[],
  nth: number,
  charsMax = Infinity,
): string | null => {
  if (parts.length !== slots.length + 1) return null;
  if (slots.length === 0) return parts[0] ?? '';
  pieces.length = 0;
  pieces.push(parts[0] ?? '');
  let chars = parts[0]?.length ?? 0;
  for (let index = 0; index < slots.length && chars < charsMax; index += 1) {
    const value = slots[index]?.[nth] ?? '';
    const part = parts[index + 1] ?? '';
    chars += value.length + part.length;
    pieces.push(value, part);
  }
  // In one piece: a text that is added up keeps its parts until it is read.
  return pieces.join('');
};

const pieces: string[] = [];
