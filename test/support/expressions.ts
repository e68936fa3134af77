import type {
  ItemKey,
  ItemUpdate,
  KeysTable,
  ListPage,
  UpdateOutcome,
} from '../../lambdas/ledger/adapters/keys-table.ts';

type Item = Record<string, unknown>;

/**
 * One table in memory that runs DynamoDB's own condition and update expressions, as far as the ledger writes them.
 * The contract suite holds it to the real engines, so that the simulation proves the deployed expressions.
 */
export class MemoryKeysTable implements KeysTable {
  readonly items = new Map<string, Item>();
  /** Every version that a write left behind, in order: the stream. */
  readonly stream: { readonly before: Item | null; readonly after: Item }[] = [];

  put(item: Item): void {
    this.items.set(keyOf(String(item['pk']), String(item['sk'])), item);
  }

  async get(pk: string, sk: string): Promise<Item | null> {
    return structuredClone(this.items.get(keyOf(pk, sk)) ?? null);
  }

  async due(shard: string, untilMs: number, limit: number): Promise<readonly string[]> {
    return [...this.items.values()]
      .filter(
        (item) => item['sweep_shard'] === shard && Number(item['sweep_at'] ?? Infinity) <= untilMs,
      )
      .slice(0, limit)
      .map((item) => String(item['pk']).slice('KEY#'.length));
  }

  async insert(items: readonly (ItemKey & Item)[]): Promise<boolean> {
    if (items.some(({ pk, sk }) => this.items.has(keyOf(pk, sk)))) return false;
    for (const item of items) this.put(structuredClone(item));
    return true;
  }

  async getMany(keys: readonly ItemKey[]): Promise<Item[]> {
    const found = await Promise.all(keys.map(async ({ pk, sk }) => await this.get(pk, sk)));
    return found.filter((item) => item !== null);
  }

  async list({ index, partition, before, limit }: ListPage) {
    const name = index === 'by_user' ? 'user_pk' : 'list_pk';
    const rows = [...this.items.values()]
      .filter((item) => item[name] === partition && String(item['list_sk']) < (before ?? '~'))
      .toSorted((left, right) => (String(left['list_sk']) < String(right['list_sk']) ? 1 : -1));
    return { items: structuredClone(rows.slice(0, limit)), hasMore: rows.length > limit };
  }

  async update(update: ItemUpdate): Promise<UpdateOutcome> {
    return this.apply(update);
  }

  /** The write itself, at one instant. */
  apply(update: ItemUpdate): UpdateOutcome {
    const key = keyOf(update.key.pk, update.key.sk);
    const before = this.items.get(key) ?? null;
    const scope = { names: update.names, values: update.values, item: before ?? {} };
    if (!new Parser(tokensOf(update.condition), scope).condition())
      return { kind: 'refused', item: structuredClone(before) };
    const after = structuredClone(before ?? { pk: update.key.pk, sk: update.key.sk });
    new Parser(tokensOf(update.update), scope).update(after);
    this.items.set(key, after);
    this.stream.push({ before, after: structuredClone(after) });
    return { kind: 'written', item: structuredClone(after) };
  }
}

/** Does the item meet the condition? An absent item has no attributes. */
export const meets = (condition: string, scope: Scope): boolean =>
  new Parser(tokensOf(condition), scope).condition();

/** The item after the update expression. */
export const updated = (update: string, scope: Scope, target: Item): Item => {
  const after = structuredClone(target);
  new Parser(tokensOf(update), scope).update(after);
  return after;
};

const keyOf = (pk: string, sk: string): string => `${pk}|${sk}`;

const tokensOf = (text: string): string[] => text.match(/<>|<=|>=|[=<>(),.+-]|[#:]?\w+/g) ?? [];

export interface Scope {
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, unknown>>;
  readonly item: Item;
}

/** Recursive descent over one expression; operands are read from the item as it was before the write. */
class Parser {
  private place = 0;
  private readonly tokens: readonly string[];
  private readonly scope: Scope;

  constructor(tokens: readonly string[], scope: Scope) {
    this.tokens = tokens;
    this.scope = scope;
  }

  condition(): boolean {
    let result = this.conjunction();
    while (this.accept('OR')) {
      const right = this.conjunction();
      result = result || right;
    }
    return result;
  }

  update(target: Item): void {
    while (this.place < this.tokens.length) {
      const action = this.next();
      do {
        const path = this.path();
        if (action === 'REMOVE') removeAt(target, path);
        else {
          this.expect('=');
          writeAt(target, path, this.sum());
        }
      } while (this.accept(','));
    }
  }

  private conjunction(): boolean {
    let result = this.clause();
    while (this.accept('AND')) {
      const right = this.clause();
      result = result && right;
    }
    return result;
  }

  private clause(): boolean {
    if (this.accept('(')) {
      const inner = this.condition();
      this.expect(')');
      return inner;
    }
    const name = this.tokens[this.place];
    if (name === 'attribute_exists' || name === 'attribute_not_exists') {
      this.place += 1;
      this.expect('(');
      const exists = readAt(this.scope.item, this.path()) !== undefined;
      this.expect(')');
      return name === 'attribute_exists' ? exists : !exists;
    }
    if (name === 'contains') {
      this.place += 1;
      this.expect('(');
      const list = this.operand();
      this.expect(',');
      const wanted = this.operand();
      this.expect(')');
      return Array.isArray(list) && list.includes(wanted);
    }
    const left = this.operand();
    if (this.accept('IN')) {
      this.expect('(');
      const options: unknown[] = [];
      do options.push(this.operand());
      while (this.accept(','));
      this.expect(')');
      return options.includes(left);
    }
    return compare(this.next(), left, this.operand());
  }

  private sum(): unknown {
    let left = this.operand();
    for (;;) {
      if (this.accept('+')) left = Number(left) + Number(this.operand());
      else if (this.accept('-')) left = Number(left) - Number(this.operand());
      else return left;
    }
  }

  private operand(): unknown {
    const token = this.tokens[this.place] ?? '';
    if (token.startsWith(':')) {
      this.place += 1;
      return structuredClone(this.scope.values[token]);
    }
    if (token === 'size') {
      this.place += 1;
      this.expect('(');
      const value = readAt(this.scope.item, this.path());
      this.expect(')');
      return typeof value === 'object' && value !== null ? Object.keys(value).length : undefined;
    }
    if (token === 'if_not_exists') {
      this.place += 1;
      this.expect('(');
      const value = readAt(this.scope.item, this.path());
      this.expect(',');
      const fallback = this.operand();
      this.expect(')');
      return value ?? fallback;
    }
    return readAt(this.scope.item, this.path());
  }

  private path(): string[] {
    const path = [this.name()];
    while (this.accept('.')) path.push(this.name());
    return path;
  }

  private name(): string {
    const token = this.next();
    return token.startsWith('#') ? (this.scope.names[token] ?? '') : token;
  }

  private next(): string {
    const token = this.tokens[this.place];
    if (token === undefined) throw new Error('the expression ends too early');
    this.place += 1;
    return token;
  }

  private accept(token: string): boolean {
    if (this.tokens[this.place] !== token) return false;
    this.place += 1;
    return true;
  }

  private expect(token: string): void {
    if (!this.accept(token))
      throw new Error(`expected ${token} before ${this.tokens[this.place] ?? 'the end'}`);
  }
}

const isRecord = (value: unknown): value is Item => typeof value === 'object' && value !== null;

const readAt = (item: Item, path: readonly string[]): unknown => {
  let value: unknown = item;
  for (const name of path) value = isRecord(value) ? value[name] : undefined;
  return value;
};

const writeAt = (item: Item, path: readonly string[], value: unknown): void => {
  const parent = readAt(item, path.slice(0, -1));
  if (!isRecord(parent)) throw new Error(`no map at ${path.join('.')}`);
  parent[path.at(-1) ?? ''] = value;
};

const removeAt = (item: Item, path: readonly string[]): void => {
  const parent = readAt(item, path.slice(0, -1));
  if (isRecord(parent)) delete parent[path.at(-1) ?? ''];
};

/** A comparison with what is missing is false, as in DynamoDB. */
const compare = (operator: string, left: unknown, right: unknown): boolean => {
  if (left === undefined || right === undefined) return operator === '<>' && left !== right;
  if (operator === '=') return left === right;
  if (operator === '<>') return left !== right;
  const order =
    typeof left === 'number' && typeof right === 'number'
      ? left - right
      : typeof left === 'string' && typeof right === 'string'
        ? Number(left > right) - Number(left < right)
        : Number.NaN;
  switch (operator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    default:
      throw new Error(`unknown operator ${operator}`);
  }
};
