import { isJsonObject } from './partial-json.ts';
import type { Json } from './turn.ts';

/**
 * Does every object of a schema name all of its members and want each of them? Then every provider that keeps to schemas
 * keeps to this one. https://platform.openai.com/docs/guides/structured-outputs#supported-schemas
 */
export const isClosedSchema = (schema: Json): boolean => {
  if (Array.isArray(schema)) return schema.every(isClosedSchema);
  if (!isJsonObject(schema)) return true;
  const { properties, required, additionalProperties } = schema;
  if (isJsonObject(properties)) {
    const names = Array.isArray(required) ? required : [];
    const isClosed =
      additionalProperties === false &&
      Object.keys(properties).every((name) => names.includes(name));
    return isClosed && Object.values(properties).every(isClosedSchema) && areClosed(schema);
  }
  return areClosed(schema);
};

const areClosed = ({ items, anyOf, $defs, definitions }: Readonly<Record<string, Json>>): boolean =>
  [items, anyOf].every((part) => part === undefined || isClosedSchema(part)) &&
  [$defs, definitions].every(
    (part) => !isJsonObject(part) || Object.values(part).every(isClosedSchema),
  );

type Schema = Readonly<Record<string, Json>>;

/**
 * The same schema whose objects have no members but those that they name, for a provider that keeps to no other:
 * https://platform.claude.com/docs/en/build-with-claude/structured-outputs#json-schema-limitations
 */
export const closedObjects = (
  schema: Schema,
): { readonly schema: Schema; readonly isChanged: boolean } => {
  let isChanged = false;
  const closed = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(closed);
    return isJsonObject(value) ? closedOne(value) : value;
  };
  const closedOne = (value: Schema): Schema => {
    const inner: Record<string, Json> = {};
    for (const [name, part] of Object.entries(value))
      // Words of an example, or of a default, are no schema.
      inner[name] = WORDS.has(name) ? part : closed(part);
    const isOpen = value['type'] === 'object' && value['additionalProperties'] !== false;
    if (!isOpen) return inner;
    isChanged = true;
    return { ...inner, additionalProperties: false };
  };
  return { schema: closedOne(schema), isChanged };
};

const WORDS: ReadonlySet<string> = new Set(['enum', 'const', 'default', 'examples', 'required']);
