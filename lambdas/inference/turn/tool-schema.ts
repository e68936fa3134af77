import type { Json, Omission, TurnTool } from './turn.ts';
import { isJsonObject } from './partial-json.ts';

type Schema = { readonly [name: string]: Json };

/** Neither OpenAI nor Anthropic accepts these at the top of a tool's schema. */
const NOT_AT_THE_TOP = [
  'anyOf',
  'oneOf',
  'allOf',
  'enum',
  'not',
  'const',
  'if',
  'then',
  'else',
  '$ref',
];

/**
 * A tool's schema as providers accept it: an object at the top, and no choice there. The members of every branch are offered
 * then, and those required that each branch requires: the tool itself checks what it gets. `problem`: what was changed;
 * null: nothing.
 * https://platform.openai.com/docs/guides/function-calling, https://platform.claude.com/docs/en/agents-and-tools/tool-use/implement-tool-use
 */
export const plainToolSchema = (
  given: Schema,
): { readonly schema: Schema; readonly problem: string | null } => {
  const found = NOT_AT_THE_TOP.filter((name) => given[name] !== undefined);
  const { properties: members = {}, required: names = [] } = given;
  const isPlain = isSchemaObject(members) && isList(names);
  if (found.length === 0 && isPlain) return { schema: given, problem: null };
  const { properties, required } = flattened(given, { root: given, known: new Map() });
  const kept = Object.fromEntries(
    Object.entries(given).filter(([name]) => !MENDED.has(name) && !NOT_AT_THE_TOP.includes(name)),
  );
  const schema = {
    ...kept,
    type: 'object',
    properties,
    ...(required.length === 0 ? {} : { required }),
  };
  return {
    schema: withMovedTargets(schema, given),
    problem: `${(found.length === 0 ? ['properties'] : found).join(', ')} at the top of its schema`,
  };
};

const LEFT_OUT = new RegExp(
  `^#/(?:${NOT_AT_THE_TOP.join('|').replace('$', String.raw`\$`)})(?:/|$)`,
);

interface Place {
  readonly name: string;
  value: Json;
}

/** What a `$ref` names in a part that is left out stays, among the definitions. */
const withMovedTargets = (schema: Schema, root: Schema): Schema => {
  const moved = new Map<string, Place>();
  const movedTo = (target: string): string => {
    const known = moved.get(target);
    if (known !== undefined) return `#/$defs/${known.name}`;
    const place: Place = { name: target.slice(2).replaceAll(/[^\w-]+/g, '.'), value: {} };
    moved.set(target, place);
    place.value = mended(targetIn(root, target) ?? {});
    return `#/$defs/${place.name}`;
  };
  const mended = (value: Json): Json => {
    if (isList(value)) return value.map(mended);
    if (!isJsonObject(value)) return value;
    const entries = Object.entries(value).map(([name, item]: [string, Json]): [string, Json] =>
      name === '$ref' && typeof item === 'string' && LEFT_OUT.test(item)
        ? [name, movedTo(item)]
        : [name, mended(item)],
    );
    return Object.fromEntries(entries);
  };
  const whole = mended(schema);
  if (moved.size === 0 || !isSchemaObject(whole)) return schema;
  const own = isSchemaObject(whole['$defs']) ? whole['$defs'] : {};
  const targets = [...moved.values()].map(({ name, value }) => [name, value] as const);
  return { ...whole, $defs: { ...own, ...Object.fromEntries(targets) } };
};

const MENDED: ReadonlySet<string> = new Set(['type', 'properties', 'required']);
const NONE: Members = { properties: {}, required: [] };

interface Members {
  readonly properties: Schema;
  readonly required: readonly Json[];
}

/** The members of a schema with those of its parts and of its choices, however deep those stand at its top. */
const flattened = (given: Schema, names: Names): Members => {
  const { $ref: target } = given;
  if (typeof target !== 'string') return membersAt(given, names);
  const known = names.known.get(target);
  if (known !== undefined) return known;
  // One that names itself has no more than it has without that.
  names.known.set(target, NONE);
  const members = membersAt(withTarget(given, names.root), names);
  names.known.set(target, members);
  return members;
};

/** What each `$ref` names is read once. */
interface Names {
  readonly root: Schema;
  readonly known: Map<string, Members>;
}

const membersAt = (schema: Schema, names: Names): Members => {
  const membersOf = (name: string) =>
    branches(schema, name).map((branch) => flattened(branch, names));
  const parts = membersOf('allOf');
  const choices = [membersOf('anyOf'), membersOf('oneOf')];
  const own = isSchemaObject(schema['properties']) ? schema['properties'] : {};
  return {
    properties: [...choices.map(eitherOf), ...parts.map((part) => part.properties), own].reduce(
      bothOf,
    ),
    required: [
      ...new Set([
        ...listOf(schema['required']),
        ...parts.flatMap((part) => part.required),
        ...choices.flatMap(requiredByEach),
      ]),
    ],
  };
};

/** A member that is said in two places is what both say. */
const bothOf = (all: Schema, more: Schema): Schema => ({
  ...all,
  ...Object.fromEntries(
    Object.entries(more).map(([name, schema]) => {
      const before = all[name];
      const areBoth = isSchemaObject(before) && isSchemaObject(schema);
      return [name, areBoth ? { ...before, ...schema } : schema];
    }),
  ),
});

/** Of a member that the branches say differently, each may be meant. Choices of choices are one, or they double in depth. */
const eitherOf = (choices: readonly Members[]): Schema => {
  const names = new Set(choices.flatMap(({ properties }) => Object.keys(properties)));
  return Object.fromEntries(
    [...names].map((name) => {
      const said = choices.flatMap(({ properties }) => saidOf(properties[name]));
      const apart = new Map(said.map((schema) => [JSON.stringify(schema), schema]));
      const [first = {}, ...others] = apart.values();
      return [name, others.length === 0 ? first : { anyOf: [first, ...others] }];
    }),
  );
};

const saidOf = (schema: Json | undefined): readonly Json[] => {
  if (!isSchemaObject(schema)) return schema === undefined ? [] : [schema];
  const { anyOf: choices, ...rest } = schema;
  const isChoice = Object.keys(rest).length === 0 && choices !== undefined && isList(choices);
  return isChoice ? choices : [schema];
};

const requiredByEach = (choices: readonly Members[]): readonly Json[] =>
  (choices[0]?.required ?? []).filter((name) =>
    choices.every(({ required }) => required.includes(name)),
  );

/** A tool's schema for a wire; `omit` hears of what was changed. */
export const offeredSchema = (
  { name, input_schema }: Pick<TurnTool, 'name' | 'input_schema'>,
  omit: (omission: Omission) => void,
): Schema => {
  const { schema, problem } = plainToolSchema(input_schema);
  if (problem !== null) omit({ kind: 'tool', path: `tools.${name}`, reason: problem });
  return schema;
};

/** What a `$ref` names, when it is in the schema itself. */
const withTarget = (schema: Schema, root: Schema): Schema => {
  const { $ref: target, ...rest } = schema;
  if (typeof target !== 'string') return schema;
  const value = targetIn(root, target);
  return isSchemaObject(value) && value['$ref'] === undefined ? { ...rest, ...value } : rest;
};

/** Where a pointer leads, through lists too: https://www.rfc-editor.org/rfc/rfc6901 */
const targetIn = (root: Schema, target: string): Json | undefined => {
  if (!target.startsWith('#/')) return undefined;
  let value: Json | undefined = root;
  for (const step of target.slice(2).split('/')) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (value !== undefined && isList(value)) value = value[Number(name)];
    else value = isSchemaObject(value) ? value[name] : undefined;
  }
  return value;
};

const branches = (schema: Schema, name: string): readonly Schema[] =>
  listOf(schema[name])
    .filter((branch) => isJsonObject(branch))
    // A call's input is an object, so nothing else is meant.
    .filter(({ type }) => type === undefined || type === 'object' || isObjectToo(type));

const isObjectToo = (type: Json): boolean => isList(type) && type.includes('object');

const listOf = (value: Json | undefined): readonly Json[] =>
  value !== undefined && isList(value) ? value : [];
const isList = (value: Json): value is readonly Json[] => Array.isArray(value);
const isSchemaObject = (value: Json | undefined): value is Schema =>
  value !== undefined && isJsonObject(value);
