import { CorruptBlock, type ByteReader, type ByteWriter } from './bytes.ts';
import {
  readDeltas,
  readTexts,
  readUnsigned,
  writeDeltas,
  writeTexts,
  writeUnsigned,
} from './columns.ts';
import { KnownTexts } from '../known-texts.ts';
import { HOLE, joinText, TextSplitter } from './split-text.ts';
import { Values } from './values.ts';

/** Texts of one template. */
interface Group {
  readonly index: number;
  readonly parts: readonly string[];
  /** Of each text, where its values begin among all. */
  readonly places: number[];
}

/** Where a text that was split already has its values; it may come again. */
interface Split {
  readonly group: Group;
  readonly place: number;
}

/** Texts as their templates, each once, and the values of each place in a template beside each other. */
export const writeTemplates = (out: ByteWriter, texts: readonly string[]): void => {
  const groups: Group[] = [];
  const byHash = new Map<number, Group[]>();
  const known = new KnownTexts<Split>();
  const codes: number[] = [];
  values.clear();
  for (let index = 0; index < texts.length; index += 1) {
    const whole = texts[index] ?? '';
    let split = known.get(whole);
    if (split === undefined) {
      split = splitOf(whole, groups, byHash);
      known.set(whole, split);
    }
    const { group, place } = split;
    codes.push(group.index);
    if (group.parts.length > 1) group.places.push(place);
  }
  writeUnsigned(out, codes);
  out.unsigned(groups.length);
  writeTexts(
    out,
    groups.map(({ parts }) => parts.join(HOLE)),
  );
  for (const group of groups)
    for (let slot = 0; slot + 1 < group.parts.length; slot += 1) writeSlot(out, group, slot);
};

/** Their buffers serve all calls: one at a time. */
const splitter = new TextSplitter();
const values = new Values();

const splitOf = (whole: string, groups: Group[], byHash: Map<number, Group[]>): Split => {
  const text = splitter.split(whole) ? whole : splitWithoutHoles(whole);
  const group = groupOf(text, groups, byHash);
  return { group, place: splitter.values === 0 ? 0 : values.add(splitter) };
};

const splitWithoutHoles = (whole: string): string => {
  const text = whole.replaceAll(HOLE, '\ufffd');
  splitter.split(text);
  return text;
};

const groupOf = (text: string, groups: Group[], byHash: Map<number, Group[]>): Group => {
  const candidates = byHash.get(splitter.hash);
  if (candidates !== undefined)
    for (const candidate of candidates) if (splitter.fits(text, candidate.parts)) return candidate;
  const group = { index: groups.length, parts: splitter.partsOf(text), places: [] };
  groups.push(group);
  if (candidates === undefined) byHash.set(splitter.hash, [group]);
  else candidates.push(group);
  return group;
};

const [TEXTS, DELTAS] = [0, 1];

/** Numbers that rise or repeat are smaller as what they grow by. No text is made of a value: it is read where it stands. */
const writeSlot = (out: ByteWriter, { places }: Group, slot: number): void => {
  const numbers = places.length > 1 ? decimalsOf(places, slot) : null;
  if (numbers !== null) {
    out.byte(DELTAS);
    writeDeltas(out, numbers);
    return;
  }
  out.byte(TEXTS);
  out.section(() => {
    for (let index = 0; index < places.length; index += 1) {
      const at = (places[index] ?? 0) + slot;
      out.unsigned(values.startOf(at + 1) - values.startOf(at));
    }
  });
  out.section(() => {
    for (let index = 0; index < places.length; index += 1) {
      const at = (places[index] ?? 0) + slot;
      out.copy(values.bytes, values.startOf(at), values.startOf(at + 1));
    }
  });
};

const DECIMAL_CHARS_MAX = 15;
const DIGIT_0 = 48;

/** null when one of them is no number that reads the same again, and when they are smaller as text. */
const decimalsOf = (places: readonly number[], slot: number): number[] | null => {
  const numbers: number[] = [];
  let [bits, digits, last] = [0, 0, 0];
  for (let index = 0; index < places.length; index += 1) {
    const at = (places[index] ?? 0) + slot;
    const [start, end] = [values.startOf(at), values.startOf(at + 1)];
    const number = decimalAt(values.bytes, start, end);
    if (number === -1) return null;
    const delta = Math.abs(number - last);
    // A digit of text takes about four bits, one of a delta two for each of its own.
    bits += delta < 2 ** 31 ? 2 * (32 - Math.clz32(delta)) + 1 : 100;
    digits += end - start;
    last = number;
    numbers.push(number);
  }
  return bits < digits * 4 ? numbers : null;
};

const decimalAt = (bytes: Uint8Array, start: number, end: number): number => {
  const chars = end - start;
  if (chars > DECIMAL_CHARS_MAX || (chars > 1 && bytes[start] === DIGIT_0)) return -1;
  let number = 0;
  for (let index = start; index < end; index += 1) {
    const digit = (bytes[index] ?? 0) - DIGIT_0;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
};

/** Of each text its first `charsMax` characters at least. */
export const readTemplates = (input: ByteReader, count: number, charsMax = Infinity): string[] => {
  const codes = readUnsigned(input, count);
  const templates = readTexts(input, input.unsigned()).map((template) => template.split(HOLE));
  const sizes = templates.map(() => 0);
  for (let index = 0; index < count; index += 1) {
    const code = codes[index] ?? 0;
    if (code < sizes.length) sizes[code] = (sizes[code] ?? 0) + 1;
  }
  const slots = templates.map((parts, index) =>
    parts.slice(1).map(() => readSlot(input, sizes[index] ?? 0)),
  );
  const seen = templates.map(() => 0);
  return codes.map((code) => {
    const nth = seen[code] ?? 0;
    seen[code] = nth + 1;
    const text = joinText(templates[code] ?? [], slots[code] ?? [], nth, charsMax);
    if (text === null) throw new CorruptBlock('a template of a block has other values');
    return text;
  });
};

const readSlot = (input: ByteReader, count: number): string[] =>
  input.byte() === DELTAS ? readDeltas(input, count).map(String) : readTexts(input, count);
