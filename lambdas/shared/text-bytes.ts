/** A longer text is cut: no text that is stored is longer. */
const CHARS_MAX = 131_072;
const CHARS_AT_FIRST = 1_024;
const UTF8_BYTES_A_CHARACTER_MAX = 3;
const ASCII = 128;

/**
 * The characters of one text at a time, each as one byte with a zero after them: what is not ASCII is one that no scan looks
 * for. A scan of bytes costs half of one that asks a string for each character. Each scan holds its own, and allocates nothing.
 */
export class TextBytes {
  /** Of the text that was loaded last. */
  bytes: Buffer = bytesFor(CHARS_AT_FIRST);

  /** How many characters it holds now: the first ones of a text of too many. */
  load(text: string): number {
    const whole = text.length > CHARS_MAX ? text.slice(0, CHARS_MAX) : text;
    const { length } = whole;
    if (length * UTF8_BYTES_A_CHARACTER_MAX >= this.bytes.length) this.bytes = bytesFor(length * 2);
    const { bytes } = this;
    // As many bytes as characters: all of them are ASCII.
    if (bytes.write(whole) !== length)
      for (let at = 0; at < length; at += 1) bytes[at] = Math.min(ASCII, whole.charCodeAt(at));
    bytes[length] = 0;
    return length;
  }
}

const bytesFor = (chars: number): Buffer => Buffer.alloc(chars * UTF8_BYTES_A_CHARACTER_MAX + 1);
