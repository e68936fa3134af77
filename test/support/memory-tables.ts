import type {
  Item,
  ItemKey,
  TableName,
  Tables,
  TransactOutcome,
  Write,
  WriteOutcome,
} from '../../lambdas/threads/adapters/tables/tables.ts';
import { meets, updated } from './expressions.ts';

const INDEXES = {
  by_sweep: ['sweep_shard', 'sweep_at'],
  by_activity: ['list_pk', 'list_sk'],
} as const;

/**
 * Tables in memory that run DynamoDB's own expressions; the contract suite holds them to the real engines.
 * A stored item is never changed, only replaced, so readers share it.
 */
export class MemoryTables implements Tables {
  readonly items: Record<TableName, Map<string, Record<string, unknown>>> = {
    threads: new Map(),
    chunks: new Map(),
    connections: new Map(),
  };

  async get(table: TableName, key: ItemKey): Promise<Item | null> {
    return this.items[table].get(nameOf(key)) ?? null;
  }

  async query({ table, pk, from, to, isAscending, limit }: Parameters<Tables['query']>[0]) {
    const found = [...this.items[table].values()].filter(
      (item) => item['pk'] === pk && within(item['sk'], from, to),
    );
    return sorted(found, 'sk', isAscending).slice(0, limit);
  }

  async queryIndex({
    index,
    pk,
    from,
    to,
    isAscending,
    limit,
  }: Parameters<Tables['queryIndex']>[0]) {
    const [hash, range] = INDEXES[index];
    const found = [...this.items.threads.values()].filter(
      (item) => item[hash] === pk && item[range] !== undefined && within(item[range], from, to),
    );
    return sorted(found, range, isAscending).slice(0, limit);
  }

  async write(write: Write): Promise<WriteOutcome> {
    return this.apply(write);
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

  private before(write: Write): Record<string, unknown> | null {
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
      case 'update':
        table.set(
          name,
          updated(write.update, this.scope(write), this.before(write) ?? { ...write.key }),
        );
        return;
      case 'delete':
        table.delete(name);
        return;
      case 'check':
    }
  }
}

const sorted = (items: Item[], name: string, isAscending: boolean): Item[] =>
  items.toSorted((left, right) => (isAscending ? 1 : -1) * order(left[name], right[name]));

const nameOf = ({ pk, sk }: ItemKey): string => `${pk}|${sk}`;

const order = (left: unknown, right: unknown): number =>
  typeof left === 'number' && typeof right === 'number'
    ? left - right
    : String(left) < String(right)
      ? -1
      : Number(String(left) > String(right));

const within = (value: unknown, from: unknown, to: unknown): boolean =>
  (from === null || order(value, from) >= 0) && (to === null || order(value, to) <= 0);
