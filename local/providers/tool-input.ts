import * as z from 'zod';
import type { Schema } from './asked.ts';
import { NOTHING_SAID, smallestOf } from './smallest.ts';

const TEXT_CHARS_MAX = 120;

/** Input that fits the tool's schema: from words and numbers of the prompt where they fit, else the smallest. */
export const toolInput = (schema: Schema, prompt: string): unknown => {
  const whole = { type: 'object', ...schema };
  const fromPrompt = smallestOf(whole, { text: subjectOf(prompt), prompt, ...numberIn(prompt) });
  return fits(whole, fromPrompt) ? fromPrompt : smallestOf(whole, NOTHING_SAID);
};

/** What stands in quotes, else a name, else the whole. */
const subjectOf = (prompt: string): string => {
  const quoted = /["“'‘]([^"”'’]+)["”'’]/.exec(prompt)?.[1];
  const name = /(?<=[\p{L},] )\p{Lu}[\p{L}-]*(?: \p{Lu}[\p{L}-]*)*/u.exec(prompt)?.[0];
  return (quoted ?? name ?? prompt).slice(0, TEXT_CHARS_MAX);
};

const numberIn = (prompt: string): { number: number } | object => {
  const found = /-?\d+(\.\d+)?/.exec(prompt)?.[0];
  return found === undefined ? {} : { number: Number(found) };
};

const fits = (schema: object, value: unknown): boolean => {
  try {
    return z.fromJSONSchema(z.record(z.string(), z.json()).parse(schema)).safeParse(value).success;
  } catch {
    return false;
  }
};
