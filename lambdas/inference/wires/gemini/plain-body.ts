import { isRecord } from '../../../http/body.ts';
import { AppError } from '../../../shared/app-error.ts';

type Body = Readonly<Record<string, unknown>>;

/** Members whose own members are named by whoever wrote them: arguments, results, schemas, labels. */
const OPAQUE: ReadonlySet<string> = new Set([
  'args',
  'labels',
  'parameters',
  'parametersJsonSchema',
  'partMetadata',
  'response',
  'responseJsonSchema',
  'responseSchema',
]);
/** Where the API takes a list, and one item alone for a list of it: its own examples say `"parts": {"text": ...}`. */
const LISTS: ReadonlySet<string> = new Set([
  'allowedFunctionNames',
  'contents',
  'functionDeclarations',
  'parts',
  'requests',
  'responseModalities',
  'safetySettings',
  'stopSequences',
  'tools',
]);

/**
 * A body under one name for each field: the API reads `max_output_tokens` as `maxOutputTokens`, and which of two it keeps to is
 * not known here. https://protobuf.dev/programming-guides/json/ Throws AppError `invalid_request` for a field that is there twice.
 */
export const plainBody = (body: Body, path = ''): Body => {
  const plain: Record<string, unknown> = {};
  for (const [told, value] of Object.entries(body)) {
    const name = told.replaceAll(/_([a-z0-9])/g, (_all, letter: string) => letter.toUpperCase());
    if (Object.hasOwn(plain, name)) throw toldTwice(`${path}${told}`, name);
    plain[name] = OPAQUE.has(name) ? value : plainValue(name, value, `${path}${name}.`);
  }
  return plain;
};

const plainValue = (name: string, value: unknown, path: string): unknown => {
  if (Array.isArray(value))
    return value.map((item: unknown, index) => plainItem(item, `${path}${index}.`));
  const item = plainItem(value, path);
  return LISTS.has(name) && item !== null && item !== undefined ? [item] : item;
};

/** A number as it was written (`exactJson`) is an object without a prototype. */
const plainItem = (value: unknown, path: string): unknown =>
  isRecord(value) && Object.getPrototypeOf(value) !== null ? plainBody(value, path) : value;

const toldTwice = (path: string, name: string): AppError =>
  new AppError({
    code: 'invalid_request',
    publicMessage: `${path}: ${name} is there twice.`,
    facts: { param: path },
  });
