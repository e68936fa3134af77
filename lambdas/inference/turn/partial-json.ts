import { wholeEscapes } from '../../shared/characters.ts';
import type { Json } from './turn.ts';

/** An open container's closing bracket, and the containers around it. */
interface Closers {
  readonly bracket: '}' | ']';
  readonly rest: Closers | null;
}
/** A place where the text may end and be closed. */
interface Cut {
  readonly end: number;
  readonly open: Closers | null;
}

const CUTS_KEPT = 3;
const DEPTH_MAX = 512;

/** Parses JSON; undefined when the text is not JSON. */
export const parseJson = (text: string): Json | undefined => {
  try {
    const value: Json = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
};

/**
 * The object that a cut text of JSON had said so far: only members that were complete, for half a path or half a number
 * means something else than the whole. `{}` when there is none.
 */
export const completeMembers = (text: string): { readonly [name: string]: Json } => {
  for (const { end, open } of cutsOf(text).toReversed()) {
    const value = parseJson(text.slice(0, end) + closing(open));
    if (isJsonObject(value)) return value;
  }
  return {};
};

export const isJsonObject = (value: Json | undefined): value is { readonly [name: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The input of a call from the text that a model said: an object. One that was written as a string of JSON is unwrapped,
 * and `null` or nothing is an object of no members; null: it is no input.
 */
export const toolInput = (text: string): { readonly [name: string]: Json } | null => {
  let value = parseJson(wholeEscapes(text));
  for (let wraps = 0; typeof value === 'string' && wraps < WRAPS_MAX; wraps++)
    value = parseJson(wholeEscapes(value));
  if (value === null) return {};
  return isJsonObject(value) ? value : null;
};

const WRAPS_MAX = 2;

/** The last places where the text could be closed, in order. A closed string may be a name: then an earlier place fits. */
const cutsOf = (text: string): readonly Cut[] => {
  const cuts: Cut[] = [];
  let open: Closers | null = null;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '"') {
      at = endOfString(text, at);
      if (at === -1) return cuts;
    } else if (char === '{' || char === '[') {
      if (++depth > DEPTH_MAX) return [];
      open = { bracket: char === '{' ? '}' : ']', rest: open };
    } else if (char === '}' || char === ']') {
      depth--;
      open = around(open);
    } else if (char !== ',') continue;
    cuts.push({ end: char === ',' ? at : at + 1, open });
    if (cuts.length > CUTS_KEPT) cuts.shift();
  }
  return cuts;
};

/** Where the string that starts at `from` ends; -1: nowhere. */
const endOfString = (text: string, from: number): number => {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at;
  }
  return -1;
};

const closing = (open: Closers | null): string => {
  const brackets: string[] = [];
  for (let at = open; at !== null; at = at.rest) brackets.push(at.bracket);
  return brackets.join('');
};

const around = (open: Closers | null): Closers | null => (open === null ? null : open.rest);
