import { CHARACTERS, DIGIT, WORD } from './characters.ts';
import {
  cardAt,
  credentialAt,
  emailAt,
  flagValueAt,
  ibanAt,
  privateKeyAt,
  tokenAt,
  userInfoAt,
  type Found,
  type Work,
} from './rules.ts';
import { valueAt } from './key-values.ts';

const [AT, EQUALS, COLON, DASH] = [0x40, 0x3d, 0x3a, 0x2d];

/** A run of so many characters may be a token; a shorter one is a word. */
const RUN_CHARS_MIN = 8;

/**
 * Hides secrets and personal data: what is found is replaced by its kind (`<email>`, `<secret>`), and nothing else of the
 * text changes. Masking twice is masking once.
 *
 * One pass over the characters finds places where something may be (the end of a long run, a digit, `@`, `=`, `:`); at each
 * of them rules read a bounded number of characters, or a run that no other rule reads again. So the work is linear in the
 * text's length, whatever it holds; `work`, where given, counts it.
 */
export const maskText = (text: string, work: Work = { steps: 0 }): string => {
  let masked = '';
  let taken = 0;
  let runStart = -1;
  const { length } = text;
  for (let index = 0; index <= length; index += 1) {
    const code = index < length ? text.charCodeAt(index) : 0;
    const kind = code < 128 ? (CHARACTERS[code] ?? 0) : 0;
    if ((kind & WORD) !== 0) {
      if (runStart !== -1) continue;
      runStart = index;
      // What stands in a longer word is no card, so that one begins where a run does.
      const card = (kind & DIGIT) === 0 ? null : cardAt(text, index, work);
      if (card === null) continue;
      masked += text.slice(taken, index) + card.replacement;
      taken = card.end;
      index = card.end - 1;
      runStart = -1;
      continue;
    }
    const found = foundAt(text, { index, code, runStart, taken }, work);
    runStart = -1;
    if (found === null) continue;
    masked += text.slice(taken, found.start) + found.replacement;
    taken = found.end;
    index = Math.max(index, found.end - 1);
  }
  return taken === 0 ? text : masked + text.slice(taken);
};

interface Place {
  readonly index: number;
  readonly code: number;
  /** Of the run that ends here; -1: none does. */
  readonly runStart: number;
  /** What is before was replaced, and is not looked at again. */
  readonly taken: number;
}

const foundAt = (
  text: string,
  { index, code, runStart, taken }: Place,
  work: Work,
): Found | null => {
  if (code === AT)
    return (
      userInfoAt(text, index, taken, work) ??
      runFound(text, index, runStart, work) ??
      emailAt(text, index, taken, work)
    );
  if (code === EQUALS || code === COLON) {
    // What stands before the sign may be a token itself, and `Basic dXNlcjpwYXNz==` goes on after it.
    const found = runFound(text, index, runStart, work) ?? valueAt(text, index, taken, work);
    if (found !== null) return found;
  }
  if (runStart === -1) return null;
  const found = runFound(text, index, runStart, work);
  if (found !== null) return found;
  const chars = index - runStart;
  if (chars === 4 || chars >= 15)
    return ibanAt(text, runStart, work) ?? flagOrKeyAt(text, index, runStart, work);
  return flagOrKeyAt(text, index, runStart, work);
};

const runFound = (text: string, index: number, runStart: number, work: Work): Found | null => {
  if (runStart === -1) return null;
  const token = index - runStart >= RUN_CHARS_MIN ? tokenAt(text, runStart, index, work) : null;
  return token ?? credentialAt(text, runStart, index, work);
};

/** A flag or the head of a key begins with a dash. */
const flagOrKeyAt = (text: string, index: number, runStart: number, work: Work): Found | null =>
  text.charCodeAt(runStart) === DASH && index - runStart >= RUN_CHARS_MIN
    ? (flagValueAt(text, runStart, index, work) ?? privateKeyAt(text, runStart, work))
    : null;
