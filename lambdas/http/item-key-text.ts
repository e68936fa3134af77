import * as z from 'zod';

const CHARS_MAX = 256;
/** Leaves room for the rest of a sort key, which has at most 1,024 bytes. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const BYTES_MAX = 3 * CHARS_MAX;

/** May a caller's own name become part of a key of an item? Keys hold it percent-encoded. */
export const isItemKeyText = (text: string): boolean =>
  text.length >= 1 &&
  text.length <= CHARS_MAX &&
  text.isWellFormed() &&
  encodeURIComponent(text).length <= BYTES_MAX;

export const ITEM_KEY_TEXT = `1 to ${CHARS_MAX} characters, at most ${BYTES_MAX} bytes as a URL writes them`;

/** A name that a caller chose: of an end user, of a request. */
export const itemKeyText = z
  .string()
  .min(1)
  .max(CHARS_MAX)
  .refine((text) => isItemKeyText(text), ITEM_KEY_TEXT);
