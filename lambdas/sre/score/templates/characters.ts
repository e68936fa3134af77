/** What a character does to a token. One lookup a character is what the scan costs. */
export const KIND = {
  letter: 0,
  digit: 1,
  /** Part of a token that is neither letter nor digit: `- _ / @ # $ % & * + ~ ^ \`. */
  mark: 2,
  dot: 3,
  colon: 4,
  space: 5,
  separator: 6,
  quote: 7,
  equals: 8,
} as const;

const ASCII = 128;

/** Beyond ASCII: spaces and full-width punctuation separate, anything else is a letter. */
const wideKindOf = (code: number): number => {
  if (code === 0xa0 || (code >= 0x2000 && code <= 0x200b)) return KIND.space;
  if (code === 0x2028 || code === 0x2029 || code === 0xfeff) return KIND.space;
  if (code >= 0x3000 && code <= 0x303f) return KIND.separator;
  if ((code >= 0xff08 && code <= 0xff0c) || (code >= 0xff1a && code <= 0xff20))
    return KIND.separator;
  if (code >= 0x2018 && code <= 0x201f) return KIND.separator;
  return KIND.letter;
};

/** By code unit, without a bound to check: this lookup is most of what a line costs. */
const kinds = new Uint8Array(0x10000);
// `Uint8Array.from` would make a list of as many objects first: 8 MB of a process that has begun.
for (let code = ASCII; code < kinds.length; code += 1) kinds[code] = wideKindOf(code);
kinds.fill(KIND.mark, 0, ASCII);
const assign = (characters: string, kind: number): void => {
  for (const character of characters) kinds[character.charCodeAt(0)] = kind;
};
kinds.fill(KIND.space, 0, 33);
assign('\u007F', KIND.space);
assign('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ', KIND.letter);
assign('0123456789', KIND.digit);
assign('[](){}<>,;|!?', KIND.separator);
assign('"\'`', KIND.quote);
assign('.', KIND.dot);
assign(':', KIND.colon);
assign('=', KIND.equals);

/** Kind of a code unit. What comes after the end of a text is a space. */
export const kindOf = (code: number): number => kinds[code] ?? KIND.space;

/** a-f, A-F or a digit. */
export const isHex = (code: number): boolean =>
  (code >= 48 && code <= 57) || (code >= 97 && code <= 102) || (code >= 65 && code <= 70);
