import { assert } from '../../shared/assert.ts';

/** A stored item, in plain values. */
export type Item = Readonly<Record<string, unknown>>;
export type TableName = 'keys' | 'usage' | 'threads' | 'chunks' | 'connections' | 'logs' | 'sre';

export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

/** The key that an item of a table has. */
export const itemKeyOf = (item: Item): ItemKey => ({
  pk: String(item['pk']),
  sk: String(item['sk']),
});

/** One conditional write in DynamoDB's own expressions. */
export type Write = {
  readonly table: TableName;
  readonly key: ItemKey;
  /** Absent: whatever is there. */
  readonly condition?: string;
  readonly names?: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, unknown>>;
} & (
  | { readonly kind: 'put'; readonly item: Item }
  | { readonly kind: 'update'; readonly update: string }
  | { readonly kind: 'delete' | 'check' }
);
export type Update = Extract<Write, { readonly kind: 'update' }>;

export type Refusal = {
  readonly kind: 'refused';
  /** The item that the condition was checked against; null: there is none. */
  readonly item: Item | null;
};
export type WriteOutcome = { readonly kind: 'written' } | Refusal;
export type UpdateOutcome = { readonly kind: 'written'; readonly item: Item } | Refusal;

export type TransactOutcome =
  | { readonly kind: 'written' }
  /** Each write's item, where its condition failed; undefined where it did not. A race with another transaction fails none. */
  | { readonly kind: 'refused'; readonly items: readonly (Item | null | undefined)[] };

type KeyValue = string | number;

/** Items of one partition in the order of their sort keys. */
export interface Query {
  readonly table: TableName;
  /** Absent: the table's own keys. An index may be a moment behind its table. */
  readonly index?: string;
  readonly pk: string;
  /** Sort keys from here to there, both included; null: no bound. */
  readonly from: KeyValue | null;
  readonly to: KeyValue | null;
  /** In the place of both: sort keys before this one. */
  readonly below?: KeyValue;
  readonly isAscending: boolean;
  /** Of a table's own keys: read what may be a moment old, for half the read units. */
  readonly isEventual?: boolean;
  /** Leaves out what does not meet it, after it was read and counted. */
  readonly filter?: { readonly condition: string; readonly values: Item };
  /** Items read at most; null: as many as a page holds, 1 MB. */
  readonly limit: number | null;
  /** Where the page before ended. */
  readonly after?: Item;
}

export interface Page {
  readonly items: readonly Item[];
  /** Where it ended; null: nothing is left. */
  readonly last: Item | null;
}

/**
 * The tables, as single atomic steps: the only port to DynamoDB. Reads by key are strong. Throws AppError
 * `storage_unavailable` when the store does not answer. A memory twin runs the same expressions in simulations.
 */
export interface Tables {
  get(table: TableName, key: ItemKey): Promise<Item | null>;
  /** What is missing is left out, and the order is not that of `keys`. */
  getMany(table: TableName, keys: readonly ItemKey[]): Promise<readonly Item[]>;
  query(query: Query): Promise<Page>;
  /** One write that meets a transaction in flight waits for it. */
  write(write: Write): Promise<WriteOutcome>;
  /** As `write`, and answers the item as it is after it. */
  update(update: Update): Promise<UpdateOutcome>;
  /** All or nothing; at most 100 writes. A repeat after a lost answer is the same transaction. */
  transact(writes: readonly Write[]): Promise<TransactOutcome>;
}

/** The items of a query, page by page; a page is asked for when the one before it was used. */
export async function* pagesOf(
  tables: Pick<Tables, 'query'>,
  query: Query,
): AsyncGenerator<readonly Item[]> {
  let after: Item | null = null;
  do {
    const page: Page = await tables.query({ ...query, ...(after === null ? {} : { after }) });
    yield page.items;
    after = page.last;
  } while (after !== null);
}

/** Up to `limit` items, over as many pages as they take. */
export const readAll = async (
  tables: Tables,
  query: Query & { readonly limit: number },
): Promise<readonly Item[]> => {
  const items: Item[] = [];
  let after: Item | undefined;
  do {
    const limit = query.limit - items.length;
    const page = await tables.query({ ...query, limit, ...(after === undefined ? {} : { after }) });
    items.push(...page.items);
    after = page.last ?? undefined;
  } while (after !== undefined && items.length < query.limit);
  return items;
};

/** Partition and sort key of each index of the template. */
const INDEXES: Readonly<Record<TableName, Readonly<Record<string, readonly [string, string]>>>> = {
  keys: {
    by_sweep: ['sweep_shard', 'sweep_at'],
    by_project: ['list_pk', 'list_sk'],
    by_user: ['user_pk', 'list_sk'],
  },
  usage: { by_project_month: ['month_pk', 'month_sk'] },
  threads: { by_sweep: ['sweep_shard', 'sweep_at'], by_activity: ['list_pk', 'list_sk'] },
  chunks: {},
  connections: {},
  logs: { by_stamp: ['stamp_pk', 'stamp_sk'] },
  sre: {},
};

/** The attributes that a query's keys are. */
export const keyNames = ({
  table,
  index,
}: Pick<Query, 'table' | 'index'>): readonly [string, string] => {
  if (index === undefined) return ['pk', 'sk'];
  const names = INDEXES[table][index];
  assert(names !== undefined, `${table} has no index ${index}`);
  return names;
};
