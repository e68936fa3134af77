/** One conditional write of one item, in DynamoDB's own expression language. */
export interface ItemUpdate {
  readonly key: { readonly pk: string; readonly sk: string };
  readonly condition: string;
  readonly update: string;
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, unknown>>;
}

export type UpdateOutcome =
  | { readonly kind: 'written'; readonly item: Readonly<Record<string, unknown>> }
  /** The condition failed; `item` is what it was checked against, null when there is none. */
  | { readonly kind: 'refused'; readonly item: Readonly<Record<string, unknown>> | null };

/**
 * What the ledger asks of its table. DynamoDB serves it in production; the simulation runs the same
 * expressions on an interpreter, so that what is proven there is what is deployed.
 */
export interface KeysTable {
  update(update: ItemUpdate): Promise<UpdateOutcome>;
  /** Strongly consistent. */
  get(pk: string, sk: string): Promise<Readonly<Record<string, unknown>> | null>;
  /** Partition keys with `sweep_at` in one shard at or before `untilMs`. */
  due(shard: string, untilMs: number, limit: number): Promise<readonly string[]>;
}
