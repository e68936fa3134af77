import { isRecord } from '../../../lambdas/http/body.ts';

type Schema = Readonly<Record<string, unknown>>;

/** A value for one property of a schema, or for one choice of it, and where it stands: `tools.0.function.strict`. */
export interface Sample {
  readonly path: string;
  readonly value: unknown;
}

const DEPTH_MAX = 7;

/**
 * For every property of a schema, at any depth and in every branch of a union, the least value that has it. `contract` is a
 * JSON Schema with `$defs`.
 */
export const samplesOf = (contract: Schema): readonly Sample[] => {
  const defs = recordOf(contract['$defs']);
  const resolved = (schema: unknown): Schema => {
    const told = recordOf(schema);
    const { $ref: name } = told;
    return typeof name === 'string' ? resolved(defs[name.replace('#/$defs/', '')]) : told;
  };
  const choices = (schema: unknown): readonly Schema[] => {
    const told = resolved(schema);
    const any = listOf(told['anyOf'] ?? told['oneOf']);
    return any.length === 0 ? [told] : any.flatMap(choices);
  };
  const least = (schema: unknown, depth: number): unknown => {
    const [told = {}] = choices(schema).filter((one) => one['type'] !== 'null');
    if (told['const'] !== undefined) return told['const'];
    const [first] = listOf(told['enum']);
    if (first !== undefined) return first;
    if (typeOf(told) === 'array') return depth > DEPTH_MAX ? [] : [least(told['items'], depth + 1)];
    const type = typeOf(told);
    if (told['properties'] !== undefined || type === 'object') {
      const members = recordOf(told['properties']);
      const wanted = [
        ...listOf(told['required']).map(String),
        ...Object.keys(members).filter((name) => ALWAYS.has(name)),
      ];
      const value: Record<string, unknown> = {};
      for (const name of wanted) value[name] = leastAt(name, members[name], depth + 1);
      if (told['properties'] === undefined && isRecord(told['additionalProperties']))
        value['key'] = least(told['additionalProperties'], depth + 1);
      return value;
    }
    if (type === 'boolean') return true;
    if (type === 'integer' || type === 'number')
      return Math.max(Number(told['minimum'] ?? told['exclusiveMinimum'] ?? 0), 0) + 1;
    return 'sample';
  };
  const leastAt = (name: string, schema: unknown, depth: number): unknown => {
    const value = least(schema, depth);
    const named = NAMED[name];
    return named !== undefined && typeof named === typeof value ? named : value;
  };
  const walk = (schema: unknown, path: string, depth: number): readonly Sample[] =>
    choices(schema).flatMap((told) => walkOne(told, path, depth));
  const walkOne = (told: Schema, path: string, depth: number): readonly Sample[] => {
    if (told['type'] === 'null' || depth > DEPTH_MAX) return [];
    const words = listOf(told['enum']);
    if (words.length > 0) return words.map((value) => ({ path, value }));
    if (typeOf(told) === 'array')
      return walk(told['items'], `${path}.0`, depth + 1).map((one) => ({
        ...one,
        value: [one.value],
      }));
    const members = recordOf(told['properties']);
    const name = path.split('.').at(-1) ?? '';
    const whole = { path, value: leastAt(name, told, depth) };
    if (Object.keys(members).length === 0) return [whole];
    const base = recordOf(least(told, depth));
    const inner = Object.entries(members).flatMap(([member, one]) =>
      walk(one, path === '' ? member : `${path}.${member}`, depth + 1).map((found) => ({
        ...found,
        value: { ...base, [member]: found.value },
      })),
    );
    return path === '' ? inner : [whole, ...inner];
  };
  const [root = {}] = choices(contract);
  const all = walk(root, '', 0);
  const seen = new Set<string>();
  return all.filter(({ path, value }) => {
    const key = `${path} ${JSON.stringify(value)}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
};

const CLOSED: Schema = {
  type: 'object',
  properties: { a: { type: 'string' } },
  required: ['a'],
  additionalProperties: false,
};

/** Values that a schema does not say, and a provider wants. */
const NAMED: Readonly<Record<string, unknown>> = {
  temperature: 0.5,
  top_p: 0.5,
  n: 2,
  max_tokens: 4_000,
  max_completion_tokens: 4_000,
  budget_tokens: 2_000,
  url: 'https://images.example/1.png',
  data: 'iVBORw0KGgo=',
  file_data: 'data:application/pdf;base64,JVBERi0=',
  arguments: '{"a":1}',
  input: { a: 1 },
  media_type: 'image/png',
  mimeType: 'image/png',
  fileUri: 'https://images.example/1.png',
  args: { a: 1 },
  response: { output: 'done' },
  candidateCount: 2,
  topP: 0.5,
  topK: 5,
  logprobs: 3,
  responseSchema: {
    type: 'OBJECT',
    properties: { a: { type: 'STRING' } },
    required: ['a'],
  },
  responseJsonSchema: CLOSED,
  parametersJsonSchema: CLOSED,
  schema: CLOSED,
  input_schema: CLOSED,
  parameters: CLOSED,
};

/** What a schema leaves open and no provider does without. */
const ALWAYS: ReadonlySet<string> = new Set(['file_data', 'content']);

/** The first type that is not null. */
const typeOf = ({ type }: Schema): unknown =>
  Array.isArray(type) ? type.find((one) => one !== 'null') : type;

const recordOf = (value: unknown): Schema => (isRecord(value) ? value : {});
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
