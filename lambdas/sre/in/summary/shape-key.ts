import { CHARACTERS, DIGIT, WORD } from '../mask/characters.ts';

const CHARS_READ = 240;

/**
 * What makes two lines of a batch the same shape: their text without the words that have a digit in them. It depends on
 * nothing but the text; the miner, which knows more, reads one sample of each.
 */
export const shapeKeyOf = (text: string): string => {
  const end = Math.min(text.length, CHARS_READ);
  let [key, start, hasDigit] = ['', 0, false];
  for (let index = 0; index <= end; index += 1) {
    const code = index < end ? text.charCodeAt(index) : 0x20;
    const kind = code < 128 ? (CHARACTERS[code] ?? 0) : WORD;
    if ((kind & WORD) !== 0) {
      hasDigit ||= (kind & DIGIT) !== 0;
      continue;
    }
    key += hasDigit ? `0${text.slice(index, index + 1)}` : text.slice(start, index + 1);
    start = index + 1;
    hasDigit = false;
  }
  return key;
};
