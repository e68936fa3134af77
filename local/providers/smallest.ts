import { matchOf, patternOf } from './pattern.ts';

/** A JSON Schema, as far as it is read here. */
type Schema = Readonly<Record<string, unknown>>;

const DEPTH_MAX = 32;
const FORMATS: Readonly<Record<string, string>> = {
  'date-time': '2026-01-01T00:00:00Z',
  date: '2026-01-01',
  time: '00:00:00Z',
  duration: 'PT0S',
  email: 'a@example.com',
  hostname: 'example.com',
  ipv4: '127.0.0.1',
  ipv6: '::1',
  uri: 'https://example.com',
  url: 'https://example.com',
  uuid: '00000000-0000-4000-8000-000000000000',
};

/** What a value may be made of instead of nothing. */
export interface Said {
  readonly prompt: string;
  readonly text: string;
  readonly number?: number;
}

export const NOTHING_SAID: Said = { prompt: '', text: '' };

/**
 * The smallest value that keeps to a schema, as far as one can be found without a search; with what was said in the places
 * that accept it.
 */
export const smallestOf = (
  schema: unknown,
  said: Said = NOTHING_SAID,
  root: unknown = schema,
  depth = 0,
): unknown => {
  if (!isSchema(schema) || depth > DEPTH_MAX) return null;
  const deeper = (part: unknown): unknown => smallestOf(part, said, root, depth + 1);
  if (typeof schema['$ref'] === 'string') return deeper(referred(schema['$ref'], root));
  if ('const' in schema) return schema['const'];
  if (isList(schema['enum'])) return chosen(schema['enum'], said);
  for (const name of ['anyOf', 'oneOf']) {
    const branches = schema[name];
    if (isList(branches)) return deeper(branches.find(isNull) ?? merged(schema, branches[0], name));
  }
  if (isList(schema['allOf']))
    return deeper(
      schema['allOf'].reduce<unknown>((whole, part) => merged(whole, resolved(part, root)), {
        ...schema,
        allOf: undefined,
      }),
    );
  return ofType(schema, said, deeper);
};

const chosen = (values: readonly unknown[], { prompt }: Said): unknown =>
  values.find((value) => typeof value === 'string' && value !== '' && prompt.includes(value)) ??
  values[0];

const ofType = (schema: Schema, said: Said, deeper: (part: unknown) => unknown): unknown => {
  const type = typeOf(schema);
  switch (type) {
    case 'object': {
      const properties = isSchema(schema['properties']) ? schema['properties'] : {};
      const required = isList(schema['required']) ? schema['required'].map(String) : [];
      const optional = said.prompt === '' ? [] : Object.keys(properties);
      const names = required.length === 0 ? optional : required;
      return Object.fromEntries(names.map((name) => [name, deeper(properties[name] ?? {})]));
    }
    case 'array': {
      const first = isList(schema['prefixItems']) ? schema['prefixItems'] : [];
      const length = Math.max(first.length, numberOf(schema['minItems'], 0));
      const isSet = schema['uniqueItems'] === true;
      const values: unknown[] = [];
      while (values.length < length) {
        const item = first[values.length] ?? schema['items'] ?? {};
        values.push(deeper(isSet && isSchema(item) ? unlike(item, values) : item));
      }
      return values;
    }
    case 'string':
      return smallestText(schema, said.text);
    case 'integer':
    case 'number':
      return smallestNumber(schema, type === 'integer', said.number);
    case 'boolean':
      return false;
    default:
      return null;
  }
};

/** The same schema without the values that are there. */
const unlike = (schema: Schema, values: readonly unknown[]): Schema => {
  if (isList(schema['enum'])) return { ...schema, enum: schema['enum'].slice(values.length) };
  const last = values.at(-1);
  if (typeof last === 'string') return { ...schema, minLength: last.length + 1 };
  if (typeof last === 'number') return { ...schema, exclusiveMinimum: last };
  return typeof last === 'boolean' ? { ...schema, const: !last } : schema;
};

const smallestText = (schema: Schema, said: string): string => {
  const least = numberOf(schema['minLength'], 0);
  const most = numberOf(schema['maxLength'], Infinity);
  const source = typeof schema['pattern'] === 'string' ? schema['pattern'] : null;
  const pattern = source === null ? null : patternOf(source);
  const fits = (text: string): boolean =>
    text.length >= least && text.length <= most && pattern?.test(text) !== false;
  const format = FORMATS[String(schema['format'])];
  if (format !== undefined && fits(format)) return format;
  if (format === undefined && said !== '' && fits(said)) return said;
  const match = source === null ? null : matchOf(source, least, most);
  return match ?? format ?? 'a'.repeat(least);
};

const smallestNumber = (schema: Schema, isInteger: boolean, said = 0): number => {
  const step = numberOf(schema['multipleOf'], isInteger ? 1 : 0);
  const least = numberOf(schema['minimum'], -Infinity);
  const most = numberOf(schema['maximum'], Infinity);
  const above = numberOf(schema['exclusiveMinimum'], -Infinity);
  const below = numberOf(schema['exclusiveMaximum'], Infinity);
  const fits = (number: number): boolean =>
    Number.isFinite(number) &&
    number >= least &&
    number <= most &&
    number > above &&
    number < below &&
    (step === 0 || Number.isInteger(number / step));
  const [low, high] = [Math.max(least, above), Math.min(most, below)];
  const unit = step === 0 ? 1 : step;
  const whole = Math.ceil(low / unit) * unit;
  const last = Math.floor(high / unit) * unit;
  const near = [said, 0, low, whole, whole + unit, high, last, last - unit, (low + high) / 2];
  return near.find(fits) ?? 0;
};

/** A schema that names no type is known by what else it names. */
const typeOf = (schema: Schema): unknown => {
  const { type } = schema;
  if (isList(type)) return type.includes('null') ? 'null' : type[0];
  if (type !== undefined) return type;
  if ('properties' in schema || 'required' in schema) return 'object';
  return 'items' in schema || 'prefixItems' in schema ? 'array' : 'null';
};

const merged = (whole: unknown, part: unknown, without?: string): Schema => {
  const [left, right] = [isSchema(whole) ? whole : {}, isSchema(part) ? part : {}];
  const listsOf = (name: string) =>
    [left, right].flatMap(({ [name]: list }): readonly unknown[] => (isList(list) ? list : []));
  const required = listsOf('required');
  const [first, second] = [left['properties'], right['properties']];
  return {
    ...left,
    ...(without === undefined ? {} : { [without]: undefined }),
    ...right,
    ...(required.length === 0 ? {} : { required }),
    ...(isSchema(first) && isSchema(second) ? { properties: { ...first, ...second } } : {}),
  };
};

const resolved = (part: unknown, root: unknown): unknown =>
  isSchema(part) && typeof part['$ref'] === 'string' ? referred(part['$ref'], root) : part;

const referred = (ref: string, root: unknown): unknown =>
  ref
    .split('/')
    .slice(1)
    .map((name) => decodeURIComponent(name).replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((value, name) => (isSchema(value) ? value[name] : undefined), root);

const isNull = (schema: unknown): boolean => isSchema(schema) && schema['type'] === 'null';
const numberOf = (value: unknown, other: number): number =>
  typeof value === 'number' ? value : other;
const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);
const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
