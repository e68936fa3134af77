import { OtlpId } from './otlp-reader.ts';

/**
 * An id as hex of so many digits; null for none, for zeros, and for what is no such id. OTLP has hex in JSON and bytes in
 * protobuf; what other senders write for the same id is read, too.
 */
export const hexIdOf = (value: unknown, digits: number): string | null => {
  const hex = value instanceof OtlpId ? value.hex : hexText(value, digits);
  const id = hex.length === digits ? hex : otherId(hex === '' ? value : hex, digits);
  return id === '' || (id.charCodeAt(0) === ZERO && ZEROS.startsWith(id)) ? null : id;
};

const ZERO = 0x30;

const ZEROS = '0'.repeat(32);

const hexText = (value: unknown, digits: number): string => {
  if (typeof value !== 'string' || value.length !== digits) return '';
  let kinds = SMALL;
  for (let index = 0; index < digits; index += 1) kinds &= HEX[value.charCodeAt(index)] ?? 0;
  if (kinds !== 0) return value;
  return /^[0-9a-f]+$/i.test(value) ? value.toLowerCase() : '';
};

const SMALL = 1;
/** Digits as nearly every sender writes them; a look at each costs less than an expression. */
const HEX = new Uint8Array(65_536);
for (const digit of '0123456789abcdef') HEX[digit.charCodeAt(0)] = SMALL;

const ID_CHARS_MAX = 128;

/** '' for what is no id at all. */
const otherId = (value: unknown, digits: number): string => {
  if (Array.isArray(value)) return bytesId(value, digits);
  if (typeof value !== 'string' || value === '' || value.length > ID_CHARS_MAX) return '';
  const bare = value.replace(LEAD, '').replaceAll('-', '');
  if (isHex(bare)) return hexOfLength(bare.toLowerCase(), digits);
  return BASE64.test(value) ? base64Id(value, digits) : '';
};

/** `0x`, the version of X-Ray (`1-5759e988-...`), and the path of Google Cloud (`projects/p/traces/`). */
const LEAD = /^(?:0x|1-(?=[\da-f]{8}-)|projects\/[^/]{1,80}\/traces\/)/i;
const BASE64 = /^[A-Za-z\d+/_-]{11,44}={0,2}$/;
const isHex = (text: string): boolean => /^[\da-f]+$/i.test(text);

const SPAN_DIGITS = 16;

/**
 * Of twice the digits: the bytes were hex already (https://github.com/Logflare/logflare/issues/3683). A trace's id of 64 bits,
 * as Zipkin and Datadog have it, is the lower half of 128.
 */
const hexOfLength = (hex: string, digits: number): string => {
  if (hex.length === digits) return hex;
  if (hex.length === 2 * digits) {
    const text = Buffer.from(hex, 'hex').toString('latin1');
    return isHex(text) ? text.toLowerCase() : '';
  }
  return hex.length === SPAN_DIGITS ? hex.padStart(digits, '0') : '';
};

/**
 * Protobuf's own JSON has bytes in base64, and some senders encode their hex so
 * (https://github.com/open-telemetry/opentelemetry-swift/issues/537).
 */
const base64Id = (text: string, digits: number): string => {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length === digits / 2) return bytes.toString('hex');
  const inner = bytes.toString('latin1');
  return inner.length === digits && isHex(inner) ? inner.toLowerCase() : '';
};

const bytesId = (bytes: readonly unknown[], digits: number): string =>
  bytes.length === digits / 2 && bytes.every(isByte) ? Buffer.from(bytes).toString('hex') : '';

const isByte = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 255;
