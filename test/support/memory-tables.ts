import {
  keyNames,
  type Item,
  type ItemKey,
  type Page,
  type Query,
  type TableName,
  type Tables,
  type TransactOutcome,
  type Update,
  type UpdateOutcome,
  type Write,
  type WriteOutcome,
} from '../../lambdas/platform/tables/tables.ts';
import { meets, updated } from './expressions.ts';

/** One version of an item that a write left behind. */
export interface Change {
  readonly before: Item | null;
  readonly after: Item;
}

/**
 * Tables in memory that run DynamoDB's own expressions; the contract suite holds them to the real engines.
 * A stored item is never changed, only replaced, so readers share it.
 */
export class MemoryTables implements Tables {
  readonly items: Readonly<Record<TableName, Map<string, Item>>> = {
    keys: new Map(),
    usage: new Map(),
    threads: new Map(),
    chunks: new Map(),
    connections: new Map(),
    logs: new Map(),
    sre: new Map(),
  };
  /** Every version of a key that an update left behind, in order: the stream. */
  readonly stream: Change[] = [];

  /** An item as it is, whatever is there. */
  place(table: TableName, item: Item): void {
    this.items[table].set(nameOf(keyOf(item)), structuredClone({ ...item }));
  }

  async get(table: TableName, key: ItemKey): Promise<Item | null> {
    return this.items[table].get(nameOf(key)) ?? null;
  }

  async getMany(table: TableName, keys: readonly ItemKey[]): Promise<readonly Item[]> {
    return keys
      .map((key) => this.items[table].get(nameOf(key)))
      .filter((item) => item !== undefined);
  }

  async query(query: Query): Promise<Page> {
    const { table, pk, isAscending, limit, after, filter } = query;
    const [hash, range] = keyNames(query);
    const direction = isAscending ? 1 : -1;
    const rows = [...this.items[table].values()]
      .filter((item) => item[hash] === pk && item[range] !== undefined)
      .filter((item) => isWithin(item[range], query))
      .filter((item) => after === undefined || direction * order(item[range], after[range]) > 0)
      .toSorted((left, right) => direction * order(left[range], right[range]));
    const read = rows.slice(0, limit ?? rows.length);
    const end = limit !== null && read.length === limit ? read.at(-1) : undefined;
    return {
      items: filter === undefined ? read : read.filter((item) => isMetBy(item, filter)),
      last: end === undefined ? null : { ...keyOf(end), [hash]: end[hash], [range]: end[range] },
    };
  }

  async write(write: Write): Promise<WriteOutcome> {
    return this.apply(write);
  }

  async update(update: Update): Promise<UpdateOutcome> {
    return this.applyUpdate(update);
  }

  async transact(writes: readonly Write[]): Promise<TransactOutcome> {
    return this.applyAll(writes);
  }

  /** The write itself, at one instant. */
  apply(write: Write): WriteOutcome {
    const before = this.before(write);
    if (!this.isMet(write)) return { kind: 'refused', item: before };
    this.put(write);
    return { kind: 'written' };
  }

  applyUpdate(update: Update): UpdateOutcome {
    const outcome = this.apply(update);
    return outcome.kind === 'refused' ? outcome : { ...outcome, item: this.before(update) ?? {} };
  }

  applyAll(writes: readonly Write[]): TransactOutcome {
    const met = writes.map((write) => this.isMet(write));
    if (met.includes(false))
      return {
        kind: 'refused',
        items: writes.map((write, index) => (met[index] === true ? undefined : this.before(write))),
      };
    for (const write of writes) this.put(write);
    return { kind: 'written' };
  }

  private before(write: Write): Item | null {
    return this.items[write.table].get(nameOf(write.key)) ?? null;
  }

  private isMet(write: Write): boolean {
    return write.condition === undefined || meets(write.condition, this.scope(write));
  }

  private scope(write: Write) {
    return {
      names: write.names ?? {},
      values: write.values ?? {},
      item: this.before(write) ?? {},
    };
  }

  private put(write: Write): void {
    const table = this.items[write.table];
    const name = nameOf(write.key);
    switch (write.kind) {
      case 'put':
        table.set(name, structuredClone({ ...write.item }));
        return;
      case 'update': {
        const before = this.before(write);
        const after = updated(write.update, this.scope(write), before ?? { ...write.key });
        table.set(name, after);
        if (write.table === 'keys') this.stream.push({ before, after });
        return;
      }
      case 'delete':
        table.delete(name);
        return;
      case 'check':
    }
  }
}

const keyOf = (item: Item): ItemKey => ({ pk: String(item['pk']), sk: String(item['sk']) });

const nameOf = ({ pk, sk }: ItemKey): string => `${pk}|${sk}`;

const isMetBy = (item: Item, { condition, values }: NonNullable<Query['filter']>): boolean =>
  meets(condition, { names: {}, values, item });

const order = (left: unknown, right: unknown): number =>
  typeof left === 'number' && typeof right === 'number'
    ? left - right
    : String(left) < String(right)
      ? -1
      : Number(String(left) > String(right));

const isWithin = (value: unknown, { from, to, below }: Query): boolean =>
  below === undefined
    ? (from === null || order(value, from) >= 0) && (to === null || order(value, to) <= 0)
    : order(value, below) < 0;
