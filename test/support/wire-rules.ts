import * as z from 'zod';

/**
 * What the providers' documents demand of a conversation, written down apart from the code that obeys. Each function
 * gives the broken rules; none: the body is valid. The fields beside it are the contract's matter (`strict/`).
 */
const mark = z.looseObject({}).optional();
const content = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: z.string().regex(/\S/), cache_control: mark }),
  z.strictObject({
    type: z.literal('image'),
    source: z.discriminatedUnion('type', [
      z.strictObject({
        type: z.literal('base64'),
        media_type: z.enum(['image/jpeg', 'image/png', 'image/gif', 'image/webp']),
        data: z.string(),
      }),
      z.strictObject({ type: z.literal('url'), url: z.string() }),
    ]),
    cache_control: mark,
  }),
  z.strictObject({
    type: z.literal('document'),
    source: z.discriminatedUnion('type', [
      z.strictObject({
        type: z.literal('base64'),
        media_type: z.literal('application/pdf'),
        data: z.string(),
      }),
      z.strictObject({
        type: z.literal('text'),
        media_type: z.literal('text/plain'),
        data: z.string(),
      }),
      z.strictObject({ type: z.literal('url'), url: z.string() }),
    ]),
    title: z.string().optional(),
    cache_control: mark,
  }),
  z.strictObject({
    type: z.literal('tool_use'),
    id: z.string().regex(/^[a-zA-Z0-9_-]+$/),
    name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/),
    input: z.record(z.string(), z.unknown()),
    cache_control: mark,
  }),
  z.strictObject({
    type: z.literal('tool_result'),
    tool_use_id: z.string(),
    content: z.union([
      z.string().min(1),
      z
        .array(
          z.union([
            z.strictObject({ type: z.literal('text'), text: z.string().regex(/\S/) }),
            z.strictObject({ type: z.literal('image'), source: z.looseObject({}) }),
          ]),
        )
        .min(1),
    ]),
    is_error: z.boolean().optional(),
    cache_control: mark,
  }),
  z.strictObject({
    type: z.literal('thinking'),
    thinking: z.string(),
    signature: z.string().min(1),
  }),
  z.strictObject({ type: z.literal('redacted_thinking'), data: z.string() }),
]);
type Content = z.infer<typeof content>;
const anthropicBody = z.strictObject({
  model: z.string(),
  system: z.unknown().optional(),
  max_tokens: z.int().optional(),
  temperature: z.number().min(0).max(1).optional(),
  messages: z
    .array(
      z.strictObject({ role: z.enum(['user', 'assistant']), content: z.array(content).min(1) }),
    )
    .min(1),
  tools: z
    .array(
      z.looseObject({
        name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/),
        input_schema: z.record(z.string(), z.unknown()),
      }),
    )
    .optional(),
  tool_choice: z.unknown().optional(),
  top_p: z.unknown().optional(),
  output_config: z.unknown().optional(),
});

const idsOf = (blocks: readonly Content[]) =>
  blocks.flatMap((block) => (block.type === 'tool_use' ? [block.id] : []));
const answersOf = (blocks: readonly Content[]) =>
  blocks.flatMap((block) => (block.type === 'tool_result' ? [block.tool_use_id] : []));
const isThought = ({ type }: Content) => type === 'thinking' || type === 'redacted_thinking';

const USER_TYPES = new Set(['text', 'image', 'document', 'tool_result']);

/** What both refuse: text that is no text, and a choice at the top of a tool's schema. */
const commonProblems = (
  body: unknown,
  tools: readonly { readonly input_schema: Readonly<Record<string, unknown>> }[],
): string[] => [
  ...(/\\u[dD][89a-fA-F]/.test(JSON.stringify(body)) ? ['half a surrogate pair'] : []),
  ...tools.flatMap(({ input_schema }) =>
    input_schema['type'] === 'object' &&
    !['anyOf', 'oneOf', 'allOf', 'enum', 'not'].some((name) => name in input_schema)
      ? []
      : ['a schema that is no plain object'],
  ),
];

export const anthropicProblems = (body: unknown): readonly string[] => {
  const parsed = anthropicBody.safeParse(body);
  if (!parsed.success) return [parsed.error.message];
  const { messages, tools = [] } = parsed.data;
  const problems = commonProblems(body, tools);
  const ids = messages.flatMap((message) => idsOf(message.content));
  if (new Set(ids).size !== ids.length) problems.push('ids are not unique');
  if (messages[0]?.role !== 'user') problems.push('the first message is not the user’s');
  if (messages.at(-1)?.role !== 'user') problems.push('ends with a prefill');
  if (ids.length > 0 && tools.length === 0) problems.push('calls without tools');
  if (new Set(tools.map(({ name }) => name)).size !== tools.length) problems.push('tool names');
  if ((JSON.stringify(body).match(/"cache_control"/g) ?? []).length > 4) problems.push('marks');
  for (const [at, { role, content: blocks }] of messages.entries()) {
    const before = messages[at - 1];
    if (before?.role === role) problems.push(`${at}: roles do not alternate`);
    const called = before?.role === 'assistant' ? idsOf(before.content) : [];
    const answered = answersOf(blocks);
    if (called.toSorted().join() !== answered.toSorted().join())
      problems.push(`${at}: results are not those of the calls before`);
    const isFirst = blocks.findLastIndex(({ type }) => type === 'tool_result') < answered.length;
    if (!isFirst) problems.push(`${at}: results are not first`);
    if (role === 'user' && blocks.some(({ type }) => !USER_TYPES.has(type)))
      problems.push(`${at}: a block that the user may not say`);
    if (role === 'assistant') {
      const [first] = blocks;
      const last = blocks.at(-1);
      if (blocks.some(isThought) && first && !isThought(first))
        problems.push(`${at}: thought late`);
      if (last && isThought(last)) problems.push(`${at}: ends in a thought`);
      if (blocks.some(({ type }) => type === 'image' || type === 'document'))
        problems.push(`${at}: a block that the assistant may not say`);
    }
  }
  return problems;
};

const part = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: z.string().min(1) }),
  z.strictObject({
    type: z.literal('image_url'),
    image_url: z.strictObject({ url: z.string().regex(/^(https?:|data:image\/)/) }),
  }),
  z.strictObject({
    type: z.literal('file'),
    file: z.strictObject({ filename: z.string(), file_data: z.string().startsWith('data:') }),
  }),
]);
const openaiCall = z.strictObject({
  id: z.string().min(1).max(40),
  type: z.literal('function'),
  function: z.strictObject({
    name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/),
    arguments: z.string().refine((text) => text.startsWith('{') && JSON.parse(text) !== null),
  }),
});
const openaiBody = z.strictObject({
  model: z.string(),
  temperature: z.number().min(0).max(2).optional(),
  max_completion_tokens: z.int().optional(),
  max_tokens: z.int().optional(),
  top_p: z.unknown().optional(),
  reasoning_effort: z.unknown().optional(),
  /** DeepSeek's switch; its stand-in and OpenAI's say to whom it may go (strict/openai-body.ts). */
  thinking: z.strictObject({ type: z.enum(['enabled', 'disabled']) }).optional(),
  response_format: z.unknown().optional(),
  tool_choice: z.unknown().optional(),
  parallel_tool_calls: z.unknown().optional(),
  tools: z
    .array(
      z.strictObject({
        type: z.literal('function'),
        function: z.looseObject({
          name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/),
          parameters: z.record(z.string(), z.unknown()),
        }),
      }),
    )
    .min(1)
    .optional(),
  messages: z
    .array(
      z.discriminatedUnion('role', [
        z.strictObject({ role: z.literal('system'), content: z.string().min(1) }),
        z.strictObject({
          role: z.literal('user'),
          content: z.union([z.string().min(1), z.array(part).min(1)]),
        }),
        z.strictObject({
          role: z.literal('tool'),
          tool_call_id: z.string().max(40),
          content: z.string().min(1),
        }),
        z
          .strictObject({
            role: z.literal('assistant'),
            content: z.string().min(1).nullable(),
            reasoning_content: z.string().optional(),
            tool_calls: z.array(openaiCall).min(1).optional(),
          })
          .refine(({ content: said, tool_calls }) => said !== null || tool_calls !== undefined),
      ]),
    )
    .min(1),
});

export const openaiProblems = (body: unknown): readonly string[] => {
  const parsed = openaiBody.safeParse(body);
  if (!parsed.success) return [parsed.error.message];
  const problems = commonProblems(
    body,
    (parsed.data.tools ?? []).map((tool) => ({ input_schema: tool.function.parameters })),
  );
  const seen = new Set<string>();
  let open = new Set<string>();
  for (const [at, message] of parsed.data.messages.entries()) {
    if (message.role === 'tool') {
      if (!open.delete(message.tool_call_id)) problems.push(`${at}: a result without a call`);
      continue;
    }
    if (open.size > 0) problems.push(`${at}: a call without its result`);
    open = new Set(message.role === 'assistant' ? message.tool_calls?.map(({ id }) => id) : []);
    for (const id of open) if (seen.has(id)) problems.push(`${at}: ids are not unique`);
    for (const id of open) seen.add(id);
  }
  if (open.size > 0) problems.push('ends in calls');
  if (parsed.data.messages.at(-1)?.role === 'assistant') problems.push('ends with a prefill');
  return problems;
};
