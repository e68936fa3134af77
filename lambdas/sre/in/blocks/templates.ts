import { CorruptBlock, type ByteReader, type ByteWriter } from './bytes.ts';
import {
  readDeltas,
  readTexts,
  readUnsigned,
  writeDeltas,
  writeTexts,
  writeUnsigned,
} from './columns.ts';
import { HOLE, joinText, TextSplitter } from './split-text.ts';

/** Values of one place in one template, in the order of the texts. */
interface Group {
  readonly index: number;
  readonly parts: readonly string[];
  readonly slots: readonly string[][];
}

/** Texts as their templates, each once, and the values of each place in a template beside each other. */
export const writeTemplates = (out: ByteWriter, texts: readonly string[]): void => {
  const groups: Group[] = [];
  const byHash = new Map<number, Group[]>();
  const splitter = new TextSplitter();
  const codes = texts.map((whole) => {
    const text = whole.includes(HOLE) ? whole.replaceAll(HOLE, '\ufffd') : whole;
    splitter.split(text);
    const { parts, slots, index } = groupOf(text, splitter, groups, byHash);
    for (let slot = 0; slot + 1 < parts.length; slot += 1)
      slots[slot]?.push(splitter.valueAt(text, slot));
    return index;
  });
  writeUnsigned(out, codes);
  out.unsigned(groups.length);
  writeTexts(
    out,
    groups.map(({ parts }) => parts.join(HOLE)),
  );
  for (const { slots } of groups) for (const values of slots) writeSlot(out, values);
};

const groupOf = (
  text: string,
  splitter: TextSplitter,
  groups: Group[],
  byHash: Map<number, Group[]>,
): Group => {
  const candidates = byHash.get(splitter.hash);
  const known = candidates?.find(({ parts }) => splitter.fits(text, parts));
  if (known !== undefined) return known;
  const parts = splitter.partsOf(text);
  const group: Group = { index: groups.length, parts, slots: parts.slice(1).map(() => []) };
  groups.push(group);
  if (candidates === undefined) byHash.set(splitter.hash, [group]);
  else candidates.push(group);
  return group;
};

const [TEXTS, DELTAS] = [0, 1];

/** Numbers that rise or repeat are smaller as what they grow by. */
const writeSlot = (out: ByteWriter, values: readonly string[]): void => {
  const numbers = values.length > 1 ? decimalsOf(values) : null;
  if (numbers !== null && areSmallerAsDeltas(values, numbers)) {
    out.byte(DELTAS);
    writeDeltas(out, numbers);
    return;
  }
  out.byte(TEXTS);
  writeTexts(out, values);
};

const DECIMAL_CHARS_MAX = 15;
const DIGIT_0 = 48;

/** null when one of them is no number that reads the same again. */
const decimalsOf = (values: readonly string[]): number[] | null => {
  const numbers: number[] = [];
  for (const value of values) {
    const { length } = value;
    if (length > DECIMAL_CHARS_MAX || (length > 1 && value.charCodeAt(0) === DIGIT_0)) return null;
    let number = 0;
    for (let index = 0; index < length; index += 1) {
      const digit = value.charCodeAt(index) - DIGIT_0;
      if (digit < 0 || digit > 9) return null;
      number = number * 10 + digit;
    }
    numbers.push(number);
  }
  return numbers;
};

/** A digit of text takes about four bits, one of a delta two for each of its own. */
const areSmallerAsDeltas = (values: readonly string[], numbers: readonly number[]): boolean => {
  let [bits, digits, last] = [0, 0, 0];
  for (let index = 0; index < numbers.length; index += 1) {
    const number = numbers[index] ?? 0;
    const delta = Math.abs(number - last);
    bits += delta < 2 ** 31 ? 2 * (32 - Math.clz32(delta)) + 1 : 100;
    digits += values[index]?.length ?? 0;
    last = number;
  }
  return bits < digits * 4;
};

export const readTemplates = (input: ByteReader, count: number): string[] => {
  const codes = readUnsigned(input, count);
  const templates = readTexts(input, input.unsigned()).map((template) => template.split(HOLE));
  const sizes = templates.map(() => 0);
  for (const code of codes) if (code < sizes.length) sizes[code] = (sizes[code] ?? 0) + 1;
  const slots = templates.map((parts, index) =>
    parts.slice(1).map(() => readSlot(input, sizes[index] ?? 0)),
  );
  const seen = templates.map(() => 0);
  return codes.map((code) => {
    const nth = seen[code] ?? 0;
    seen[code] = nth + 1;
    const values = slots[code]?.map((column) => column[nth] ?? '') ?? [];
    const text = joinText(templates[code] ?? [], values);
    if (text === null) throw new CorruptBlock('a template of a block has other values');
    return text;
  });
};

const readSlot = (input: ByteReader, count: number): string[] =>
  input.byte() === DELTAS ? readDeltas(input, count).map(String) : readTexts(input, count);
