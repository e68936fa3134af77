/** Part of a run: a letter, a digit, `_` or `-`. */
export const WORD = 1;
export const DIGIT = 2;
/** Part of the name before an `@`. */
export const LOCAL = 4;
/** Part of a credential: base64 and what tokens have (RFC 6750, token68). */
export const TOKEN = 8;
/** Ends a value without quotes. */
export const STOP = 16;
/** Stands between a name and its value, or before a domain: `=`, `:`, `@`. */
export const SIGN = 32;

const classOf = (character: string): number =>
  (/[\w-]/.test(character) ? WORD : 0) |
  (/\d/.test(character) ? DIGIT : 0) |
  (/[\w.%+-]/.test(character) ? LOCAL : 0) |
  (/[\w.~+/=-]/.test(character) ? TOKEN : 0) |
  (/[\s"'`,;&<>()[\]{}|]/.test(character) ? STOP : 0) |
  (/[=:@]/.test(character) ? SIGN : 0);

/** What each character is: all of them, so that a scan asks no second question. Beyond ASCII they are nothing of it. */
export const CHARACTERS: Uint8Array = new Uint8Array(65_536);
for (let code = 0; code < 128; code += 1) CHARACTERS[code] = classOf(String.fromCharCode(code));

/** No kind for the code of no character (NaN). */
export const isKind = (code: number, kind: number): boolean =>
  ((CHARACTERS[code] ?? 0) & kind) !== 0;
