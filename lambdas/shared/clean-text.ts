import { firstCharacters } from './characters.ts';

/** Turn the direction of text around, or show nothing: with them a line reads as what it is not (Unicode TR 36, 2.5). */
const UNSEEN =
  /[\u00AD\u061C\u115F\u1160\u180E\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\u3164\uFEFF\uFFA0\uFFF9-\uFFFB\u{E0000}-\u{E007F}]/gu;
const CONTROLS = /[\p{Cc}\u2028\u2029]/gu;
const CONTROLS_IN_TEXTS = /[^\P{Cc}\n\t]|[\u2028\u2029]/gu;
const CONTROLS_IN_LINES = /[^\P{Cc}\n]|[\u2028\u2029]/gu;
/** What comes after so many times the characters that are kept is not even looked at. */
const LOOKED_AT = 4;

/** One line without controls, marks of direction, invisible characters and runs of spaces, cut with an ellipsis. */
export const cleanLine = (text: string, charsMax: number): string =>
  cut(seen(text, charsMax).replace(CONTROLS, ' ').replace(/\s+/g, ' ').trim(), charsMax);

/** The same of several lines, whose breaks stay: two in a row at most. */
export const cleanLines = (text: string, charsMax: number): string =>
  cut(
    seen(text, charsMax)
      .replaceAll('\r\n', '\n')
      .replace(CONTROLS_IN_LINES, ' ')
      .replace(/[^\S\n]+/g, ' ')
      .replace(/ ?\n(?: ?\n)+ ?/g, '\n\n')
      .trim(),
    charsMax,
  );

/** What a terminal and a page show as it is written: lines, tabs and spaces stay, what moves a cursor or turns text around goes. */
export const printable = (text: string): string =>
  text.toWellFormed().replace(UNSEEN, '').replaceAll('\r\n', '\n').replace(CONTROLS_IN_TEXTS, ' ');

/** At most so many characters, the last one an ellipsis when something was cut. */
export const cut = (text: string, charsMax: number): string =>
  text.length <= charsMax ? text : `${firstCharacters(text, charsMax - 1)}…`;

/** Where a page makes a link of whatever looks like an address, this does not: it is readable, and it leads nowhere. */
export const unlinked = (text: string): string =>
  text
    .replaceAll('://', ': //')
    .replace(/\bwww\./gi, (found) => `${found.slice(0, -1)} .`)
    .replace(/\b(mailto|tel|javascript|data|vbscript|file):/gi, '$1 :');

/** An address that people may be led to, in a form that no markup reads as its own; null: it is none. */
export const safeUrl = (text: string | null): string | null => {
  if (text === null || text.length > URL_CHARS_MAX || !URL.canParse(text)) return null;
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return null;
  if (url.username !== '' || url.password !== '') return null;
  const rest = `${url.pathname}${url.search}${url.hash}`;
  return `${url.origin}${rest.replace(/[|[\]{}\\^`"'<>()*\s]/g, encoded)}`;
};

const URL_CHARS_MAX = 1_500;

const encoded = (character: string): string =>
  `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;

const seen = (text: string, charsMax: number): string =>
  firstCharacters(text, charsMax * LOOKED_AT)
    .toWellFormed()
    .replace(UNSEEN, '');
