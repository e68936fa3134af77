type Item = Readonly<Record<string, unknown>>;
type Changing = Record<string, unknown>;

/** Does the item meet the condition? An absent item has no attributes. */
export const meets = (condition: string, scope: Scope): boolean =>
  new Parser(tokensOf(condition), scope).condition();

/** The item after the update expression. */
export const updated = (update: string, scope: Scope, target: Item): Item => {
  const after: Changing = structuredClone({ ...target });
  new Parser(tokensOf(update), scope).update(after);
  return after;
};

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

  update(target: Changing): void {
    while (this.place < this.tokens.length) {
      const action = this.next();
      do {
        const path = this.path();
        if (action === 'REMOVE') removeAt(target, path);
        else if (action === 'ADD') {
          const sum = Number(readAt(this.scope.item, path) ?? 0) + Number(this.operand());
          writeAt(target, path, sum);
        } else {
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
    if (name === 'begins_with') {
      this.place += 1;
      this.expect('(');
      const text = this.operand();
      this.expect(',');
      const start = this.operand();
      this.expect(')');
      return typeof text === 'string' && typeof start === 'string' && text.startsWith(start);
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

const isRecord = (value: unknown): value is Changing => typeof value === 'object' && value !== null;

const readAt = (item: Item, path: readonly string[]): unknown => {
  let value: unknown = item;
  for (const name of path) value = isRecord(value) ? value[name] : undefined;
  return value;
};

const writeAt = (item: Changing, path: readonly string[], value: unknown): void => {
  const parent = readAt(item, path.slice(0, -1));
  if (!isRecord(parent)) throw new Error(`no map at ${path.join('.')}`);
  parent[path.at(-1) ?? ''] = value;
};

const removeAt = (item: Changing, path: readonly string[]): void => {
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
