/** Compact JSON without a character that some reader treats as a line end (Python's `splitlines` knows three more). */
export const lineOfJson = (value: object): string =>
  JSON.stringify(value).replaceAll(
    /[\u0085\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
