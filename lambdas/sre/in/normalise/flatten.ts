import { firstCharacters } from '../../../shared/characters.ts';
import type { AttributeValue } from '../../domain/log-record.ts';
import {
  ATTRIBUTE_CHARS_MAX,
  ATTRIBUTE_KEY_CHARS_MAX,
  ATTRIBUTES_MAX,
  STACK_CHARS_MAX,
  VALUE_DEPTH_MAX,
} from '../limits.ts';
import {
  anyValueOf,
  attributesOf,
  doubleOf,
  integerOf,
  isMessage,
  listOf,
  textOf,
} from '../otlp/values.ts';

/** Attributes while they are read. Not yet masked. */
export type Flat = Map<string, AttributeValue>;

/**
 * Attributes as one flat map: what is in `a` below `b` is `b.a`, a list is its JSON. An attribute that cannot be read costs
 * itself alone; those past the limit are left out, and how many is said in `dropped_attributes_count`.
 */
export const flatten = (attributes: unknown): Flat => {
  const flat: Flat = new Map();
  let dropped = 0;
  for (const attribute of attributesOf(attributes)) {
    if (flat.size >= ATTRIBUTES_MAX) dropped += 1;
    else addAttribute(flat, '', attribute, VALUE_DEPTH_MAX);
  }
  if (dropped > 0) flat.set(DROPPED, dropped);
  return flat;
};

const DROPPED = 'dropped_attributes_count';

const addAttribute = (flat: Flat, above: string, attribute: unknown, depth: number): void => {
  if (!isMessage(attribute)) return;
  const name = attribute['key'];
  if (typeof name !== 'string' || name === '') return;
  const key = above === '' ? name : `${above}.${name}`;
  const value = anyValueOf(attribute['value']);
  if (value === null) return;
  const scalar = scalarOf(value);
  if (scalar !== null) set(flat, key, scalar);
  else if (isMessage(value['kvlistValue']) && depth > 0)
    for (const member of listOf(value['kvlistValue']['values']))
      addAttribute(flat, key, member, depth - 1);
  else if (isMessage(value['arrayValue'])) set(flat, key, JSON.stringify(plainOf(value, depth)));
};

/** What came first stays: a body's member does not replace an attribute. */
export const set = (flat: Flat, key: string, value: AttributeValue): void => {
  const short = shortKey(key);
  if (flat.size >= ATTRIBUTES_MAX || flat.has(short)) return;
  flat.set(
    short,
    typeof value === 'string' && value.length > ATTRIBUTE_CHARS_MAX + MARGIN_CHARS
      ? cut(short, value)
      : value,
  );
};

/** NUL separates keys where they are stored. */
const shortKey = (key: string): string => {
  const whole = key.includes('\u0000') ? key.replaceAll('\u0000', '\ufffd') : key;
  return whole.length > ATTRIBUTE_KEY_CHARS_MAX
    ? firstCharacters(whole, ATTRIBUTE_KEY_CHARS_MAX)
    : whole;
};

/** A little more than is kept: it is masked before it is cut. */
const MARGIN_CHARS = 1_024;

/** A stack is longer than other values. */
const cut = (key: string, value: string): string =>
  firstCharacters(
    value,
    /stack/i.test(key) ? STACK_CHARS_MAX + MARGIN_CHARS : ATTRIBUTE_CHARS_MAX + MARGIN_CHARS,
  );

/** A value that is text, a number or a boolean; null for a list, a map, and for none. */
export const scalarOf = (value: Readonly<Record<string, unknown>>): AttributeValue | null => {
  const text = value['stringValue'];
  if (typeof text === 'string') return text;
  const integer = value['intValue'];
  if (integer !== undefined) return integerOf(integer);
  const flag = value['boolValue'];
  if (typeof flag === 'boolean') return flag;
  const double = value['doubleValue'];
  if (double !== undefined) return doubleOf(double);
  return bytesOf(value['bytesValue']);
};

/** JSON has bytes in base64 already. */
const bytesOf = (bytes: unknown): string | null => {
  if (typeof bytes === 'string') return bytes;
  return bytes instanceof Uint8Array ? Buffer.from(bytes).toString('base64') : null;
};

/** A value of any kind as JSON has it; null for none, and below so many levels. */
export const plainOf = (value: unknown, depth = VALUE_DEPTH_MAX): unknown => {
  const any = anyValueOf(value);
  if (any === null) return null;
  const scalar = scalarOf(any);
  if (scalar !== null || depth === 0) return scalar;
  if (isMessage(any['arrayValue']))
    return listOf(any['arrayValue']['values']).map((item) => plainOf(item, depth - 1));
  if (!isMessage(any['kvlistValue'])) return null;
  const members = listOf(any['kvlistValue']['values']).filter(isMessage);
  return Object.fromEntries(
    members.map((member) => [textOf(member['key']), plainOf(member['value'], depth - 1)]),
  );
};
