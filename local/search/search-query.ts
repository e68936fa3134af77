import * as z from 'zod';
import { fieldOf, phraseOf, type IndexTemplate } from './mapping.ts';
import { NotHosted } from './answers.ts';

/** A condition of SQL on a document `d`, with what is bound in it. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

const clause = z.record(z.string(), z.unknown());
const bool = z.strictObject({
  filter: z.array(z.unknown()).optional(),
  should: z.array(z.unknown()).optional(),
  must_not: z.array(z.unknown()).optional(),
});

/** OpenSearch's query as a condition; a kind of query that nobody uses is not known. */
export const conditionOf = (template: IndexTemplate, query: unknown): Condition => {
  const [[kind, body] = ['', null], ...others] = Object.entries(clause.parse(query));
  if (others.length > 0) throw new NotHosted('a query of two kinds');
  const read = Object.hasOwn(QUERIES, kind) ? QUERIES[kind] : undefined;
  if (read === undefined) throw new NotHosted(`the query ${kind}`);
  return read(template, body);
};

const QUERIES: Readonly<Record<string, (template: IndexTemplate, body: unknown) => Condition>> = {
  bool: (template, body) => {
    const { filter = [], should = [], must_not = [] } = parsed(bool, 'bool', body);
    // Beside a filter, `should` is a wish and no condition.
    if (should.length > 0 && filter.length > 0) throw new NotHosted('should beside filter');
    const all = (queries: readonly unknown[], joint: string): readonly Condition[] =>
      queries.length === 0
        ? []
        : [
            joined(
              queries.map((query) => conditionOf(template, query)),
              joint,
            ),
          ];
    return joined(
      [
        ...all(filter, ' AND '),
        ...all(should, ' OR '),
        ...all(must_not, ' OR ').map(({ sql, values }) => ({ sql: `NOT ${sql}`, values })),
      ],
      ' AND ',
    );
  },
  term: (template, body) => {
    const [name, value] = only('term', body);
    const text = parsed(z.string(), `such a term of ${name}`, value);
    const { field, path } = namesOf(name);
    const { type } = fieldOf(template, field);
    if (path !== null && type === 'flat_object')
      return {
        sql: 'EXISTS (SELECT 1 FROM flat WHERE doc = d.rowid AND field = ? AND path = ? AND value = ?)',
        values: [field, path, text],
      };
    if (path !== null || type !== 'keyword') throw new NotHosted(`a term of ${name}`);
    return { sql: `${columnOf(field)} = ?`, values: [text] };
  },
  prefix: (template, body) => {
    const [name, value] = only('prefix', body);
    const { field, path } = namesOf(name);
    if (value !== '' || path === null || fieldOf(template, field).type !== 'flat_object')
      throw new NotHosted(`such a prefix of ${name}`);
    return {
      sql: 'EXISTS (SELECT 1 FROM flat WHERE doc = d.rowid AND field = ? AND path = ?)',
      values: [field, path],
    };
  },
  range: (template, body) => {
    const [name, value] = only('range', body);
    const ends = parsed(rangeSchema, `such a range of ${name}`, value);
    if (!['date', 'byte'].includes(fieldOf(template, name).type))
      throw new NotHosted(`a range of ${name}`);
    const column = columnOf(name);
    return joined(
      [
        ...(ends.gte === undefined ? [] : [{ sql: `${column} >= ?`, values: [ends.gte] }]),
        ...(ends.lte === undefined ? [] : [{ sql: `${column} <= ?`, values: [ends.lte] }]),
      ],
      ' AND ',
    );
  },
  match_phrase: (template, body) => {
    const [name, value] = only('match_phrase', body);
    const type = fieldOf(template, name);
    if (type.type !== 'text') throw new NotHosted(`a phrase of ${name}`);
    const text = parsed(z.string(), `such a phrase of ${name}`, value);
    const phrase = phraseOf(template, type.analyzer, text);
    if (phrase === '') return { sql: 'FALSE', values: [] };
    return {
      sql: 'd.rowid IN (SELECT rowid FROM words WHERE words MATCH ?)',
      values: [`"${phrase}"`],
    };
  },
};

const rangeSchema = z.strictObject({ gte: z.number().optional(), lte: z.number().optional() });

const joined = (conditions: readonly Condition[], joint: string): Condition => ({
  sql: conditions.length === 0 ? 'TRUE' : `(${conditions.map(({ sql }) => sql).join(joint)})`,
  values: conditions.flatMap(({ values }) => values),
});

const parsed = <T>(schema: z.ZodType<T>, what: string, value: unknown): T => {
  const { data, success } = schema.safeParse(value);
  if (!success) throw new NotHosted(what);
  return data;
};

const only = (kind: string, body: unknown): readonly [string, unknown] => {
  const [entry, ...others] = Object.entries(clause.parse(body));
  if (entry === undefined || others.length > 0) throw new NotHosted(`${kind} of several fields`);
  return entry;
};

/** A field, and what is below it. */
const namesOf = (name: string): { readonly field: string; readonly path: string | null } => {
  const dot = name.indexOf('.');
  return dot === -1
    ? { field: name, path: null }
    : { field: name.slice(0, dot), path: name.slice(dot + 1) };
};

/** Names of fields are letters: the mapping accepts no others. */
export const columnOf = (field: string): string => `json_extract(d.fields, '$.${field}')`;
