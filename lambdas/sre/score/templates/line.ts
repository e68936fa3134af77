import { KIND, kindOf } from './characters.ts';
import { MINER_LIMITS } from './limits.ts';

const { lineCharsMax } = MINER_LIMITS;
/** Spaces after the last character, so that no reader has to ask whether the next one is there. */
const MARGIN = 4;
const SPACE_CODE = 32;

/**
 * The characters of a line as numbers. A string answers for its representation each time that it is asked for a
 * character; a scan that looks ahead and back asks often.
 */
export class Line {
  text = '';
  length = 0;
  readonly codes = new Uint16Array(lineCharsMax + MARGIN);
  readonly kinds = new Uint8Array(lineCharsMax + MARGIN);

  load(text: string): void {
    const { codes, kinds } = this;
    const length = Math.min(text.length, lineCharsMax);
    for (let at = 0; at < length; at += 1) {
      const code = text.charCodeAt(at);
      codes[at] = code;
      kinds[at] = kindOf(code);
    }
    for (let at = length; at < length + MARGIN; at += 1) {
      codes[at] = SPACE_CODE;
      kinds[at] = KIND.space;
    }
    this.text = text;
    this.length = length;
  }
}

/** A character before the margin's end. */
export const codeAt = ({ codes }: Line, at: number): number => codes[at] ?? SPACE_CODE;

export const kindAt = ({ kinds }: Line, at: number): number => kinds[at] ?? KIND.space;
