import { OtlpId } from './otlp-reader.ts';

/** A message of either encoding: nothing is known of its members before they are read. */
export type Message = Readonly<Record<string, unknown>>;

export const isMessage = (value: unknown): value is Message =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const NOTHING: readonly unknown[] = [];

export const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : NOTHING;

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** 0 for what is no whole number. */
export const enumOf = (value: unknown): number =>
  typeof value === 'number' && Number.isInteger(value) ? value : integerOfText(value);

const integerOfText = (value: unknown): number =>
  typeof value === 'string' && /^\d{1,3}$/.test(value) ? Number(value) : 0;

/** 64 bits as protobufjs reads them, and as older exporters for JavaScript wrote them in JSON. */
interface Int64 {
  readonly low: number;
  readonly high: number;
}

const isInt64 = (value: unknown): value is Int64 =>
  isMessage(value) && Number.isInteger(value['low']) && Number.isInteger(value['high']);

const bigOf = ({ low, high }: Int64): bigint => (BigInt(high) << 32n) | BigInt(low >>> 0);

const HIGH = 2 ** 32;

const NANOS_A_MS = 1_000_000;

/** Whole milliseconds of a time in nanoseconds; 0 for none. JSON has it as text or, from some senders, as a number. */
export const millisecondsOf = (nanos: unknown): number => {
  if (typeof nanos === 'object' && nanos !== null)
    return isInt64(nanos) ? milliseconds64(nanos) : 0;
  if (typeof nanos === 'string') return textMilliseconds(nanos);
  return typeof nanos === 'number' && nanos > 0 && nanos < 2 ** 64
    ? Math.floor(nanos / NANOS_A_MS)
    : 0;
};

/** 2 ** 32 ns are 4,294 ms and 967,296 ns: exact, with no bigint. */
const milliseconds64 = (nanos: Int64): number => {
  const [high, low] = [nanos.high >>> 0, nanos.low >>> 0];
  return high * 4_294 + Math.floor((high * 967_296 + low) / NANOS_A_MS);
};

const textMilliseconds = (nanos: string): number => {
  if (/^\d{7,20}$/.test(nanos)) return Number(nanos.slice(0, -6));
  // protobuf's JSON also takes an exponent.
  const number = Number(nanos);
  return number > 0 && number < 2 ** 64 ? Math.floor(number / NANOS_A_MS) : 0;
};

/** Nanoseconds between two times, as a fraction of milliseconds; negative when the second is earlier. */
export const durationMsOf = (start: unknown, end: unknown): number => {
  const [from, to] = [nanosOf(start), nanosOf(end)];
  return from === null || to === null ? 0 : Number(to - from) / NANOS_A_MS;
};

const nanosOf = (value: unknown): bigint | null => {
  if (isInt64(value)) return BigInt.asUintN(64, bigOf(value));
  if (typeof value === 'string') return /^\d{1,20}$/.test(value) ? BigInt(value) : null;
  return typeof value === 'number' && value >= 0 && value < 2 ** 64
    ? BigInt(Math.round(value))
    : null;
};

/**
 * A 64-bit integer: a number where one holds it, else its digits. null: none. `1e+21`, which JavaScript's exporter sends,
 * is the number that it is.
 */
export const integerOf = (value: unknown): number | string | null => {
  if (isInt64(value)) {
    const number = (value.high | 0) * HIGH + (value.low >>> 0);
    return Number.isSafeInteger(number) ? number : String(BigInt.asIntN(64, bigOf(value)));
  }
  if (typeof value === 'number') return wholeNumber(value);
  if (typeof value !== 'string' || value.length > 40 || value.trim() === '') return null;
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  if (/^-?\d+$/.test(value)) return value;
  return Number.isFinite(number) ? number : null;
};

/** Past 2 ** 53 as digits, as protobuf has it; past 2 ** 63 it was no integer. */
const wholeNumber = (value: number): number | string | null => {
  if (!Number.isFinite(value)) return null;
  const isLarge = Number.isInteger(value) && !Number.isSafeInteger(value);
  return isLarge && Math.abs(value) < 2 ** 63 ? String(BigInt(value)) : value;
};

/** A double; what JSON cannot carry comes as text ('NaN') or, from JavaScript, as null, which is no value. */
export const doubleOf = (value: unknown): number | string | null => {
  if (typeof value === 'string') {
    if (NOT_FINITE.has(value)) return value;
    const number = value.trim() === '' ? Number.NaN : Number(value);
    return Number.isFinite(number) ? number : null;
  }
  if (typeof value !== 'number') return null;
  return Number.isFinite(value) ? value : String(value);
};

const NOT_FINITE = new Set(['NaN', 'Infinity', '-Infinity']);

/** An id as hex of so many digits; null for none, for zeros, and for what is no such id. */
export const hexIdOf = (value: unknown, digits: number): string | null => {
  const hex = value instanceof OtlpId ? value.hex : hexText(value, digits);
  if (hex.length !== digits) return null;
  return hex.charCodeAt(0) === ZERO && ZEROS.startsWith(hex) ? null : hex;
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
