/** The first `charsMax` UTF-16 units of a text, and never half of a pair: half a pair is no character. */
export const firstCharacters = (text: string, charsMax: number): string => {
  if (text.length <= charsMax) return text;
  return text.slice(0, isHighHalf(text.charCodeAt(charsMax - 1)) ? charsMax - 1 : charsMax);
};

/**
 * A text without the run of one character at its end. `/=+$/` tries each run again from each of its characters, which takes
 * minutes where a stranger sends nothing else.
 */
export const withoutEnd = (text: string, character: string): string => {
  let end = text.length;
  while (end > 0 && text[end - 1] === character) end -= 1;
  return text.slice(0, end);
};

export const isHighHalf = (code: number): boolean => code >= 0xd800 && code <= 0xdbff;

const HALF = /\\u[dD][89a-fA-F]/;
/** A pair, a half alone, or any other escape, so that an escaped backslash hides what follows it. */
const ESCAPE =
  /\\(?:(u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2})|(u[dD][89a-fA-F][\da-fA-F]{2})|.)/gs;

/** A text of JSON without halves of pairs that its escapes bring, in names and values of any depth. */
export const wholeEscapes = (json: string): string =>
  HALF.test(json)
    ? json.replace(ESCAPE, (escape: string, _pair?: string, half?: string) =>
        half === undefined ? escape : String.raw`\ufffd`,
      )
    : json;

/**
 * JSON in which every text is one, in names and values: half a pair, which no provider accepts, becomes U+FFFD.
 * `JSON.stringify` writes a half alone as an escape, and nothing else so.
 */
export const wellFormed = <T>(value: T): T => {
  if (isWhole(value, LEVELS)) return value;
  const json = JSON.stringify(value) ?? '';
  if (!HALF.test(json)) return value;
  const whole: T = JSON.parse(wholeEscapes(json));
  return whole;
};

/** What is nested deeper is written as JSON to be sure. */
const LEVELS = 64;

/** Is there no half of a pair in it? No where it is nested deeper than so many levels. */
const isWhole = (value: unknown, levels: number): boolean => {
  if (typeof value === 'string') return value.isWellFormed();
  if (!isObject(value)) return true;
  if (levels === 0) return false;
  if (Array.isArray(value)) return value.every((item) => isWhole(item, levels - 1));
  for (const name in value)
    if (!name.isWellFormed() || !isWhole(value[name], levels - 1)) return false;
  return true;
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
