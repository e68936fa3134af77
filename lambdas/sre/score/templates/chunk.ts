import { isHex, KIND, kindOf } from './characters.ts';
import { codeAt, kindAt, type Line } from './line.ts';

/** What stands between two separators, and what was seen in it. */
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
export const readChunk = (line: Line, at: number, end: number, chunk: Chunk): void => {
  let from = at;
  while (from < end && kindAt(line, from) === KIND.letter) from += 1;
  const stop = from < end ? codeAt(line, from) : SPACE;
  // Most chunks are words of letters.
  if (from > at && kindOf(stop) >= KIND.space && stop !== APOSTROPHE) {
    chunk.end = from;
    chunk.digits = 0;
    chunk.letters = from - at;
    chunk.dots = 0;
    chunk.isHexAlone = from - at >= HEX_LETTERS_MIN && areHex(line, at, from);
    chunk.isVariable = false;
    return;
  }
  readMixed(line, at, end, chunk);
};

const areHex = (line: Line, at: number, end: number): boolean => {
  for (let from = at; from < end; from += 1) if (!isHex(codeAt(line, from))) return false;
  return true;
};

const readMixed = (line: Line, at: number, end: number, chunk: Chunk): void => {
  const first = codeAt(line, at);
  chunk.isVariable = false;
  const isRooted =
    first === SLASH || ((first === 46 || first === 126) && codeAt(line, at + 1) === SLASH);
  if (isRooted && at + 1 < end && isPathStart(codeAt(line, at + 1))) {
    readPath(line, at, end, chunk);
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
    const code = codeAt(line, from);
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
      else if (code === 64 && from > at && isTokenCode(codeAt(line, from + 1))) signs += 1;
    } else if (kind === KIND.dot) {
      if (!isTokenCode(codeAt(line, from + 1)) || from + 1 >= end) break;
      dots += 1;
    } else if (kind === KIND.colon) {
      if (codeAt(line, from + 1) === SLASH && codeAt(line, from + 2) === SLASH) {
        readPath(line, from, end, chunk);
        return;
      }
      if (from - at === 1 && letters === 1 && isDriveRoot(line, from)) {
        readPath(line, from, end, chunk);
        return;
      }
      const isPlain = digits + dots === 0;
      if (!colonStays(line, at, from, end, isPlain, isHexAlone && digits > 0)) break;
      if (isPlain) signs += 1;
    } else if (code !== APOSTROPHE || !isLetterAt(line, from - 1) || !isLetterAt(line, from + 1))
      break;
  }
  if (from === at) from += 1;
  chunk.end = from;
  chunk.digits = digits;
  chunk.letters = letters;
  chunk.dots = dots;
  chunk.isHexAlone = isHexAlone && letters >= HEX_LETTERS_MIN;
  chunk.isVariable = signs > 0 || slashes > 1 || (slashes === 1 && dots > 0);
  if (digits === 1 && letters > 5 && marks + dots === 0 && isNumberWord(line, at, from))
    chunk.digits = 0;
};

/** A path or URL runs to a space, a quote or a bracket; a colon or comma before a space ends it too. */
const readPath = (line: Line, at: number, end: number, chunk: Chunk): void => {
  let from = at + 1;
  for (; from < end; from += 1) {
    const code = codeAt(line, from);
    const kind = kindOf(code);
    if (kind === KIND.space || kind === KIND.quote) break;
    if (
      kind === KIND.separator &&
      (code !== 63 || isEnd(line, from + 1, end)) &&
      code !== 59 &&
      code !== 44
    )
      break;
    if (isEndMark(code) && isEnd(line, from + 1, end)) break;
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

const isEnd = (line: Line, at: number, end: number): boolean => {
  if (at >= end) return true;
  const kind = kindAt(line, at);
  return kind === KIND.space || kind === KIND.quote || kind === KIND.separator;
};

const isPathStart = (code: number): boolean => {
  const kind = kindOf(code);
  return kind <= KIND.dot;
};

/** Letter, digit or mark. */
const isTokenCode = (code: number): boolean => kindOf(code) <= KIND.mark;

const isLetterAt = (line: Line, at: number): boolean => kindAt(line, at) === KIND.letter;

const isDriveRoot = (line: Line, colon: number): boolean => {
  const next = codeAt(line, colon + 1);
  return next === 92 || (next === SLASH && codeAt(line, colon + 2) !== SLASH);
};

/** Before a digit a colon belongs to `host.name:80` or `12:30`, not to `port:80`; in hardware and IPv6 addresses it belongs too. */
const colonStays = (
  line: Line,
  at: number,
  colon: number,
  end: number,
  isPlain: boolean,
  isHexNumber: boolean,
): boolean => {
  const next = codeAt(line, colon + 1);
  if (kindOf(next) === KIND.digit && !isPlain && isNumberAt(line, colon + 1, end)) return true;
  if (isHexNumber && (next === COLON || isHex(next))) return true;
  const isPair =
    colon - at >= 2 &&
    isHex(codeAt(line, colon - 1)) &&
    isHex(codeAt(line, colon - 2)) &&
    (colon - at === 2 || codeAt(line, colon - 3) === COLON);
  return (
    isPair &&
    isHex(next) &&
    isHex(codeAt(line, colon + 2)) &&
    (codeAt(line, colon + 3) === COLON || (colon - at > 2 && isEnd(line, colon + 3, end)))
  );
};

/** 2 and 4 between letters of a name are the words `to` and `for`: flush2Disk, log4j. */
const isNumberWord = (line: Line, at: number, end: number): boolean => {
  for (let from = at + 1; from < end - 1; from += 1) {
    const code = codeAt(line, from);
    if (kindOf(code) === KIND.digit) return code === 50 || code === 52;
  }
  return false;
};

/** Digits up to the end of the token, or up to the next colon or dot. */
const isNumberAt = (line: Line, at: number, end: number): boolean => {
  let from = at;
  while (from < end && kindAt(line, from) === KIND.digit) from += 1;
  return from >= end || kindAt(line, from) > KIND.mark;
};
