import { CHARACTERS, DIGIT, isKind, SIGN, WORD } from './characters.ts';
import {
  cardAt,
  credentialAt,
  emailAt,
  flagValueAt,
  ibanAt,
  mayBeCard,
  privateKeyAt,
  tokenAt,
  userInfoAt,
  type Found,
  type Work,
} from './rules.ts';
import { mayHoldSecret } from './may-hold.ts';
import { elementAt, mayEndName, valueAt } from './key-values.ts';

const [AT, EQUALS, COLON, DASH] = [0x40, 0x3d, 0x3a, 0x2d];

/** A run of so many characters may be a token; a shorter one is a word. */
const RUN_CHARS_MIN = 8;
/** No maker's tokens are shorter. */
const TOKEN_CHARS_MIN = 20;

/**
 * Hides secrets and personal data: what is found is replaced by its kind (`<email>`, `<secret>`), and nothing else of the
 * text changes. Masking twice is masking once. Rules read a text only where one of them may find something.
 */
export const maskText = (text: string, work?: Work): string =>
  mayHoldSecret(text) ? maskByRules(text, work) : text;

/**
 * One pass over the characters finds places where something may be (the end of a long run, a digit, `@`, `=`, `:`); at each
 * of them rules read a bounded number of characters, or a run that no other rule reads again. So the work is linear in the
 * text's length, whatever it holds; `work`, where given, counts it.
 */
export const maskByRules = (text: string, work: Work = { steps: 0 }): string => {
  let masked = '';
  let taken = 0;
  let runStart = -1;
  const { length } = text;
  for (let index = 0; index <= length; index += 1) {
    const code = index < length ? text.charCodeAt(index) : 0;
    const kind = CHARACTERS[code] ?? 0;
    if ((kind & WORD) !== 0) {
      runStart = index;
      // What stands in a longer word is no card, so that one begins where a run does.
      const card = (kind & DIGIT) === 0 || !mayBeCard(code) ? null : cardAt(text, index, work);
      if (card === null) {
        // Up to the last character of the run: nothing else is asked of it.
        let next = index + 1;
        while (next < length && ((CHARACTERS[text.charCodeAt(next)] ?? 0) & WORD) !== 0) next += 1;
        index = next - 1;
        continue;
      }
      masked += text.slice(taken, index) + card.replacement;
      taken = card.end;
      index = card.end - 1;
      runStart = -1;
      continue;
    }
    const start = runStart;
    runStart = -1;
    const mayBeValue = (kind & SIGN) !== 0 && (code === AT || mayEndName(text, index));
    if (!mayBeValue && (start === -1 || !mayHold(text, start, index, code))) continue;
    const found = foundAt(text, index, code, start, taken, work);
    if (found === null) continue;
    masked += text.slice(taken, found.start) + found.replacement;
    taken = found.end;
    index = Math.max(index, found.end - 1);
  }
  return taken === 0 ? text : masked + text.slice(taken);
};

const [SPACE, DOT, SMALL_E, FIRST_CAPITAL, LAST_CAPITAL] = [0x20, 0x2e, 0x65, 0x41, 0x5a];
const [CAPITAL_N, LESS, GREATER] = [0x4e, 0x3c, 0x3e];
const BEGIN = '-----BEGIN';
/** Of tokens with dots in them: `SG.`, `ya29.`, `hvs.`, `EZAK.`. */
const HEADS = new Set([0x53, 0x79, 0x68, 0x45]);

/** Whether some rule may find something in this run: nearly every word fails here, by a look at a few characters. */
const mayHold = (text: string, start: number, end: number, code: number): boolean => {
  const chars = end - start;
  const first = text.charCodeAt(start);
  if (chars >= TOKEN_CHARS_MIN || (code === DOT && chars <= 4 && HEADS.has(first))) return true;
  if (chars >= RUN_CHARS_MIN && (first === SMALL_E || first === DASH)) return true;
  if (chars >= BEGIN.length && code === SPACE && text.charCodeAt(end - 1) === CAPITAL_N)
    return true;
  if (code === GREATER && text.charCodeAt(start - 1) === LESS) return true;
  if (start > 1 && text.charCodeAt(start - 1) === SPACE && endsScheme(text.charCodeAt(start - 2)))
    return true;
  const mayBeIban = chars === 4 || chars >= 15;
  return (
    mayBeIban &&
    first >= FIRST_CAPITAL &&
    first <= LAST_CAPITAL &&
    isKind(text.charCodeAt(start + 2), DIGIT)
  );
};

/** Of `Bearer` and `Basic`, in either case. */
const endsScheme = (code: number): boolean => (code | 0x20) === 0x72 || (code | 0x20) === 0x63;

/** `taken`: what is before was replaced, and is not looked at again. */
const foundAt = (
  text: string,
  index: number,
  code: number,
  runStart: number,
  taken: number,
  work: Work,
): Found | null => {
  if (code === AT)
    return (
      userInfoAt(text, index, taken, work) ??
      runFound(text, index, runStart, work) ??
      emailAt(text, index, taken, work)
    );
  if (code === EQUALS || code === COLON) {
    // What stands before the sign may be a token itself, and `Basic dXNlcjpwYXNz==` continues after it.
    const found = runFound(text, index, runStart, work) ?? valueAt(text, index, taken, work);
    if (found !== null) return found;
  }
  if (runStart === -1) return null;
  if (code === GREATER) return elementAt(text, index, runStart, work);
  const found = runFound(text, index, runStart, work);
  if (found !== null) return found;
  return ibanAt(text, runStart, work) ?? flagOrKeyAt(text, index, runStart, work);
};

const runFound = (text: string, index: number, runStart: number, work: Work): Found | null => {
  if (runStart === -1) return null;
  const token = index - runStart >= RUN_CHARS_MIN ? tokenAt(text, runStart, index, work) : null;
  return token ?? credentialAt(text, runStart, index, work);
};

/** A flag begins with a dash; the head of a key may stand after an escaped line break (`\\n-----BEGIN`). */
const flagOrKeyAt = (text: string, index: number, runStart: number, work: Work): Found | null => {
  const isFlag = text.charCodeAt(runStart) === DASH && index - runStart >= RUN_CHARS_MIN;
  const flag = isFlag ? flagValueAt(text, runStart, index, work) : null;
  return flag ?? privateKeyAt(text, Math.max(runStart, index - BEGIN.length), work);
};
