import * as z from 'zod';
import { NotHosted, refused, type Answered } from './answers.ts';
import { columnOf, conditionOf, type Condition } from './search-query.ts';
import type { SearchStore } from './search-store.ts';

/** https://docs.opensearch.org/2.19/search-plugins/searching-data/paginate/ */
const HITS_MAX = 10_000;
const ms = z
  .string()
  .regex(/^\d+ms$/)
  .transform((text) => Number.parseInt(text, 10));
const direction = z.enum(['asc', 'desc']);

const bodySchema = z.strictObject({
  size: z.int().min(0).max(HITS_MAX),
  query: z.unknown(),
  sort: z.array(z.record(z.string().regex(/^[a-z_]+$/), direction)).min(1),
  search_after: z.array(z.union([z.string(), z.number()])).optional(),
  aggs: z
    .strictObject({
      bars: z.strictObject({
        date_histogram: z.strictObject({
          field: z.string().regex(/^[a-z_]+$/),
          fixed_interval: ms,
          offset: ms,
          min_doc_count: z.literal(1),
        }),
      }),
    })
    .optional(),
  timeout: z.string(),
  track_total_hits: z.literal(false),
});

interface SortKey {
  readonly column: string;
  readonly isAscending: boolean;
}

export const search = (store: SearchStore, alias: string, sent: unknown): Answered => {
  const body = bodySchema.parse(sent);
  const found = store.ofAlias(alias);
  if (found === null) return refused(404, 'index_not_found_exception', `no such index [${alias}]`);
  const condition = conditionOf(found.template, body.query);
  const keys = body.sort.flatMap((entry) =>
    Object.entries(entry).map(([field, order]) => ({
      column: columnOf(field),
      isAscending: order === 'asc',
    })),
  );
  const page = store.find(found.name, behind(keys, body.search_after, condition), {
    columns: keys.map(({ column }) => column),
    order: keys
      .map(({ column, isAscending }) => `${column} ${isAscending ? 'ASC' : 'DESC'}`)
      .join(', '),
    limit: body.size,
  });
  const bars = body.aggs?.bars.date_histogram;
  return [
    200,
    {
      took: 0,
      timed_out: false,
      _shards: { total: 1, successful: 1, skipped: 0, failed: 0 },
      hits: {
        max_score: null,
        hits: page.map(({ index, name, sort }) => ({
          _index: index,
          _id: name,
          _score: null,
          sort,
        })),
      },
      ...(bars === undefined
        ? {}
        : { aggregations: { bars: { buckets: barsOf(store, found.name, condition, bars) } } }),
    },
  ];
};

/** What the page before did not have; it changes no count. */
const behind = (
  keys: readonly SortKey[],
  after: readonly (string | number)[] | undefined,
  condition: Condition,
): Condition => {
  if (after === undefined) return condition;
  if (after.length !== keys.length) throw new NotHosted('search_after of another length than sort');
  const steps = keys.map(({ column, isAscending }, index) => {
    const equal = keys.slice(0, index).map((key) => `${key.column} = ?`);
    return [...equal, `${column} ${isAscending ? '>' : '<'} ?`].join(' AND ');
  });
  return {
    sql: `${condition.sql} AND (${steps.map((step) => `(${step})`).join(' OR ')})`,
    values: [...condition.values, ...keys.flatMap((_, index) => after.slice(0, index + 1))],
  };
};

const barsOf = (
  store: SearchStore,
  template: string,
  condition: Condition,
  bars: { readonly field: string; readonly fixed_interval: number; readonly offset: number },
): readonly object[] => {
  const { field, fixed_interval: span, offset } = bars;
  const key = `(${columnOf(field)} - ${offset}) / ${span} * ${span} + ${offset}`;
  return store
    .count(template, condition, key)
    .map(({ key: from, count }) => ({ key: from, doc_count: count }));
};
