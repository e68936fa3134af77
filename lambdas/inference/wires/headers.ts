export const JSON_BODY = { 'content-type': 'application/json' } as const;

/**
 * Of the caller's headers those that its provider gets too: never its key, a cookie or an address, and what one vendor's client
 * says to that vendor alone.
 */
export const passedHeaders = (
  headers: Readonly<Record<string, string>>,
  vendor: RegExp,
): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => vendor.test(name)));
