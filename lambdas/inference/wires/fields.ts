import type { Json } from '../turn/turn.ts';

type Fields = Readonly<Record<string, Json>>;
const NO_FIELDS: Fields = {};
const NOTHING: readonly Json[] = [];

/**
 * What a provider says is read field by field: a field of another shape is a field that is not there, so that a frame
 * which only passes is never refused for it.
 */
export const fieldsOf = (value: Json | undefined): Fields =>
  typeof value === 'object' && value !== null && !isList(value) ? value : NO_FIELDS;

export const listOf = (value: Json | undefined): readonly Json[] =>
  isList(value) ? value : NOTHING;

export const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

/** A number of things: whole and not negative. */
export const countOf = (value: Json | undefined): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;

/** Words as they are, and whatever else a model put out as the JSON that it is. */
export const outputOf = (value: Json | undefined): string => {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : JSON.stringify(value);
};

/** `Array.isArray` does not narrow a readonly array. */
const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);
