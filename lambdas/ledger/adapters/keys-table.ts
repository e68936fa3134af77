/** One conditional write of one item, in DynamoDB's own expression language. */
export interface ItemUpdate {
  readonly key: ItemKey;
  readonly condition: string;
  readonly update: string;
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, unknown>>;
}

export type UpdateOutcome =
  | { readonly kind: 'written'; readonly item: Readonly<Record<string, unknown>> }
  /** The condition failed; `item` is what it was checked against, null when there is none. */
  | { readonly kind: 'refused'; readonly item: Readonly<Record<string, unknown>> | null };

export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

/** One page of a project's or a user's profiles, newest first. */
export interface ListPage {
  readonly index: 'by_project' | 'by_user';
  readonly partition: string;
  /** `list_sk` of the item that ended the page before; null: the first page. */
  readonly before: string | null;
  readonly limit: number;
}

/**
 * What the ledger and the key register ask of their table. DynamoDB serves it in production; the simulation runs the same
 * expressions on an interpreter, so that what is proven there is what is deployed.
 */
export interface KeysTable {
  update(update: ItemUpdate): Promise<UpdateOutcome>;
  /** Strongly consistent. */
  get(pk: string, sk: string): Promise<Readonly<Record<string, unknown>> | null>;
  /** Partition keys with `sweep_at` in one shard at or before `untilMs`. */
  due(shard: string, untilMs: number, limit: number): Promise<readonly string[]>;
  /** Puts all of these items, or none: then one of them is there already, and the answer is false. */
  insert(items: readonly (ItemKey & Readonly<Record<string, unknown>>)[]): Promise<boolean>;
  /** Strongly consistent; what is missing is left out, and the order is not that of `keys`. */
  getMany(keys: readonly ItemKey[]): Promise<readonly Readonly<Record<string, unknown>>[]>;
  list(page: ListPage): Promise<{
    readonly items: readonly Readonly<Record<string, unknown>>[];
    readonly hasMore: boolean;
  }>;
}
