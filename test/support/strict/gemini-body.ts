import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { isRecord } from '../../../lambdas/http/body.ts';

const field = z.strictObject({
  kind: z.enum(['message', 'enum', 'string', 'bytes', 'bool', 'int32', 'int64', 'number', 'map']),
  of: z.string().optional(),
  list: z.literal(true).optional(),
  oneof: z.string().optional(),
});
type Field = z.infer<typeof field>;
/** The messages of requests, by their names. */
export const geminiContract = z
  .strictObject({
    messages: z.record(z.string(), z.record(z.string(), field)),
    enums: z.record(z.string(), z.array(z.string())),
  })
  .parse(JSON.parse(readFileSync('test/fixtures/contracts/gemini.json', 'utf8')));

/** Fields that are newer than the messages: of the types of @google/genai 3.3, where nothing else is. */
const NEWER: Readonly<Record<string, Readonly<Record<string, Field>>>> = {
  ThinkingConfig: { thinkingLevel: { kind: 'string' } },
};

/** Why the API would refuse a body of generateContent, as its JSON is parsed into its messages. None: it takes it. */
export const geminiRefusals = (body: unknown, model = 'm'): readonly string[] => {
  const told = isRecord(body) ? { ...body, model: 'models/m' } : body;
  return [
    ...messageProblems('GenerateContentRequest', told, ''),
    ...ruleProblems(body),
    ...signatureProblems(body, model),
  ];
};

/** The same of any message, by its name. */
export const geminiProblems = (name: string, body: unknown): readonly string[] =>
  messageProblems(name, body, '');

const messageProblems = (name: string, value: unknown, path: string): readonly string[] => {
  // Any JSON at all.
  if (name.startsWith('google.protobuf.')) return [];
  if (!isRecord(value))
    return [`${path || name}: Proto field is not repeating, cannot start list.`];
  const fields = { ...geminiContract.messages[name], ...NEWER[name] };
  const oneofs = Object.keys(value).flatMap((key) => fields[key]?.oneof ?? []);
  return [
    ...(new Set(oneofs).size === oneofs.length ? [] : [`${path}: oneof field is already set.`]),
    ...Object.entries(value).flatMap(([key, item]) => {
      const known = fields[key];
      const at = `${path}${path === '' ? '' : '.'}${key}`;
      return known === undefined
        ? [`Invalid JSON payload received. Unknown name "${key}" at '${path || name}'.`]
        : fieldProblems(known, item, at);
    }),
  ];
};

const fieldProblems = (known: Field, value: unknown, path: string): readonly string[] => {
  if (value === null || value === undefined) return [];
  if (known.list === true)
    return Array.isArray(value)
      ? value.flatMap((item: unknown, index) => oneProblems(known, item, `${path}[${index}]`))
      : [`${path}: no list`];
  return oneProblems(known, value, path);
};

const oneProblems = ({ kind, of = '' }: Field, value: unknown, path: string): readonly string[] => {
  const isRight = (is: boolean): readonly string[] => (is ? [] : [`Invalid value at '${path}'`]);
  switch (kind) {
    case 'message':
      return messageProblems(of, value, path);
    case 'map':
      return isRecord(value)
        ? Object.entries(value).flatMap(([key, item]) =>
            of === 'string'
              ? isRight(typeof item === 'string')
              : messageProblems(of, item, `${path}.${key}`),
          )
        : isRight(false);
    case 'enum':
      return isRight(
        typeof value === 'string' && geminiContract.enums[of]?.includes(value) === true,
      );
    case 'bytes':
      return isRight(typeof value === 'string' && /^[\w+/-]*={0,2}$/.test(value));
    case 'string':
      return isRight(typeof value === 'string');
    case 'bool':
      return isRight(typeof value === 'boolean');
    case 'int32':
      return isRight(
        Number(value) === Math.trunc(Number(value)) && Math.abs(Number(value)) < 2 ** 31,
      );
    case 'int64':
      return isRight(Number.isInteger(Number(value)));
    case 'number':
      return isRight(typeof value === 'number');
  }
};

const rules = z.looseObject({
  contents: z.array(
    z.looseObject({
      role: z.string().optional(),
      parts: z.array(
        z.looseObject({
          functionCall: z.unknown().optional(),
          functionResponse: z.unknown().optional(),
        }),
      ),
    }),
  ),
  generationConfig: z
    .looseObject({
      temperature: z.number().optional(),
      stopSequences: z.array(z.string()).optional(),
      maxOutputTokens: z.number().optional(),
    })
    .optional(),
});

/** From Gemini 3 on: https://ai.google.dev/gemini-api/docs/thought-signatures */
const signatureProblems = (body: unknown, model: string): readonly string[] => {
  if (!/^gemini-[3-9]/.test(model)) return [];
  return (rules.safeParse(body).data?.contents ?? []).flatMap(({ parts }) => {
    const first = parts.find(({ functionCall }) => functionCall != null);
    return first === undefined || first['thoughtSignature'] !== undefined
      ? []
      : ['Function call is missing a thought_signature in functionCall parts.'];
  });
};

/** What the messages do not say: https://ai.google.dev/gemini-api/docs/function-calling */
const ruleProblems = (body: unknown): readonly string[] => {
  const { data } = rules.safeParse(body);
  if (data === undefined) return ['contents is not specified'];
  const { contents, generationConfig: generation = {} } = data;
  const { temperature = 0, stopSequences = [], maxOutputTokens = 1 } = generation;
  const problems: string[] = [];
  if (contents.length === 0) problems.push('contents is not specified');
  if (temperature < 0 || temperature > 2) problems.push('temperature must be in the range [0, 2]');
  if (stopSequences.length > 5) problems.push('at most 5 stop sequences');
  if (maxOutputTokens < 1) problems.push('max_output_tokens must be positive');
  for (const [at, { role = 'user', parts }] of contents.entries()) {
    if (!['user', 'model', 'function'].includes(role))
      problems.push('Please use a valid role: user, model.');
    if (parts.length === 0) problems.push(`contents[${at}].parts: must not be empty`);
    const calls = contents[at - 1]?.parts.filter(({ functionCall }) => functionCall != null) ?? [];
    const results = parts.filter(({ functionResponse }) => functionResponse != null);
    if (calls.length !== results.length)
      problems.push(
        'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.',
      );
  }
  return problems;
};
