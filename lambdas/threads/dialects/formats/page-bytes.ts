/** What a list's answer holds beside its rows. */
const ENVELOPE_BYTES = 512;

/** How many of these rows fit a body of so many bytes; the first one always does, so that a reader gets on. */
export const rowsThatFit = (rows: readonly object[], bytesMax: number): number => {
  let bytes = ENVELOPE_BYTES;
  for (const [index, row] of rows.entries()) {
    bytes += Buffer.byteLength(JSON.stringify(row)) + 1;
    if (bytes > bytesMax && index > 0) return index;
  }
  return rows.length;
};
