import * as z from 'zod';

/** As providers count on the average. */
export const CHARS_PER_TOKEN = 4;

const schema = z.record(z.string(), z.unknown());
const named = z.object({ name: z.string() });
const tool = z.union([
  z
    .object({ function: named.extend({ parameters: schema.nullish() }) })
    .transform(({ function: f }) => ({ name: f.name, schema: f.parameters ?? {} })),
  named
    .extend({ input_schema: schema })
    .transform(({ name, input_schema }) => ({ name, schema: input_schema })),
]);

/** Whether a tool may or must be called, and which; on either wire. */
const choice = z.union([
  z.enum(['none', 'auto', 'required']).transform((mode) => ({ mode, names: null })),
  z.object({ type: z.literal('any') }).transform(() => ({ mode: 'required', names: null })),
  z.object({ type: z.literal('none') }).transform(() => ({ mode: 'none', names: null })),
  z
    .object({ type: z.literal('function'), function: named })
    .transform(({ function: { name } }) => ({ mode: 'required', names: [name] })),
  z
    .object({ type: z.literal('tool'), name: z.string() })
    .transform(({ name }) => ({ mode: 'required', names: [name] })),
  z
    .object({
      allowed_tools: z.object({
        mode: z.string(),
        tools: z.array(z.object({ function: named })),
      }),
    })
    .transform(({ allowed_tools: { mode, tools } }) => ({
      mode,
      names: tools.map((each) => each.function.name),
    })),
]);

const block = z.looseObject({
  type: z.string(),
  text: z.string().optional(),
  content: z.unknown().optional(),
  is_error: z.boolean().optional(),
});
const message = z.looseObject({ role: z.string(), content: z.unknown().optional() });
type Message = z.infer<typeof message>;

/** What a caller wishes, on either wire. A field of another form is no wish. */
const wishes = z.looseObject({
  model: z.string().catch('unknown'),
  stream: z.boolean().catch(false),
  stream_options: z.object({ include_usage: z.boolean() }).nullable().catch(null),
  max_tokens: z.number().nullable().catch(null),
  max_completion_tokens: z.number().nullable().catch(null),
  messages: z.array(message).catch([]),
  tools: z.array(z.unknown()).catch([]),
  tool_choice: choice.catch({ mode: 'auto', names: null }),
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

export type Schema = Readonly<Record<string, unknown>>;

export interface Asked {
  readonly model: string;
  readonly isStream: boolean;
  readonly includesUsage: boolean;
  /** What the user said last. A message that got no answer may stand in front of it in the same one. */
  readonly prompt: string;
  /** The result of a tool that the answer is to be made from. */
  readonly result: { readonly text: string; readonly isError: boolean } | null;
  /** Those that may be called. */
  readonly tools: readonly { readonly name: string; readonly schema: Schema }[];
  readonly mustCall: boolean;
  /** JSON Schema of the answer; null: words. */
  readonly shape: Schema | null;
  readonly inputTokens: number;
  readonly outputTokensMax: number;
}

/** null: not a body that either wire has. */
export const askedOf = (body: unknown): Asked | null => {
  const { data } = wishes.safeParse(body);
  if (data === undefined || data.messages.length === 0) return null;
  const { messages, tool_choice: chosen } = data;
  const said = messages
    .filter(({ role }) => role === 'user')
    .flatMap(({ content }) => textsOf(content));
  const offered = data.tools.flatMap((each) => tool.safeParse(each).data ?? []);
  return {
    model: data.model,
    isStream: data.stream,
    includesUsage: data.stream_options?.include_usage === true,
    prompt: said.findLast((text) => text !== '') ?? '',
    result: resultOf(messages.at(-1)),
    tools:
      chosen.mode === 'none'
        ? []
        : offered.filter(({ name }) => chosen.names?.includes(name) ?? true),
    mustCall: chosen.mode === 'required',
    shape: data.response_format ?? data.output_config ?? data.output_format?.schema ?? null,
    inputTokens: tokensOf(JSON.stringify([data['system'], messages, data.tools])),
    outputTokensMax: data.max_completion_tokens ?? data.max_tokens ?? Number.POSITIVE_INFINITY,
  };
};

export const tokensOf = (text: string): number => Math.ceil(text.length / CHARS_PER_TOKEN);

const blocksOf = (content: unknown) =>
  z
    .array(z.unknown())
    .catch([])
    .parse(content)
    .flatMap((each) => block.safeParse(each).data ?? []);

const textsOf = (content: unknown): readonly string[] =>
  typeof content === 'string'
    ? [content.trim()]
    : blocksOf(content).flatMap(({ type, text = '' }) => (type === 'text' ? [text.trim()] : []));

const textOf = (content: unknown): string => textsOf(content).join('\n');

const resultOf = (last: Message | undefined): Asked['result'] => {
  if (last?.role === 'tool') return { text: textOf(last.content), isError: false };
  const told = blocksOf(last?.content).findLast(({ type }) => type === 'tool_result');
  return told === undefined
    ? null
    : { text: textOf(told.content), isError: told.is_error === true };
};
