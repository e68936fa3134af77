import { broken, readParts, wordsOf, type Form, type FormPart } from '../../../http/multipart.ts';
import type { Unpriced } from '../unpriced.ts';

/** What a field takes. */
interface FormField {
  readonly kind: 'words' | 'file';
  /** It may be said more than once. */
  readonly isList: boolean;
}

export const WORDS: FormField = { kind: 'words', isList: false };
export const WORD_LIST: FormField = { kind: 'words', isList: true };
export const FILE: FormField = { kind: 'file', isList: false };
export const FILE_LIST: FormField = { kind: 'file', isList: true };

/**
 * The fields of a wire by the names that they have in its forms, brackets included: `image[]` is known where it stands
 * here, and `model[]`, which its provider does not read as `model`, is a field that nobody knows.
 */
export type FormTable = Readonly<Record<string, FormField>>;

/** A form as a wire reads it: files apart, words by the names of their fields, those of unknown ones by their own. */
export interface FormFields {
  readonly form: Form;
  readonly table: FormTable;
  readonly words: ReadonlyMap<string, readonly string[]>;
  readonly files: ReadonlyMap<string, readonly FormPart[]>;
}

const fieldOf = (table: FormTable, name: string): FormField | null =>
  Object.hasOwn(table, name) ? (table[name] ?? null) : null;

/** `image[]` and `chunking_strategy[type]` are of the field that they begin with. */
const plainName = (name: string): string => name.replace(/\[.*$/, '');

/**
 * Throws AppError `invalid_request` naming the field: words where it takes a file, a file where it takes words, one that
 * is said more often than it may be, for which counts is not known. The order of fields says nothing.
 */
export const readForm = (body: Uint8Array, type: string, table: FormTable): FormFields => {
  const form = readParts(body, type);
  const words = new Map<string, string[]>();
  const files = new Map<string, FormPart[]>();
  const said = new Set<string>();
  for (const part of form.parts) {
    const field = fieldOf(table, part.name);
    if (field !== null) checkPart(part, field, said.has(part.name));
    said.add(part.name);
    const name = field === null ? part.name : plainName(part.name);
    if (part.filename === null) words.set(name, [...(words.get(name) ?? []), wordsOf(part)]);
    else files.set(name, [...(files.get(name) ?? []), part]);
  }
  return { form, table, words, files };
};

const checkPart = (
  { name, filename }: FormPart,
  { kind, isList }: FormField,
  isSaid: boolean,
): void => {
  if (kind === 'words' && filename !== null) throw broken('must be words, not a file', name);
  if (kind === 'file' && filename === null) throw broken('is no file: it has no file name', name);
  if (isSaid && !isList) throw broken('is said more than once', name);
};

/** The value of a field that has one; null: it is not there. */
export const oneWord = ({ words }: FormFields, name: string): string | null =>
  words.get(name)?.[0] ?? null;

/** The file of a field that has one. */
export const oneFile = ({ files }: FormFields, name: string): FormPart => {
  const file = files.get(name)?.[0];
  if (file === undefined) throw broken('is missing: a file', name);
  if (file.bytes.length === 0) throw broken('is an empty file', name);
  return file;
};

/** The fields that nobody here knows. */
export const foreignParts = ({ form, table }: FormFields): readonly Unpriced[] =>
  [...new Set(form.parts.map(({ name }) => name))]
    .filter((name) => fieldOf(table, name) === null)
    .map((name) => ({ path: name, name, known: new Set(Object.keys(table)) }));

/** The words, and of files their sizes. */
export const shownFields = ({ words, files }: FormFields): Readonly<Record<string, unknown>> => ({
  ...Object.fromEntries(words),
  ...Object.fromEntries(
    [...files].map(([name, list]) => [name, list.map(({ bytes }) => `${bytes.length} bytes`)]),
  ),
});

/**
 * The form with another name of its model: what was read as one, and nothing else. A form has no field that begins as its
 * boundary does (RFC 2046, section 5.1.1), and its caller chose the boundary before the name was known.
 */
export const withModel = ({ form }: FormFields, model: string, field = 'model'): Form => {
  if (model.startsWith(`--${form.boundary}`))
    throw broken('must have another boundary', 'content-type');
  return {
    ...form,
    parts: form.parts.map((part) =>
      part.name === field ? { ...part, bytes: Buffer.from(model) } : part,
    ),
  };
};
