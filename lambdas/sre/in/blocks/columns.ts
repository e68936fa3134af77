import { CorruptBlock, type ByteReader, type ByteWriter } from './bytes.ts';

/** A column writes all values of one field beside each other, as a section of its own. Reading needs their number. */

export const writeDeltas = (out: ByteWriter, values: readonly number[]): void => {
  out.section(() => {
    let last = 0;
    for (let index = 0; index < values.length; index += 1) {
      const value = values[index] ?? 0;
      out.signed(value - last);
      last = value;
    }
  });
};

export const readDeltas = (input: ByteReader, count: number): number[] => {
  const column = input.section();
  const values = roomFor(column, count);
  let last = 0;
  for (let index = 0; index < count; index += 1) {
    last += column.signed();
    values[index] = last;
  }
  return values;
};

/** Of its final length: an array that grows leaves what it was behind. */
const roomFor = (column: ByteReader, count: number): number[] => {
  const values: number[] = [];
  values.length = bounded(column, count);
  return values;
};

/** Each value takes a byte at least. */
const bounded = (column: ByteReader, count: number): number => {
  if (count > column.left) throw new CorruptBlock('a column of a block is too short');
  return count;
};

export const writeUnsigned = (out: ByteWriter, values: readonly number[]): void => {
  out.section(() => {
    for (let index = 0; index < values.length; index += 1) out.unsigned(values[index] ?? 0);
  });
};

export const readUnsigned = (input: ByteReader, count: number): number[] =>
  unsignedOf(input.section(), count);

const unsignedOf = (column: ByteReader, count: number): number[] => {
  const values = roomFor(column, count);
  for (let index = 0; index < count; index += 1) values[index] = column.unsigned();
  return values;
};

/** Lengths apart from characters, so that characters of one kind lie together. */
export const writeTexts = (out: ByteWriter, values: readonly string[]): void => {
  writeUnsigned(
    out,
    values.map((value) => value.length),
  );
  out.text(values.join(''));
};

export const readTexts = (input: ByteReader, count: number): string[] => {
  const lengths = readUnsigned(input, count);
  const text = input.text();
  let at = 0;
  const values = lengths.map((length) => {
    at += length;
    return text.slice(at - length, at);
  });
  if (at !== text.length) throw new CorruptBlock('texts of a block have other lengths');
  return values;
};

/** Values that repeat: each once, and which one it is. 0 is null, 1 is the next that was not there yet. */
export const writeRepeated = (out: ByteWriter, values: readonly (string | null)[]): void => {
  if (values.every(isNull)) {
    writeNulls(out, values.length);
    return;
  }
  const known = new Map<string, number>();
  writeUnsigned(
    out,
    values.map((value) => {
      if (value === null) return 0;
      const index = known.get(value);
      if (index !== undefined) return index + 2;
      known.set(value, known.size);
      return 1;
    }),
  );
  out.unsigned(known.size);
  writeTexts(out, [...known.keys()]);
};

const isNull = (value: string | null): boolean => value === null;

/** The same for nothing but nulls, as most columns of most batches are. */
const writeNulls = (out: ByteWriter, count: number): void => {
  out.section(() => out.zeros(count));
  out.unsigned(0);
  writeTexts(out, []);
};

export const readRepeated = (input: ByteReader, count: number): readonly (string | null)[] => {
  const column = input.section();
  // As most columns of most batches are.
  if (column.left === count && column.isZero) {
    readTexts(input, input.unsigned());
    return nulls(count);
  }
  const codes = unsignedOf(column, count);
  const known = readTexts(input, input.unsigned());
  let next = 0;
  return codes.map((code) => {
    if (code === 0) return null;
    const index = code === 1 ? next : code - 2;
    if (code === 1) next += 1;
    return known[index] ?? corrupt('a value of a block is unknown');
  });
};

let known: readonly null[] = [];

/** Nothing but nulls. Batches of one size share it. */
export const nulls = (count: number): readonly null[] => {
  if (known.length !== count) known = Array.from({ length: count }, () => null);
  return known;
};

const corrupt = (why: string): never => {
  throw new CorruptBlock(why);
};

const [NO_ID, NEW_ID, SAME_ID] = [0, 1, 2];

/** Ids are random: raw bytes, or the same as the one before. */
export const writeIds = (out: ByteWriter, ids: readonly (string | null)[]): void => {
  const own: string[] = [];
  out.section(() => {
    let last: string | null = null;
    for (const id of ids) {
      out.byte(id === null ? NO_ID : id === last ? SAME_ID : NEW_ID);
      if (id === null || id === last) continue;
      own.push(id);
      last = id;
    }
  });
  out.section(() => out.hex(own.join('')));
};

export const readIds = (input: ByteReader, count: number, bytes: number): (string | null)[] => {
  const [codes, ids] = [input.section(), input.section()];
  let last: string | null = null;
  return Array.from({ length: bounded(codes, count) }, () => {
    const code = codes.byte();
    if (code === NO_ID) return null;
    if (code === NEW_ID) last = ids.hex(bytes);
    return last;
  });
};

const [WHOLE, FRACTIONS] = [0, 1];

/** Numbers of any size: as deltas where all are whole, else as text, which gives each of them back exactly. */
export const writeNumbers = (out: ByteWriter, values: readonly number[]): void => {
  const areWhole = values.every(
    (value) => Number.isInteger(value) && Math.abs(value) <= 2 ** 50 && !Object.is(value, -0),
  );
  out.byte(areWhole ? WHOLE : FRACTIONS);
  if (areWhole) writeDeltas(out, values);
  else
    writeTexts(
      out,
      values.map((value) => (Object.is(value, -0) ? '-0' : String(value))),
    );
};

export const readNumbers = (input: ByteReader, count: number): number[] =>
  input.byte() === WHOLE ? readDeltas(input, count) : readTexts(input, count).map(Number);
