import type * as z from 'zod';
import { hint } from '../shared/closest.ts';

/** Options that a message lists. */
const OPTIONS_MAX = 12;

type Issue = z.core.$ZodRawIssue;

/** What is wrong with a value, for somebody who has never heard of the library that found it. */
export const issueWords = (issue: Issue): string => {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? `is missing: ${noun(issue.expected)}`
        : `must be ${noun(issue.expected)}, not ${nounOf(issue.input)}`;
    case 'too_small':
      return sizeWords(
        issue.origin,
        issue.inclusive === false ? 'more than' : 'at least',
        issue.minimum,
      );
    case 'too_big':
      return sizeWords(
        issue.origin,
        issue.inclusive === false ? 'less than' : 'at most',
        issue.maximum,
      );
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'invalid_format':
      return formatWords(issue);
    case 'invalid_value':
      return oneOf(issue.values, issue.input);
    case 'unrecognized_keys':
      return `unknown field${hint(issue.keys[0] ?? '', fieldsOf(issue))}`;
    case 'invalid_union':
      return unionWords(issue);
    case 'invalid_key':
      return `is no name for a field: ${issue.issues[0]?.message ?? 'not allowed'}`;
    case 'invalid_element':
      return issue.issues[0]?.message ?? 'is not valid';
    default:
      return 'is not valid';
  }
};

const NOUNS: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  bigint: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  map: 'an object',
  null: 'null',
};

const noun = (type: string): string => NOUNS[type] ?? `a value of the type ${type}`;

const nounOf = (value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number' && !Number.isInteger(value)) return String(value);
  return typeof value === 'boolean' ? String(value) : noun(typeof value);
};

const UNITS: Readonly<Record<string, readonly [one: string, many: string]>> = {
  string: ['character', 'characters'],
  array: ['entry', 'entries'],
  set: ['entry', 'entries'],
  map: ['field', 'fields'],
  object: ['field', 'fields'],
};

const sizeWords = (origin: string, relation: string, bound: number | bigint): string => {
  const units = UNITS[origin];
  if (units === undefined) return `must be ${relation} ${bound}`;
  return `must have ${relation} ${bound} ${units[Number(bound) === 1 ? 0 : 1]}`;
};

const FORMATS: Readonly<Record<string, string>> = {
  url: 'a URL',
  email: 'an email address',
  uuid: 'a UUID',
  datetime: 'a date and time as in 2026-11-30T12:00:00Z',
  date: 'a date as in 2026-11-30',
  time: 'a time as in 12:00:00',
  base64: 'base64',
  json_string: 'JSON',
};

const formatWords = (issue: Extract<Issue, { code: 'invalid_format' }>): string => {
  const { format } = issue;
  if (format === 'starts_with' && 'prefix' in issue)
    return `must begin with ${String(issue['prefix'])}`;
  if (format === 'ends_with' && 'suffix' in issue)
    return `must end with ${String(issue['suffix'])}`;
  if (format === 'includes' && 'includes' in issue)
    return `must contain ${String(issue['includes'])}`;
  if (format === 'regex' && 'pattern' in issue) return `must match ${issue['pattern']}`;
  return `must be ${FORMATS[format] ?? format}`;
};

const oneOf = (values: readonly unknown[], input: unknown): string => {
  const shown = values.slice(0, OPTIONS_MAX).map((value) => JSON.stringify(value) ?? String(value));
  const more = values.length > shown.length ? ', ...' : '';
  if (input === undefined) return `is missing: ${list(shown)}${more}`;
  const given =
    typeof input === 'string'
      ? hint(
          input,
          values.filter((value) => typeof value === 'string'),
        )
      : '';
  return `must be ${list(shown)}${more}${given}`;
};

const list = (items: readonly string[]): string =>
  items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} or ${items.at(-1) ?? ''}`;

/** The strict object that refused a field is in the issue until its message is made. */
const fieldsOf = ({ inst }: Issue): readonly string[] => {
  const def: object = inst?._zod.def ?? {};
  return 'shape' in def && typeof def.shape === 'object' && def.shape !== null
    ? Object.keys(def.shape)
    : [];
};

const unionWords = (issue: Extract<Issue, { code: 'invalid_union' }>): string => {
  if ('options' in issue && Array.isArray(issue.options))
    return oneOf(issue.options, kindOf(issue));
  if (issue.input === undefined) return 'is missing';
  const kinds = issue.errors.flatMap(([first]) =>
    first?.code === 'invalid_type' && first.path.length === 0 ? [noun(first.expected)] : [],
  );
  return kinds.length < 2
    ? 'has none of the allowed forms'
    : `must be ${list([...new Set(kinds)])}`;
};

const kindOf = (issue: Issue): unknown => {
  const { input, discriminator } = issue;
  return typeof input === 'object' && input !== null && typeof discriminator === 'string'
    ? Reflect.get(input, discriminator)
    : undefined;
};
