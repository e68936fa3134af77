/** White space, and the bytes of a byte order mark. */
const BLANKS: ReadonlySet<number> = new Set([9, 10, 13, 32, 0xef, 0xbb, 0xbf]);

/** Where the first byte is that is no blank; after the end: there is none. */
export const firstByteAt = (bytes: Uint8Array): number => {
  let at = 0;
  while (at < bytes.length && BLANKS.has(bytes[at] ?? 0)) at++;
  return at;
};
