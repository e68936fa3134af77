import { isHex, KIND, kindOf } from './characters.ts';

/** What lies between two separators, and what was seen in it. */
export interface Chunk {
  end: number;
  digits: number;
  letters: number;
  dots: number;
  isHexAlone: boolean;
  /** A path, an address, a URL: a variable for its form. Digits are judged by who reads it. */
  isVariable: boolean;
}

const SLASH = 47;
const COLON = 58;
const SPACE = 32;
const APOSTROPHE = 39;
/** Letters that are all hex digits are a number from so many on. */
const HEX_LETTERS_MIN = 8;

/** Reads the chunk that begins here into `chunk`; it ends after `at`. */
export const readChunk = (text: string, at: number, end: number, chunk: Chunk): void => {
  let from = at;
  while (from < end && kindOf(text.charCodeAt(from)) === KIND.letter) from += 1;
  const stop = from < end ? text.charCodeAt(from) : SPACE;
  // Most chunks are words of letters.
  if (from > at && kindOf(stop) >= KIND.space && stop !== APOSTROPHE) {
    chunk.end = from;
    chunk.digits = 0;
    chunk.letters = from - at;
    chunk.dots = 0;
    chunk.isHexAlone = from - at >= HEX_LETTERS_MIN && areHex(text, at, from);
    chunk.isVariable = false;
    return;
  }
  readMixed(text, at, end, chunk);
};

const areHex = (text: string, at: number, end: number): boolean => {
  for (let from = at; from < end; from += 1) if (!isHex(text.charCodeAt(from))) return false;
  return true;
};

const readMixed = (text: string, at: number, end: number, chunk: Chunk): void => {
  const first = text.charCodeAt(at);
  chunk.isVariable = false;
  const isRooted =
    first === SLASH || ((first === 46 || first === 126) && text.charCodeAt(at + 1) === SLASH);
  if (isRooted && at + 1 < end && isPathStart(text.charCodeAt(at + 1))) {
    readPath(text, at, end, chunk);
    return;
  }
  let digits = 0;
  let letters = 0;
  let dots = 0;
  let marks = 0;
  let slashes = 0;
  let signs = 0;
  let isHexAlone = true;
  let from = at;
  for (; from < end; from += 1) {
    const code = text.charCodeAt(from);
    const kind = kindOf(code);
    if (kind === KIND.letter) {
      letters += 1;
      if (isHexAlone && !isHex(code)) isHexAlone = false;
    } else if (kind === KIND.digit) digits += 1;
    else if (kind === KIND.mark) {
      marks += 1;
      isHexAlone = false;
      if (code === SLASH) slashes += 1;
      else if (code === 92) slashes += 2;
      else if (code === 64 && from > at && isTokenCode(text.charCodeAt(from + 1))) signs += 1;
    } else if (kind === KIND.dot) {
      if (!isTokenCode(text.charCodeAt(from + 1)) || from + 1 >= end) break;
      dots += 1;
    } else if (kind === KIND.colon) {
      if (text.charCodeAt(from + 1) === SLASH && text.charCodeAt(from + 2) === SLASH) {
        readPath(text, from, end, chunk);
        return;
      }
      if (from - at === 1 && letters === 1 && isDriveRoot(text, from)) {
        readPath(text, from, end, chunk);
        return;
      }
      const isPlain = digits + dots === 0;
      if (!colonStays(text, at, from, end, isPlain, isHexAlone && digits > 0)) break;
      if (isPlain) signs += 1;
    } else if (code !== APOSTROPHE || !isLetterAt(text, from - 1) || !isLetterAt(text, from + 1))
      break;
  }
  if (from === at) from += 1;
  chunk.end = from;
  chunk.digits = digits;
  chunk.letters = letters;
  chunk.dots = dots;
  chunk.isHexAlone = isHexAlone && letters >= HEX_LETTERS_MIN;
  chunk.isVariable = signs > 0 || slashes > 1 || (slashes === 1 && dots > 0);
  if (digits === 1 && letters > 5 && marks + dots === 0 && isNumberWord(text, at, from))
    chunk.digits = 0;
};

/** A path or URL runs to a space, a quote or a bracket; a colon or comma before a space ends it too. */
const readPath = (text: string, at: number, end: number, chunk: Chunk): void => {
  let from = at + 1;
  for (; from < end; from += 1) {
    const code = text.charCodeAt(from);
    const kind = kindOf(code);
    if (kind === KIND.space || kind === KIND.quote) break;
    if (
      kind === KIND.separator &&
      (code !== 63 || isEnd(text, from + 1, end)) &&
      code !== 59 &&
      code !== 44
    )
      break;
    if (isEndMark(code) && isEnd(text, from + 1, end)) break;
  }
  chunk.end = from;
  chunk.digits = 0;
  chunk.letters = 1;
  chunk.dots = 0;
  chunk.isHexAlone = false;
  chunk.isVariable = true;
};

const isEndMark = (code: number): boolean =>
  code === COLON || code === 44 || code === 59 || code === 46;

const isEnd = (text: string, at: number, end: number): boolean => {
  if (at >= end) return true;
  const kind = kindOf(text.charCodeAt(at));
  return kind === KIND.space || kind === KIND.quote || kind === KIND.separator;
};

const isPathStart = (code: number): boolean => {
  const kind = kindOf(code);
  return kind <= KIND.dot;
};

/** Letter, digit or mark. */
const isTokenCode = (code: number): boolean => kindOf(code) <= KIND.mark;

const isLetterAt = (text: string, at: number): boolean =>
  kindOf(text.charCodeAt(at)) === KIND.letter;

const isDriveRoot = (text: string, colon: number): boolean => {
  const next = text.charCodeAt(colon + 1);
  return next === 92 || (next === SLASH && text.charCodeAt(colon + 2) !== SLASH);
};

/** Before a digit a colon belongs to `host.name:80` or `12:30`, not to `port:80`; in hardware and IPv6 addresses it belongs too. */
const colonStays = (
  text: string,
  at: number,
  colon: number,
  end: number,
  isPlain: boolean,
  isHexNumber: boolean,
): boolean => {
  const next = text.charCodeAt(colon + 1);
  if (kindOf(next) === KIND.digit && !isPlain && isNumberAt(text, colon + 1, end)) return true;
  if (isHexNumber && (next === COLON || isHex(next))) return true;
  const isPair =
    isHex(text.charCodeAt(colon - 1)) &&
    isHex(text.charCodeAt(colon - 2)) &&
    (colon - at === 2 || text.charCodeAt(colon - 3) === COLON);
  return (
    isPair &&
    isHex(next) &&
    isHex(text.charCodeAt(colon + 2)) &&
    (text.charCodeAt(colon + 3) === COLON || (colon - at > 2 && isEnd(text, colon + 3, end)))
  );
};

/** 2 and 4 between letters of a name are the words `to` and `for`: flush2Disk, log4j. */
const isNumberWord = (text: string, at: number, end: number): boolean => {
  for (let from = at + 1; from < end - 1; from += 1) {
    const code = text.charCodeAt(from);
    if (kindOf(code) === KIND.digit) return code === 50 || code === 52;
  }
  return false;
};

/** Digits up to the end of the token, or up to the next colon or dot. */
const isNumberAt = (text: string, at: number, end: number): boolean => {
  let from = at;
  while (from < end && kindOf(text.charCodeAt(from)) === KIND.digit) from += 1;
  return from >= end || kindOf(text.charCodeAt(from)) > KIND.mark;
};
