/** Part of a run: a letter, a digit, `_` or `-`. */
export const WORD = 1;
export const DIGIT = 2;
/** Part of the name before an `@`. */
export const LOCAL = 4;
/** Part of a credential: base64 and what tokens have (RFC 6750, token68). */
export const TOKEN = 8;
/** Ends a value without quotes. */
export const STOP = 16;

const classOf = (character: string): number =>
  (/[\w-]/.test(character) ? WORD : 0) |
  (/\d/.test(character) ? DIGIT : 0) |
  (/[\w.%+-]/.test(character) ? LOCAL : 0) |
  (/[\w.~+/=-]/.test(character) ? TOKEN : 0) |
  (/[\s"'`,;&<>()[\]{}|]/.test(character) ? STOP : 0);

/** What each of the first 128 characters is. */
export const CHARACTERS: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) =>
  classOf(String.fromCharCode(code)),
);

export const isKind = (code: number, kind: number): boolean =>
  code < 128 && ((CHARACTERS[code] ?? 0) & kind) !== 0;
