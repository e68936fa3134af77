import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { isRecord } from '../../../lambdas/http/body.ts';
import { isClosed, samplingProblem } from './anthropic-body.ts';

const shape = z.strictObject({
  type: z.enum(['structure', 'list', 'map', 'string', 'blob', 'boolean', 'integer', 'float']),
  required: z.array(z.string()).optional(),
  members: z.record(z.string(), z.string()).optional(),
  member: z.string().optional(),
  value: z.string().optional(),
  enum: z.array(z.string()).optional(),
  pattern: z.string().optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  union: z.literal(true).optional(),
  document: z.literal(true).optional(),
});
type Shape = z.infer<typeof shape>;
const SHAPES = z
  .record(z.string(), shape)
  .parse(JSON.parse(readFileSync('test/fixtures/contracts/bedrock-converse.json', 'utf8')));

/** Why Bedrock would refuse a body of ConverseStream, by its service's model and the rules of the model. None: it takes it. */
export const bedrockRefusals = (model: string, body: unknown): readonly string[] => [
  ...problemsOf('ConverseStreamRequest', body, ''),
  ...ruleProblems(body),
  ...modelProblems(model, recordOf(body)),
];

const recordOf = (value: unknown): Readonly<Record<string, unknown>> =>
  isRecord(value) ? value : {};

/** What the maker of a model refuses, Bedrock does. */
const modelProblems = (
  model: string,
  {
    inferenceConfig,
    toolConfig,
    additionalModelRequestFields,
    outputConfig,
  }: Readonly<Record<string, unknown>>,
): readonly string[] => {
  const more = recordOf(additionalModelRequestFields);
  // An unknown field is a 400: https://github.com/anomalyco/opencode/pull/48195
  const known = model.includes('anthropic.')
    ? ['thinking', 'top_k']
    : model.includes('openai.gpt-5')
      ? ['reasoning']
      : [];
  const unknown = Object.keys(more).filter((name) => !known.includes(name));
  if (unknown.length > 0) return unknown.map((name) => `Unknown parameter: '${name}'.`);
  if (!model.includes('anthropic.')) return [];
  const { maxTokens, temperature, topP } = recordOf(inferenceConfig);
  const [choice] = Object.keys(recordOf(recordOf(toolConfig)['toolChoice']));
  const { jsonSchema } = recordOf(recordOf(recordOf(outputConfig)['textFormat'])['structure']);
  const { schema } = recordOf(jsonSchema);
  const problem = samplingProblem({
    ...more,
    model,
    max_tokens: maxTokens,
    temperature,
    top_p: topP,
    tool_choice: { type: choice },
  });
  return [
    ...(problem === null ? [] : [problem]),
    ...(typeof schema !== 'string' || isClosed(JSON.parse(schema))
      ? []
      : ['an object is not closed']),
  ];
};

const problemsOf = (name: string, value: unknown, path: string): readonly string[] => {
  const known = SHAPES[name];
  if (known === undefined || known.document === true) return [];
  switch (known.type) {
    case 'structure':
      return structureProblems(known, value, path);
    case 'list':
      return Array.isArray(value)
        ? [
            ...sizeProblems(known, value.length, path),
            ...value.flatMap((item: unknown, index) =>
              problemsOf(known.member ?? '', item, `${path}.${index}`),
            ),
          ]
        : [`${path}: no list`];
    case 'map':
      return isRecord(value)
        ? Object.entries(value).flatMap(([key, item]) =>
            problemsOf(known.value ?? '', item, `${path}.${key}`),
          )
        : [`${path}: no map`];
    case 'string':
      return stringProblems(known, value, path);
    case 'blob':
      return typeof value === 'string' && /^[\w+/]+={0,2}$/.test(value) ? [] : [`${path}: no blob`];
    case 'boolean':
      return typeof value === 'boolean' ? [] : [`${path}: no boolean`];
    case 'integer':
    case 'float':
      return typeof value === 'number' ? sizeProblems(known, value, path) : [`${path}: no number`];
  }
};

const structureProblems = (known: Shape, value: unknown, path: string): readonly string[] => {
  if (!isRecord(value)) return [`${path}: no structure`];
  const { members = {}, required = [] } = known;
  const set = Object.keys(value).filter((name) => value[name] !== undefined);
  return [
    ...required.filter((name) => !set.includes(name)).map((name) => `${path}.${name}: required`),
    ...(known.union === true && set.length !== 1 ? [`${path}: exactly one member`] : []),
    ...set.flatMap((name) => {
      const member = members[name];
      return member === undefined
        ? [`${path}.${name}: unknown`]
        : problemsOf(member, value[name], `${path}.${name}`);
    }),
  ];
};

const stringProblems = (known: Shape, value: unknown, path: string): readonly string[] => {
  if (typeof value !== 'string') return [`${path}: no string`];
  const { enum: words, pattern } = known;
  if (words !== undefined && !words.includes(value)) return [`${path}: ${value} is no word of it`];
  if (pattern !== undefined && !new RegExp(`^(?:${pattern})$`, 's').test(value))
    return [`${path}: ${value} is not of its pattern`];
  return sizeProblems(known, value.length, path);
};

const sizeProblems = ({ min, max }: Shape, size: number, path: string): readonly string[] =>
  (min !== undefined && size < min) || (max !== undefined && size > max)
    ? [`${path}: ${size} is not from ${min} to ${max}`]
    : [];

const rules = z.looseObject({
  messages: z.array(
    z.looseObject({ role: z.string(), content: z.array(z.record(z.string(), z.unknown())) }),
  ),
  toolConfig: z.unknown().optional(),
});
const use = z.looseObject({ toolUseId: z.string() });

/** What the model does not say: https://docs.aws.amazon.com/bedrock/latest/userguide/tool-use-inference-call.html */
const ruleProblems = (body: unknown): readonly string[] => {
  const { data } = rules.safeParse(body);
  if (data === undefined) return [];
  const problems: string[] = [];
  const idsIn = (at: number, kind: 'toolUse' | 'toolResult'): readonly string[] =>
    (data.messages[at]?.content ?? []).flatMap((block) => {
      const told = use.safeParse(block[kind]).data;
      return told === undefined ? [] : [told.toolUseId];
    });
  if (data.messages[0]?.role !== 'user')
    problems.push('A conversation must start with a user message.');
  for (const [at, { role, content }] of data.messages.entries()) {
    if (data.messages[at - 1]?.role === role) problems.push(`${at}: roles must alternate`);
    if (content.length === 0) problems.push(`${at}: content is empty`);
    const called = at === 0 ? [] : idsIn(at - 1, 'toolUse');
    if (called.toSorted().join() !== idsIn(at, 'toolResult').toSorted().join())
      problems.push(`${at}: results are not those of the calls before`);
    const hasTools = idsIn(at, 'toolUse').length + idsIn(at, 'toolResult').length > 0;
    if (hasTools && data.toolConfig === undefined)
      problems.push('The toolConfig field must be defined when using toolUse and toolResult.');
    const hasFile = content.some((block) => 'document' in block);
    if (hasFile && !content.some((block) => 'text' in block))
      problems.push(`${at}: a document needs a text beside it`);
    if (content.some(({ text }) => typeof text === 'string' && text.trim() === ''))
      problems.push(`${at}: text is blank`);
  }
  return problems;
};
