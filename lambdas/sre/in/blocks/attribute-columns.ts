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

/** Keys and types of one record's attributes: few records have keys of their own. */
const layoutOf = (attributes: Attributes): string => {
  let layout = '';
  for (const [key, value] of Object.entries(attributes)) layout += kindOf(value) + key + KEY_END;
  return layout;
};

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

/** A column for each key and type. */
export const writeAttributes = (out: ByteWriter, all: readonly Attributes[]): void => {
  const layouts = new Map<string, number>();
  const columns = new Map<string, AttributeValue[]>();
  const codes = all.map((attributes) => {
    for (const [key, value] of Object.entries(attributes)) {
      const name = kindOf(value) + key;
      const column = columns.get(name);
      if (column === undefined) columns.set(name, [value]);
      else column.push(value);
    }
    const layout = layoutOf(attributes);
    const index = layouts.get(layout) ?? layouts.size;
    layouts.set(layout, index);
    return index;
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
    return Object.fromEntries(
      names.map((name) => {
        const index = next.get(name) ?? 0;
        next.set(name, index + 1);
        return [name.slice(1), valueOf(columns, name, index)];
      }),
    );
  });
};

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
