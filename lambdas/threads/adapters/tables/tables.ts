/** A stored item, in plain values. */
export type Item = Readonly<Record<string, unknown>>;
export type TableName = 'threads' | 'chunks' | 'connections';

export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

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

export type WriteOutcome =
  | { readonly kind: 'written' }
  /** The item that the condition was checked against; null: there is none. */
  | { readonly kind: 'refused'; readonly item: Item | null };

export type TransactOutcome =
  | { readonly kind: 'written' }
  /** Each write's item, where its condition failed; undefined where it did not. */
  | { readonly kind: 'refused'; readonly items: readonly (Item | null | undefined)[] };

export interface RangeQuery {
  readonly table: TableName;
  readonly pk: string;
  /** Sort keys from here to there, both included. */
  readonly from: string;
  readonly to: string;
  readonly isAscending: boolean;
  readonly limit: number;
}

export interface IndexQuery {
  readonly index: 'by_sweep' | 'by_activity';
  readonly pk: string;
  readonly from: number | string | null;
  readonly to: number | string | null;
  readonly isAscending: boolean;
  readonly limit: number;
}

/**
 * The tables of a thread, as single atomic steps. Reads by key and range are strong. Throws AppError
 * `storage_unavailable` when the store does not answer. A memory twin runs the same expressions in simulations.
 */
export interface Tables {
  get(table: TableName, key: ItemKey): Promise<Item | null>;
  query(query: RangeQuery): Promise<readonly Item[]>;
  queryIndex(query: IndexQuery): Promise<readonly Item[]>;
  write(write: Write): Promise<WriteOutcome>;
  /** All or nothing; at most 100 writes. */
  transact(writes: readonly Write[]): Promise<TransactOutcome>;
}
