const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz';

/** Five bits of each byte as a character of Crockford base32. */
export const crockford = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => CROCKFORD.charAt(byte % 32)).join('');
