import type { Attributes, AttributeValue } from '../../domain/log-record.ts';
import { CorruptBlock, type ByteReader, type ByteWriter } from './bytes.ts';
import {
  readNumbers,
  readTexts,
  readUnsigned,
  writeNumbers,
  writeTexts,
  writeUnsigned,
} from './columns.ts';
import { readTemplates, writeTemplates } from './templates.ts';

const KINDS = { string: 's', number: 'n', boolean: 'b' } as const;
const KEY_END = '\u0000';

const kindOf = (value: AttributeValue): string => {
  switch (typeof value) {
    case 'string':
      return KINDS.string;
    case 'number':
      return KINDS.number;
    default:
      return KINDS.boolean;
  }
};

/** Keys and types of one record's attributes: few records have keys of their own. */
interface Layout {
  readonly index: number;
  readonly keys: readonly string[];
  readonly kinds: string;
  readonly columns: readonly AttributeValue[][];
}

/** A column for each key and type. */
export const writeAttributes = (out: ByteWriter, all: readonly Attributes[]): void => {
  const layouts = new Map<string, Layout>();
  const columns = new Map<string, AttributeValue[]>();
  let last: Layout | undefined;
  const codes = all.map((attributes) => {
    if (last === undefined || !addTo(last, attributes)) {
      last = layoutOf(attributes, layouts, columns);
      addTo(last, attributes);
    }
    return last.index;
  });
  writeUnsigned(out, codes);
  out.unsigned(layouts.size);
  writeTexts(out, [...layouts.keys()]);
  out.unsigned(columns.size);
  for (const [name, values] of columns) {
    out.text(name);
    out.unsigned(values.length);
    writeColumn(out, name[0] ?? '', values);
  }
};

/** Adds the values of one record to the columns of a layout; false when they are of another one. */
const addTo = ({ keys, kinds, columns }: Layout, attributes: Attributes): boolean => {
  const own = Object.keys(attributes);
  if (own.length !== keys.length) return false;
  for (let index = 0; index < own.length; index += 1) {
    const key = own[index] ?? '';
    if (key !== keys[index] || kindOf(attributes[key] ?? '') !== kinds[index]) return false;
  }
  for (let index = 0; index < own.length; index += 1)
    columns[index]?.push(attributes[own[index] ?? ''] ?? '');
  return true;
};

const layoutOf = (
  attributes: Attributes,
  layouts: Map<string, Layout>,
  columns: Map<string, AttributeValue[]>,
): Layout => {
  const keys = Object.keys(attributes);
  const names = keys.map((key) => kindOf(attributes[key] ?? '') + key);
  const name = names.map((one) => one + KEY_END).join('');
  const known = layouts.get(name);
  if (known !== undefined) return known;
  const layout = {
    index: layouts.size,
    keys,
    kinds: names.map((one) => one[0] ?? '').join(''),
    columns: names.map((one) => columnOf(columns, one)),
  };
  layouts.set(name, layout);
  return layout;
};

const columnOf = (columns: Map<string, AttributeValue[]>, name: string): AttributeValue[] => {
  const known = columns.get(name);
  if (known !== undefined) return known;
  const column: AttributeValue[] = [];
  columns.set(name, column);
  return column;
};

const writeColumn = (out: ByteWriter, kind: string, values: readonly AttributeValue[]): void => {
  if (kind === KINDS.string) writeTemplates(out, values.map(String));
  else if (kind === KINDS.number) writeNumbers(out, values.map(Number));
  else writeUnsigned(out, values.map(Number));
};

const readColumn = (input: ByteReader, kind: string, count: number): AttributeValue[] => {
  if (kind === KINDS.string) return readTemplates(input, count);
  if (kind === KINDS.number) return readNumbers(input, count);
  return readUnsigned(input, count).map((value) => value === 1);
};

export const readAttributes = (input: ByteReader, count: number): Attributes[] => {
  const codes = readUnsigned(input, count);
  const layouts = readTexts(input, input.unsigned()).map(namesOf);
  const columns = new Map<string, AttributeValue[]>();
  const size = input.unsigned();
  for (let index = 0; index < size; index += 1) {
    const name = input.text();
    columns.set(name, readColumn(input, name[0] ?? '', input.unsigned()));
  }
  const next = new Map<string, number>();
  return codes.map((code) => {
    const names = layouts[code];
    if (names === undefined) throw new CorruptBlock('a layout of a block is unknown');
    if (names.length === 0) return NO_ATTRIBUTES;
    return Object.fromEntries(
      names.map((name) => {
        const index = next.get(name) ?? 0;
        next.set(name, index + 1);
        return [name.slice(1), valueOf(columns, name, index)];
      }),
    );
  });
};

/** One for all records without any. */
const NO_ATTRIBUTES: Attributes = {};

const valueOf = (
  columns: ReadonlyMap<string, readonly AttributeValue[]>,
  name: string,
  index: number,
): AttributeValue => {
  const value = columns.get(name)?.[index];
  if (value === undefined) throw new CorruptBlock('an attribute of a block has no value');
  return value;
};

const namesOf = (layout: string): string[] => layout.split(KEY_END).slice(0, -1);
