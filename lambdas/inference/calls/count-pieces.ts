import type { CountTokens } from './bound.ts';

/** A tokenizer's time grows with the square of a run without spaces, so a long run is counted in pieces. */
const PIECE_CHARS_MAX = 512;

/**
 * Counts a text piece by piece, in linear time whatever it says. Pieces end before a single space, where the
 * tokenizer ends a word anyway; only a run without any is cut hard, which mostly counts a few tokens more.
 */
export const inPieces =
  (countTokens: CountTokens): CountTokens =>
  (text) => {
    let tokens = 0;
    for (let from = 0; from < text.length;) {
      const to = pieceEnd(text, from);
      tokens += countTokens(text.slice(from, to));
      from = to;
    }
    return tokens;
  };

const pieceEnd = (text: string, from: number): number => {
  const to = from + PIECE_CHARS_MAX;
  if (to >= text.length) return text.length;
  for (let place = to; place > from + 1; place--) if (isBorder(text, place)) return place;
  // Never inside a surrogate pair: each half alone would count as bytes of its own.
  return isHighSurrogate(text.charCodeAt(to - 1)) ? to - 1 : to;
};

const isBorder = (text: string, place: number): boolean =>
  text[place] === ' ' && isWordEnd(text[place - 1]) && isWordEnd(text[place + 1]);

const isWordEnd = (letter: string | undefined): boolean =>
  letter !== undefined && /[\p{L}\p{N}]/u.test(letter);

const isHighSurrogate = (code: number): boolean => code >= 0xd800 && code <= 0xdbff;
