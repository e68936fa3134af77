import * as z from 'zod';

type Body = Readonly<Record<string, unknown>>;

/**
 * Where a number may stand in a JSON text that JavaScript would write otherwise: of sixteen characters, with an exponent, with
 * a zero at the end of its fraction, tiny, or zero below zero. In a string it is found too, and nothing comes of it.
 */
const INEXACT =
  /[[:,]\s*-?(?:\d[\d.]{15}|\d+(?:\.\d+)?[eE]|\d+\.\d*0(?!\d)|0\.0{6}|0(?<=-0)(?![.\d]))/;

const context = z.object({ source: z.string() });
const object = z.record(z.string(), z.unknown());

/**
 * The same object with its numbers as they were written, for who writes it again; null: they are. It may be written and
 * not read: such a number is no number. Names that are said twice are one, as in what was read.
 */
export const exactJson = (text: string): Body | null => {
  if (!INEXACT.test(text)) return null;
  const kept = (...[, value, told]: readonly unknown[]): unknown => {
    if (typeof value !== 'number') return value;
    const source = context.safeParse(told).data?.source ?? String(value);
    return source === JSON.stringify(value) ? value : rawNumber(source);
  };
  return object.parse(JSON.parse(text, kept));
};

/** https://tc39.es/proposal-json-parse-with-source/ */
const rawNumber = (source: string): unknown =>
  Reflect.apply(Reflect.get(JSON, 'rawJSON'), JSON, [source]);
