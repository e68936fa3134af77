import { TextBytes } from '../../../shared/text-bytes.ts';
import { CHARACTERS, DIGIT, SIGN, WORD } from './characters.ts';
import { mayEndSensitive } from './sensitive-keys.ts';

const [SPACE, QUOTE, APOSTROPHE, DASH, DOT, DIGIT_2, DIGIT_6] = [
  0x20, 0x22, 0x27, 0x2d, 0x2e, 0x32, 0x36,
];
const [GREATER, AT, FIRST_CAPITAL, LAST_CAPITAL, BACKSLASH, TAB] = [
  0x3e, 0x40, 0x41, 0x5a, 0x5c, 0x09,
];
const [CAPITAL_N, SMALL_C, SMALL_E, SMALL_I, SMALL_R, SMALL_S, SMALL_Y] = [
  0x4e, 0x63, 0x65, 0x69, 0x72, 0x73, 0x79,
];
/** Makes a capital a small letter. */
const LOWER = 32;

const text = new TextBytes();
/** Of the text that is looked at. */
let { bytes } = text;

/**
 * Whether some rule may find something in a text: no is certain. One pass over its bytes asks at the end of each run, and at
 * each sign, what every rule of that place begins with, so that nearly all texts need no rule at all.
 */
export const mayHoldSecret = (value: string): boolean => {
  const end = text.load(value);
  if (end < value.length) return true;
  ({ bytes } = text);
  for (let index = 0; index <= end; index += 1) {
    let code = bytes[index] ?? 0;
    let kind = CHARACTERS[code] ?? 0;
    if ((kind & WORD) !== 0) {
      const start = index;
      do {
        index += 1;
        code = bytes[index] ?? 0;
        kind = CHARACTERS[code] ?? 0;
      } while ((kind & WORD) !== 0);
      if (mayHoldRun(start, index, code)) return true;
    }
    if ((kind & SIGN) !== 0 && (code === AT || mayEndName(index))) return true;
  }
  return false;
};

/** What stands in it first, and around it, says nearly always that a run holds nothing. */
const mayHoldRun = (start: number, end: number, after: number): boolean => {
  const chars = end - start;
  const first = bytes[start] ?? 0;
  if (start > 5 && bytes[start - 1] === SPACE && isScheme(start)) return true;
  if (after === GREATER && mayEndSensitive(bytes, end)) return true;
  if (chars < RUN_CHARS_MIN) return chars <= 4 && mayHoldShort(start, chars, first, after);
  if (after === SPACE && isHeadOfKey(end)) return true;
  if (first === DASH) return mayEndSensitive(bytes, end);
  const second = bytes[start + 1] ?? 0;
  if (first === SMALL_E && second === SMALL_Y) return true;
  if (chars >= TOKEN_CHARS_MIN && HEADS[pair(first, second)] === 1) return true;
  return mayBeCard(start, first) || (chars >= IBAN_CHARS_MIN && mayBeIban(start, first));
};

const mayHoldShort = (start: number, chars: number, first: number, after: number): boolean => {
  if (after === DOT && DOTTED[first] === 1) return true;
  return chars === 4 && (mayBeCard(start, first) || mayBeIban(start, first));
};

const RUN_CHARS_MIN = 8;
const TOKEN_CHARS_MIN = 20;
const IBAN_CHARS_MIN = 15;
const CARD_CHARS_MIN = 12;

/** `Bearer ` and `Basic `, in either case: by their last three letters. */
const isScheme = (start: number): boolean => {
  const last = (bytes[start - 2] ?? 0) | LOWER;
  if (last !== SMALL_R && last !== SMALL_C) return false;
  const other = (bytes[start - 3] ?? 0) | LOWER;
  const third = (bytes[start - 4] ?? 0) | LOWER;
  return last === SMALL_R
    ? other === SMALL_E && third === SMALL_R
    : other === SMALL_I && third === SMALL_S;
};

/** `-----BEGIN `, also after an escaped line break. */
const isHeadOfKey = (end: number): boolean =>
  bytes[end - 1] === CAPITAL_N && bytes[end - 6] === DASH;

/** Twelve digits, or four and after a separator four more: no date and no time. */
const mayBeCard = (start: number, first: number): boolean => {
  if (first < DIGIT_2 || first > DIGIT_6 || !areDigits(start + 1, start + 4)) return false;
  const after = bytes[start + 4] ?? 0;
  return after === SPACE || after === DASH
    ? areDigits(start + 5, start + 9)
    : areDigits(start + 4, start + CARD_CHARS_MIN);
};

const areDigits = (from: number, end: number): boolean => {
  for (let index = from; index < end; index += 1) if (!isDigit(bytes[index] ?? 0)) return false;
  return true;
};

const mayBeIban = (start: number, first: number): boolean =>
  first >= FIRST_CAPITAL && first <= LAST_CAPITAL && isDigit(bytes[start + 2] ?? 0);

const isDigit = (code: number): boolean => ((CHARACTERS[code] ?? 0) & DIGIT) !== 0;

/** Whether the name before a sign may be one of a secret. None ends in a digit, as hours and ports do. */
const mayEndName = (index: number): boolean => {
  if (index === 0 || isDigit(bytes[index - 1] ?? 0)) return false;
  let end = index;
  while (end > 0 && isOpening(bytes[end - 1] ?? 0)) end -= 1;
  return mayEndSensitive(bytes, end);
};

const isOpening = (code: number): boolean =>
  code === QUOTE || code === APOSTROPHE || code === BACKSLASH || code === SPACE || code === TAB;

/** The first two characters of makers' tokens. */
const HEADS = new Uint8Array(16_384);
const pair = (first: number, second: number): number => (first << 7) | (second & 127);
for (const head of 'sk rk sl wh gh gi gl xo xa np hf py do dc li ls GO sh ru ts pa AG PM NR sn fi r8 gs pp tv fo Fl AK AS AB AC AI SK'.split(
  ' ',
))
  HEADS[pair(head.charCodeAt(0), head.charCodeAt(1))] = 1;

/** Of tokens with dots in them: `SG.`, `ya29.`, `hvs.`, `EZAK.`. */
const DOTTED = new Uint8Array(256);
for (const head of 'SyhE') DOTTED[head.charCodeAt(0)] = 1;
