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

/** Texts of one template. */
interface Group {
  readonly index: number;
  readonly parts: readonly string[];
  readonly texts: string[];
  /** Where the starts and ends of each text's values begin among all. */
  readonly places: number[];
}

/** Where a text that was split already has its values; it may come again. */
interface Split {
  readonly group: Group;
  readonly text: string;
  readonly place: number;
}

/** Texts as their templates, each once, and the values of each place in a template beside each other. */
export const writeTemplates = (out: ByteWriter, texts: readonly string[]): void => {
  const groups: Group[] = [];
  const byHash = new Map<number, Group[]>();
  const splitter = new TextSplitter();
  const codes: number[] = [];
  let bounds = new Int32Array(texts.length * VALUES_USUAL * 2);
  let place = 0;
  const known = new KnownTexts<Split>();
  for (const whole of texts) {
    const again = known.get(whole);
    if (again !== undefined) {
      codes.push(again.group.index);
      if (again.group.parts.length > 1) addText(again);
      continue;
    }
    const text = splitter.split(whole) ? whole : splitWithoutHoles(whole, splitter);
    const group = groupOf(text, splitter, groups, byHash);
    codes.push(group.index);
    const split = { group, text, place };
    known.set(whole, split);
    const count = splitter.values * 2;
    if (count === 0) continue;
    addText(split);
    if (place + count > bounds.length) bounds = doubled(bounds, count);
    for (let index = 0; index < count; index += 1)
      bounds[place + index] = splitter.bounds[index] ?? 0;
    place += count;
  }
  writeUnsigned(out, codes);
  out.unsigned(groups.length);
  writeTexts(
    out,
    groups.map(({ parts }) => parts.join(HOLE)),
  );
  for (const group of groups)
    for (let slot = 0; slot + 1 < group.parts.length; slot += 1)
      writeSlot(out, group, bounds, slot * 2);
};

const addText = ({ group, text, place }: Split): void => {
  group.texts.push(text);
  group.places.push(place);
};

const VALUES_USUAL = 8;

const doubled = (bounds: Int32Array, room: number): Int32Array<ArrayBuffer> => {
  const larger = new Int32Array(bounds.length * 2 + room);
  larger.set(bounds);
  return larger;
};

const splitWithoutHoles = (whole: string, splitter: TextSplitter): string => {
  const text = whole.replaceAll(HOLE, '\ufffd');
  splitter.split(text);
  return text;
};

const groupOf = (
  text: string,
  splitter: TextSplitter,
  groups: Group[],
  byHash: Map<number, Group[]>,
): Group => {
  const candidates = byHash.get(splitter.hash);
  if (candidates !== undefined)
    for (const candidate of candidates) if (splitter.fits(text, candidate.parts)) return candidate;
  const group = { index: groups.length, parts: splitter.partsOf(text), texts: [], places: [] };
  groups.push(group);
  if (candidates === undefined) byHash.set(splitter.hash, [group]);
  else candidates.push(group);
  return group;
};

const [TEXTS, DELTAS] = [0, 1];

/**
 * Numbers that rise or repeat are smaller as what they grow by. A value is read where it stands: no text is made of it, and
 * its characters, those of a word, are a byte each.
 */
const writeSlot = (out: ByteWriter, group: Group, bounds: Int32Array, slot: number): void => {
  const { texts, places } = group;
  const numbers = texts.length > 1 ? decimalsOf(group, bounds, slot) : null;
  if (numbers !== null) {
    out.byte(DELTAS);
    writeDeltas(out, numbers);
    return;
  }
  out.byte(TEXTS);
  out.section(() => {
    for (const place of places)
      out.unsigned((bounds[place + slot + 1] ?? 0) - (bounds[place + slot] ?? 0));
  });
  out.section(() => {
    for (let index = 0; index < texts.length; index += 1) {
      const at = (places[index] ?? 0) + slot;
      out.ascii(texts[index] ?? '', bounds[at] ?? 0, bounds[at + 1] ?? 0);
    }
  });
};

const DECIMAL_CHARS_MAX = 15;
const DIGIT_0 = 48;

/** null when one of them is no number that reads the same again, and when they are smaller as text. */
const decimalsOf = (
  { texts, places }: Group,
  bounds: Int32Array,
  slot: number,
): number[] | null => {
  const numbers: number[] = [];
  let [bits, digits, last] = [0, 0, 0];
  for (let index = 0; index < texts.length; index += 1) {
    const at = (places[index] ?? 0) + slot;
    const [start, end] = [bounds[at] ?? 0, bounds[at + 1] ?? 0];
    const number = decimalAt(texts[index] ?? '', start, end);
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

const decimalAt = (text: string, start: number, end: number): number => {
  const chars = end - start;
  if (chars > DECIMAL_CHARS_MAX || (chars > 1 && text.charCodeAt(start) === DIGIT_0)) return -1;
  let number = 0;
  for (let index = start; index < end; index += 1) {
    const digit = text.charCodeAt(index) - DIGIT_0;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
};

export const readTemplates = (input: ByteReader, count: number): string[] => {
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
    const text = joinText(templates[code] ?? [], slots[code] ?? [], nth);
    if (text === null) throw new CorruptBlock('a template of a block has other values');
    return text;
  });
};

const readSlot = (input: ByteReader, count: number): string[] =>
  input.byte() === DELTAS ? readDeltas(input, count).map(String) : readTexts(input, count);
