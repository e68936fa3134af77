import type { Json, Omission, TurnTool } from './turn.ts';
import { isJsonObject } from './partial-json.ts';

type Schema = { readonly [name: string]: Json };

/** Neither OpenAI nor Anthropic takes these at the top of a tool's schema. */
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
 * A tool's schema as providers take it: an object at the top, and no choice there. The members of every branch are offered
 * then, and those required that each branch requires: the tool itself checks what it gets. `problem`: what was changed;
 * null: nothing.
 * https://platform.openai.com/docs/guides/function-calling, https://platform.claude.com/docs/en/agents-and-tools/tool-use/implement-tool-use
 */
export const plainToolSchema = (
  given: Schema,
): { readonly schema: Schema; readonly problem: string | null } => {
  const found = NOT_AT_THE_TOP.filter((name) => given[name] !== undefined);
  if (found.length === 0) return { schema: given, problem: null };
  const resolved = withTarget(given);
  const choices = [...branches(resolved, 'anyOf'), ...branches(resolved, 'oneOf')];
  const parts = branches(resolved, 'allOf');
  const kept = Object.fromEntries(
    Object.entries(resolved).filter(([name]) => !NOT_AT_THE_TOP.includes(name)),
  );
  const everywhere = choices.reduce<readonly Json[] | null>(
    (left, branch) => requiredOf(branch).filter((name) => left?.includes(name) ?? true),
    null,
  );
  const required = new Set([
    ...requiredOf(resolved),
    ...parts.flatMap(requiredOf),
    ...(everywhere ?? []),
  ]);
  const properties = Object.assign(
    {},
    ...[...choices, ...parts, resolved].map((part) => part['properties'] ?? {}),
  );
  return {
    schema: {
      ...kept,
      type: 'object',
      properties,
      ...(required.size === 0 ? {} : { required: [...required] }),
    },
    problem: `${found.join(', ')} at the top of its schema`,
  };
};

/** A tool's schema for a wire; `omit` hears of what was changed. */
export const offeredSchema = (
  { name, input_schema }: Pick<TurnTool, 'name' | 'input_schema'>,
  omit: (omission: Omission) => void,
): Schema => {
  const { schema, problem } = plainToolSchema(input_schema);
  if (problem !== null) omit({ kind: 'tool', path: `tools.${name}`, reason: problem });
  return schema;
};

/** What a `$ref` at the top names, when it lies in the schema itself. */
const withTarget = (schema: Schema): Schema => {
  const { $ref: target, ...rest } = schema;
  if (typeof target !== 'string' || !target.startsWith('#/')) return schema;
  let value: Json | undefined = schema;
  for (const name of target.slice(2).split('/'))
    value = isJsonObject(value)
      ? value[name.replaceAll('~1', '/').replaceAll('~0', '~')]
      : undefined;
  return isJsonObject(value) && value['$ref'] === undefined ? { ...rest, ...value } : rest;
};

const branches = (schema: Schema, name: string): readonly Schema[] => {
  const list = schema[name];
  return Array.isArray(list) ? list.filter((branch) => isJsonObject(branch)) : [];
};

const requiredOf = (schema: Schema): readonly Json[] => {
  const list = schema['required'];
  return Array.isArray(list) ? list : [];
};
