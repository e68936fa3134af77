import { isJsonObject } from '../../turn/partial-json.ts';
import type { Json } from '../../turn/turn.ts';

type Schema = { readonly [name: string]: Json };

/** Limits are 64-bit integers, which come as texts. */
const COUNTS: ReadonlySet<string> = new Set([
  'minItems',
  'maxItems',
  'minLength',
  'maxLength',
  'minProperties',
  'maxProperties',
]);

/**
 * Google's `Schema`, a subset of OpenAPI's, as JSON Schema: types in small letters, `nullable` as a type, and the order of
 * members, which JSON Schema has no word for, as the order in which they stand. https://ai.google.dev/api/caching#Schema
 */
export const jsonSchemaOf = (schema: Schema): Schema => {
  const { type, nullable, propertyOrdering, properties, items, anyOf, example, ...rest } = schema;
  const plain: Record<string, Json> = {};
  for (const [name, value] of Object.entries(rest))
    plain[name] = COUNTS.has(name) && typeof value === 'string' ? Number(value) : value;
  const isNullable = nullable === true;
  const told = typeof type === 'string' && type !== 'TYPE_UNSPECIFIED' ? type.toLowerCase() : null;
  // Of texts a list of choices has a format of its own, which says no more.
  if (plain['format'] === 'enum') delete plain['format'];
  if (isNullable && Array.isArray(plain['enum'])) plain['enum'] = [...plain['enum'], null];
  return {
    ...(told === null ? {} : { type: isNullable ? [told, 'null'] : told }),
    ...plain,
    ...(isJsonObject(properties) ? { properties: membersOf(properties, propertyOrdering) } : {}),
    ...(isJsonObject(items) ? { items: jsonSchemaOf(items) } : {}),
    ...(Array.isArray(anyOf)
      ? { anyOf: anyOf.map((one: Json) => (isJsonObject(one) ? jsonSchemaOf(one) : one)) }
      : {}),
    ...(example === undefined ? {} : { examples: [example] }),
  };
};

const membersOf = (properties: Schema, ordering: Json | undefined): Schema => {
  const names = Object.keys(properties);
  const first = Array.isArray(ordering)
    ? ordering.filter((name) => typeof name === 'string').filter((name) => names.includes(name))
    : [];
  return Object.fromEntries(
    [...new Set([...first, ...names])].map((name) => {
      const member = properties[name] ?? {};
      return [name, isJsonObject(member) ? jsonSchemaOf(member) : member];
    }),
  );
};
