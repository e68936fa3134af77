import { KIND, kindOf } from './characters.ts';
import { codeAt, kindAt, type Line } from './line.ts';

const LIST_CHARS_MAX = 400;

/** The quote that closes this one, or -1. An apostrophe between letters closes nothing, a backslash hides a quote. */
export const closeOfQuote = (line: Line, at: number, quote: number): number => {
  for (let from = at + 1; from < line.length; from += 1) {
    const code = codeAt(line, from);
    if (code === 92) from += 1;
    else if (code === quote) {
      const after = kindAt(line, from + 1);
      if (quote !== 39 || from + 1 >= line.length || after > KIND.digit) return from;
    }
  }
  return -1;
};

/** The bracket that closes the group which opens here, or -1. */
export const closeOfGroup = (line: Line, at: number): number => {
  let depth = 0;
  for (let from = at; from < line.length; from += 1) {
    const code = codeAt(line, from);
    if (code === 40 || code === 91 || code === 123) depth += 1;
    else if (code === 41 || code === 93 || code === 125) {
      depth -= 1;
      if (depth === 0) return from;
    }
  }
  return -1;
};

/** Whether a list of objects begins here: `[{` or `[Name(`. */
export const opensObjects = (line: Line, at: number): boolean => {
  let from = at + 1;
  while (from < line.length && kindAt(line, from) <= KIND.digit) from += 1;
  const code = codeAt(line, from);
  return code === 123 || (code === 40 && from > at + 1);
};

/** The end of `[]`, `[a, b]` or `[a,b,c]`, or -1: items without space, quote, bracket or equals sign. */
export const closeOfList = (line: Line, at: number): number => {
  const stop = Math.min(line.length, at + LIST_CHARS_MAX);
  let commas = 0;
  for (let from = at + 1; from < stop; from += 1) {
    const code = codeAt(line, from);
    if (code === 93) return commas > 0 || from === at + 1 ? from : -1;
    if (code === 44) commas += 1;
    else {
      const kind = kindOf(code);
      if (kind === KIND.space) {
        if (codeAt(line, from - 1) !== 44) return -1;
      } else if (kind === KIND.separator || kind === KIND.quote || kind === KIND.equals) return -1;
    }
  }
  return -1;
};

/** `GET /path` or `POST http...` at the start of a quoted string. */
export const isRequestLine = (line: Line, at: number): boolean => {
  let from = at;
  while (from - at < 8 && codeAt(line, from) >= 65 && codeAt(line, from) <= 90) from += 1;
  const isMethod = from - at >= 3 && from - at <= 7 && codeAt(line, from) === 32;
  return isMethod && (codeAt(line, from + 1) === 47 || line.text.startsWith('http', from + 1));
};
