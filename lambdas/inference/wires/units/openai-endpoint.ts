import { passedHeaders } from '../headers.ts';
import type { Endpoint, WireAccount } from '../wire.ts';

/** Which client asks. */
const VENDOR = /^x-stainless-/;

export const openaiEndpoint = (
  path: string,
  { apiKey }: WireAccount,
  headers: Readonly<Record<string, string>>,
): Endpoint => ({
  path,
  headers: {
    ...passedHeaders(headers, VENDOR),
    ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
  },
});
