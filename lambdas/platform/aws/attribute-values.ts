import { isRecord } from './aws-error.ts';

/** A value of an item on the wire of DynamoDB: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html */
export type WireValue =
  | { readonly S: string }
  /** A number as text, for it may have 38 digits. */
  | { readonly N: string }
  | { readonly BOOL: boolean }
  | { readonly NULL: true }
  /** Bytes in base64. */
  | { readonly B: string }
  | { readonly L: readonly WireValue[] }
  | { readonly M: WireItem };

export type WireItem = Readonly<Record<string, WireValue>>;

/**
 * Plain values in the shape of the wire. What is undefined is left out. Throws on what an item cannot hold, and on sets
 * and classes, which nothing here stores.
 */
export const encodeItem = (item: Readonly<Record<string, unknown>>): WireItem => {
  const wire: Record<string, WireValue> = {};
  for (const [name, value] of Object.entries(item))
    if (value !== undefined) put(wire, name, encode(value));
  return wire;
};

const encode = (value: unknown): WireValue => {
  switch (typeof value) {
    case 'string':
      return { S: value };
    case 'number':
      return { N: numberText(value) };
    case 'bigint':
      return { N: value.toString() };
    case 'boolean':
      return { BOOL: value };
    case 'object':
      return encodeObject(value);
    default:
      throw new TypeError(`an item cannot hold a ${typeof value}`);
  }
};

const encodeObject = (value: object | null): WireValue => {
  if (value === null) return { NULL: true };
  if (Array.isArray(value)) return { L: value.filter((entry) => entry !== undefined).map(encode) };
  if (value instanceof Uint8Array) {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    return { B: bytes.toString('base64') };
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null)
    throw new TypeError(`an item cannot hold a ${value.constructor.name}`);
  return { M: encodeItem({ ...value }) };
};

const numberText = (value: number): string => {
  // Beyond this a number is not the one that was meant.
  if (!Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER)
    throw new RangeError(`an item cannot hold ${value}`);
  return String(value);
};

/**
 * An item of the wire in plain values. Throws on a shape that nothing here stores. It has no prototype: its attributes come
 * in any order, for each of which V8 would make a class of objects.
 */
export const decodeItem = (wire: unknown): Record<string, unknown> => {
  if (!isRecord(wire)) throw unreadable(wire);
  const item: Record<string, unknown> = Object.create(null);
  for (const name of Object.keys(wire)) item[name] = decode(wire[name]);
  return item;
};

/** A value has one member, named after its type. The SDK, where it is the client, has read its bytes already. */
const decode = (wire: unknown): unknown => {
  if (!isRecord(wire)) throw unreadable(wire);
  if ('S' in wire) return wire['S'];
  if ('N' in wire) return numberOf(String(wire['N']));
  if ('M' in wire) return decodeItem(wire['M']);
  if ('NULL' in wire) return null;
  if ('BOOL' in wire) return wire['BOOL'];
  if ('B' in wire) return wire['B'] instanceof Uint8Array ? wire['B'] : bytesOf(String(wire['B']));
  const list = wire['L'];
  if (Array.isArray(list)) return list.map(decode);
  throw unreadable(Object.keys(wire).join());
};

/** An integer that a number cannot hold is a bigint. */
const numberOf = (text: string): number | bigint => {
  const number = Number(text);
  return Math.abs(number) <= Number.MAX_SAFE_INTEGER ? number : BigInt(text);
};

const bytesOf = (text: string): Uint8Array => {
  const { buffer, byteOffset, byteLength } = Buffer.from(text, 'base64');
  return new Uint8Array(buffer, byteOffset, byteLength);
};

const unreadable = (wire: unknown): TypeError =>
  new TypeError(`not a value of DynamoDB: ${typeof wire === 'string' ? wire : typeof wire}`);

/** People choose names: `__proto__` is one like any other. */
const put = <T>(target: Record<string, T>, name: string, value: T): void => {
  if (name === '__proto__')
    Object.defineProperty(target, name, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  else target[name] = value;
};
