import { CorruptBlock, type ByteReader, type ByteWriter } from './bytes.ts';
import {
  readTexts,
  readUnsigned,
  writeTexts,
  writeUnsigned,
  readDeltas,
  writeDeltas,
} from './columns.ts';
import { HOLE, joinText, splitText } from './split-text.ts';

/** Values of one place in one template, in the order of the texts. */
interface Group {
  readonly index: number;
  readonly slots: string[][];
}

/** Texts as their templates, each once, and the values of each place in a template beside each other. */
export const writeTemplates = (out: ByteWriter, texts: readonly string[]): void => {
  const groups = new Map<string, Group>();
  const codes = texts.map((text) => {
    const { template, values } = splitText(text);
    let group = groups.get(template);
    if (group === undefined) {
      group = { index: groups.size, slots: values.map(() => []) };
      groups.set(template, group);
    }
    for (let slot = 0; slot < values.length; slot += 1) group.slots[slot]?.push(values[slot] ?? '');
    return group.index;
  });
  writeUnsigned(out, codes);
  out.unsigned(groups.size);
  writeTexts(out, [...groups.keys()]);
  for (const { slots } of groups.values()) for (const values of slots) writeSlot(out, values);
};

const [TEXTS, DELTAS] = [0, 1];
const DECIMAL = /^(?:0|[1-9]\d{0,14})$/;

/** Numbers that rise or repeat are smaller as what they grow by. */
const writeSlot = (out: ByteWriter, values: readonly string[]): void => {
  const numbers =
    values.length > 1 && values.every((value) => DECIMAL.test(value)) ? values.map(Number) : [];
  if (numbers.length > 0 && areSmallerAsDeltas(values, numbers)) {
    out.byte(DELTAS);
    writeDeltas(out, numbers);
    return;
  }
  out.byte(TEXTS);
  writeTexts(out, values);
};

const areSmallerAsDeltas = (values: readonly string[], numbers: readonly number[]): boolean => {
  let [bits, digits, last] = [0, 0, 0];
  for (const [index, number] of numbers.entries()) {
    bits += 2 * Math.log2(Math.abs(number - last) + 1) + 1;
    digits += values[index]?.length ?? 0;
    last = number;
  }
  return bits < digits * 4;
};

export const readTemplates = (input: ByteReader, count: number): string[] => {
  const codes = readUnsigned(input, count);
  const templates = readTexts(input, input.unsigned());
  const sizes = templates.map(() => 0);
  for (const code of codes) if (code < sizes.length) sizes[code] = (sizes[code] ?? 0) + 1;
  const slots = templates.map((template, index) =>
    Array.from({ length: holesOf(template) }, () => readSlot(input, sizes[index] ?? 0)),
  );
  const seen = templates.map(() => 0);
  return codes.map((code) => {
    const nth = seen[code] ?? 0;
    seen[code] = nth + 1;
    const values = slots[code]?.map((column) => column[nth] ?? '') ?? [];
    const text = joinText(templates[code] ?? HOLE, values);
    if (text === null) throw new CorruptBlock('a template of a block has other values');
    return text;
  });
};

const holesOf = (template: string): number => template.split(HOLE).length - 1;

const readSlot = (input: ByteReader, count: number): string[] =>
  input.byte() === DELTAS ? readDeltas(input, count).map(String) : readTexts(input, count);
