/** Headers of the caller that change what a provider does. */
const VENDOR = /^(anthropic-|openai-beta$|x-stainless-)/;

export const JSON_BODY = { 'content-type': 'application/json' } as const;

/** Of the caller's headers those that a provider gets too: never its key, a cookie or an address. */
export const vendorHeaders = (
  headers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => VENDOR.test(name)));
