const UTF8 = new TextDecoder();

/** Bytes as text, without a byte order mark; what is no UTF-8 becomes U+FFFD. */
export const utf8Text = (bytes: Uint8Array): string => UTF8.decode(bytes);
