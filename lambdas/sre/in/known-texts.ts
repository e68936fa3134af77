/** Longer texts seldom repeat, and would be kept for nothing. */
export const TEXT_CHARS_MAX = 512;
export const TEXTS_MAX = 4_096;
/** After so many texts it is looked at whether they repeat. */
const TRIAL = 256;
/** Where fewer than one of so many is known again, remembering costs more than it saves. */
const TEXTS_A_HIT_MAX = 8;

/**
 * What was found out about texts of one batch: real logs say many of their lines again and again. It lives no longer than
 * the batch, and its size is bounded. Where texts do not repeat it lets go of them and remembers no more.
 */
export class KnownTexts<T> {
  readonly #known = new Map<string, T>();
  #asked = 0;
  #hits = 0;
  #isOpen = true;

  get(text: string): T | undefined {
    if (!this.#isOpen || text.length > TEXT_CHARS_MAX) return undefined;
    this.#asked += 1;
    const found = this.#known.get(text);
    if (found !== undefined) this.#hits += 1;
    return found;
  }

  set(text: string, value: T): void {
    if (!this.#isOpen || text.length > TEXT_CHARS_MAX) return;
    if (this.#asked >= TRIAL && this.#hits * TEXTS_A_HIT_MAX < this.#asked) this.#close();
    else if (this.#known.size < TEXTS_MAX) this.#known.set(text, value);
  }

  get size(): number {
    return this.#known.size;
  }

  #close(): void {
    this.#isOpen = false;
    this.#known.clear();
  }
}
