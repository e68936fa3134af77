/** A message of either encoding: nothing is known of its members before they are read. */
export type Message = Readonly<Record<string, unknown>>;

export const isMessage = (value: unknown): value is Message =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const NOTHING: readonly unknown[] = [];

export const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value : NOTHING;

export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

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

/**
 * Whole milliseconds of a time in nanoseconds; 0 for none. JSON has it as text or, from some senders, as a number. Of JSON a
 * time of the first days of 1970 is one of this century in another unit: a sender forgot to multiply.
 */
export const millisecondsOf = (nanos: unknown): number => {
  if (typeof nanos === 'object' && nanos !== null)
    return isInt64(nanos) ? milliseconds64(nanos) : 0;
  if (typeof nanos === 'string') return textMilliseconds(nanos);
  return typeof nanos === 'number' && nanos > 0 && nanos < 2 ** 64 ? fromUnit(nanos) : 0;
};

/** From 2001 on in seconds, milliseconds and microseconds, each read as nanoseconds is of January 1970. */
const fromUnit = (time: number): number => {
  if (time >= 1e17) return Math.floor(time / NANOS_A_MS);
  if (time >= 1e15) return Math.floor(time / 1_000);
  if (time >= 1e12) return Math.floor(time);
  return time >= 1e9 ? Math.floor(time * 1_000) : Math.floor(time / NANOS_A_MS);
};

/** 2 ** 32 ns are 4,294 ms and 967,296 ns: exact, with no bigint. */
const milliseconds64 = (nanos: Int64): number => {
  const [high, low] = [nanos.high >>> 0, nanos.low >>> 0];
  return high * 4_294 + Math.floor((high * 967_296 + low) / NANOS_A_MS);
};

const textMilliseconds = (nanos: string): number => {
  if (/^\d{18,20}$/.test(nanos)) return Number(nanos.slice(0, -6));
  // protobuf's JSON also takes an exponent.
  const number = Number(nanos);
  if (number > 0) return number < 2 ** 64 ? fromUnit(number) : 0;
  return DATE.test(nanos) ? Math.max(0, Date.parse(nanos) || 0) : 0;
};

const DATE = /^\d{4}-\d\d-\d\dT[\d:.]{5,20}(?:Z|[+-]\d\d:\d\d)$/;

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

/** What an `AnyValue` of OTLP may be. */
const KINDS = [
  'stringValue',
  'boolValue',
  'intValue',
  'doubleValue',
  'arrayValue',
  'kvlistValue',
  'bytesValue',
];

/**
 * A value as OTLP has it; null for none. Plain JSON in its place (`"body": "x"`, `"value": 3`), as programs write it that make
 * their requests by hand, is what it looks like. What is in it is not looked at yet.
 */
export const anyValueOf = (value: unknown): Message | null => {
  switch (typeof value) {
    case 'string':
      return { stringValue: value };
    case 'boolean':
      return { boolValue: value };
    case 'number':
      return Number.isInteger(value) ? { intValue: value } : { doubleValue: value };
    default:
      if (Array.isArray(value)) return { arrayValue: { values: value } };
      return isMessage(value) ? ofMembers(value) : null;
  }
};

const ofMembers = (value: Message): Message => {
  const keys = Object.keys(value);
  if (keys.length === 0 || KINDS.some((kind) => kind in value)) return value;
  return { kvlistValue: { values: attributesOf(value) } };
};

/** Attributes are a list of keys and values; a JSON object in its place says the same. */
export const attributesOf = (value: unknown): readonly unknown[] =>
  isMessage(value)
    ? Object.entries(value).map(([key, member]) => ({ key, value: member }))
    : listOf(value);
