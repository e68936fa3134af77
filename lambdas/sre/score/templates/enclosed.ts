import { KIND, kindOf } from './characters.ts';

const LIST_CHARS_MAX = 400;

/** The quote that closes this one, or -1. An apostrophe between letters closes nothing, a backslash hides a quote. */
export const closeOfQuote = (text: string, at: number, end: number, quote: number): number => {
  for (let from = at + 1; from < end; from += 1) {
    const code = text.charCodeAt(from);
    if (code === 92) from += 1;
    else if (code === quote) {
      const after = kindOf(text.charCodeAt(from + 1));
      if (quote !== 39 || from + 1 >= end || after > KIND.digit) return from;
    }
  }
  return -1;
};

/** The bracket that closes the group which opens here, or -1. */
export const closeOfGroup = (text: string, at: number, end: number): number => {
  let depth = 0;
  for (let from = at; from < end; from += 1) {
    const code = text.charCodeAt(from);
    if (code === 40 || code === 91 || code === 123) depth += 1;
    else if (code === 41 || code === 93 || code === 125) {
      depth -= 1;
      if (depth === 0) return from;
    }
  }
  return -1;
};

/** The end of `[]`, `[a, b]` or `[a,b,c]`, or -1: items without space, quote, bracket or equals sign. */
export const closeOfList = (text: string, at: number, end: number): number => {
  const stop = Math.min(end, at + LIST_CHARS_MAX);
  let commas = 0;
  for (let from = at + 1; from < stop; from += 1) {
    const code = text.charCodeAt(from);
    if (code === 93) return commas > 0 || from === at + 1 ? from : -1;
    if (code === 44) commas += 1;
    else {
      const kind = kindOf(code);
      if (kind === KIND.space) {
        if (text.charCodeAt(from - 1) !== 44) return -1;
      } else if (kind === KIND.separator || kind === KIND.quote || kind === KIND.equals) return -1;
    }
  }
  return -1;
};

/** `GET /path` or `POST http...` at the start of a quoted string. */
export const isRequestLine = (text: string, at: number): boolean => {
  let from = at;
  while (from - at < 8 && text.charCodeAt(from) >= 65 && text.charCodeAt(from) <= 90) from += 1;
  const isMethod = from - at >= 3 && from - at <= 7 && text.charCodeAt(from) === 32;
  return isMethod && (text.charCodeAt(from + 1) === 47 || text.startsWith('http', from + 1));
};
