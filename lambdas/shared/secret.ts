import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const SECRET_LENGTH = 40;
const SHAPE = /^(slk_(?:live|test)_([0-9a-z]{16})_[0-9A-Za-z]{32,64})_([0-9a-f]{8})$/;

/** A presented secret: readable, with a right checksum, or not. */
export type ParsedSecret =
  | { readonly kind: 'ok'; readonly keyId: string; readonly secretHash: string }
  | { readonly kind: 'malformed' };

/** SHA-256 of the whole secret, hex: all that is stored. */
export const hashSecret = (secret: string): string =>
  createHash('sha256').update(secret).digest('hex');

/** A new secret for this key: 40 base62 characters (238 bits) and a CRC-32 that distinguishes typos from wrong keys. */
export const mintSecret = (keyId: string, mode: 'live' | 'test'): string => {
  const body = `slk_${mode}_${keyId.slice('key_'.length)}_${randomBase62(SECRET_LENGTH)}`;
  return `${body}_${checksum(body)}`;
};

/** Reads what a caller presented; a typo is found here, without a read. */
export const parseSecret = (text: string): ParsedSecret => {
  const [, body, id, crc] = SHAPE.exec(text) ?? [];
  if (body === undefined || id === undefined || crc !== checksum(body))
    return { kind: 'malformed' };
  return { kind: 'ok', keyId: `key_${id}`, secretHash: hashSecret(text) };
};

/** What a list may show: enough to recognise a key, nothing to use it. */
export const secretPrefix = (keyId: string, mode: 'live' | 'test'): string =>
  `slk_${mode}_${keyId.slice('key_'.length)}_`;

const checksum = (body: string): string => crc32(body).toString(16).padStart(8, '0');

const randomBase62 = (length: number): string => {
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      // 248 = 4 * 62: a byte above it would favour the first letters.
      if (byte < 248 && text.length < length) text += BASE62.charAt(byte % 62);
    }
  }
  return text;
};
