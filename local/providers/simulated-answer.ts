import * as z from 'zod';
import { smallestOf } from './smallest.ts';

const WORDS =
  'This answer is simulated on your machine: no provider is configured for this model. Set its API key in the environment and start again to reach the real one.';

const schema = z.record(z.string(), z.unknown());
const named = z.object({ name: z.string() });
const tool = z.union([
  z
    .object({ function: named.extend({ parameters: schema.optional() }) })
    .transform(({ function: f }) => ({
      name: f.name,
      schema: f.parameters ?? {},
    })),
  named
    .extend({ input_schema: schema })
    .transform((t) => ({ name: t.name, schema: t.input_schema })),
]);
/** What a caller wishes of an answer's shape, on either wire; what is said otherwise is no wish. */
const wishes = z.object({
  messages: z.array(z.object({ role: z.string(), content: z.unknown().optional() })).catch([]),
  tools: z.array(tool).catch([]),
  tool_choice: z
    .union([
      z.enum(['required']).transform(() => ({ name: null })),
      z.object({ type: z.literal('any') }).transform(() => ({ name: null })),
      z.object({ type: z.literal('function'), function: named }).transform((it) => it.function),
      z.object({ type: z.literal('tool'), name: z.string() }),
    ])
    .nullable()
    .catch(null),
  response_format: z
    .union([
      z.object({ json_schema: z.object({ schema }) }).transform((it) => it.json_schema.schema),
      z.object({ type: z.literal('json_object') }).transform(() => ({ type: 'object' })),
    ])
    .nullable()
    .catch(null),
  output_config: z
    .object({ format: z.object({ schema }) })
    .transform(({ format }) => format.schema)
    .nullable()
    .catch(null),
  output_format: z.object({ schema }).nullable().catch(null),
});

export type SimulatedAnswer =
  | { readonly content: string }
  | { readonly toolCalls: { readonly name: string; readonly arguments: string }[] };

/** Words; or, where the caller must have a certain shape, the smallest object that has it. */
export const simulatedAnswer = (body: unknown): SimulatedAnswer => {
  const { data } = wishes.safeParse(body);
  if (data === undefined) return { content: WORDS };
  const { messages, tools, tool_choice: choice } = data;
  const called = tools.find(({ name }) => choice?.name === null || name === choice?.name);
  if (choice !== null && called !== undefined && !isResult(messages.at(-1)))
    return { toolCalls: [{ name: called.name, arguments: textOf(called.schema) }] };
  const shape = data.response_format ?? data.output_config ?? data.output_format?.schema ?? null;
  return { content: shape === null ? WORDS : textOf(shape) };
};

const textOf = (shape: object): string => JSON.stringify(smallestOf({ type: 'object', ...shape }));

/** Who must call a tool and has its result would call it for ever. */
const isResult = (message: { role: string; content?: unknown } | undefined): boolean =>
  message?.role === 'tool' || JSON.stringify(message?.content ?? null).includes('"tool_result"');
