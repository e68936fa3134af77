import * as z from 'zod';

/**
 * What Google's documents demand of a conversation, written down apart from the code that obeys: none: the body is valid.
 * https://ai.google.dev/gemini-api/docs/function-calling, https://ai.google.dev/gemini-api/docs/thought-signatures
 */
const NAME = z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_.:-]{0,127}$/);
const signature = z.string().min(1).optional();
const part = z.union([
  z.strictObject({ text: z.string().regex(/\S/), thoughtSignature: signature }),
  z.strictObject({
    inlineData: z.strictObject({
      mimeType: z.string().regex(/^(image\/(png|jpeg|webp|gif)|application\/pdf)$/),
      data: z.string(),
    }),
  }),
  z.strictObject({
    functionCall: z.strictObject({
      id: z.string().min(1),
      name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/),
      args: z.record(z.string(), z.unknown()),
    }),
    thoughtSignature: signature,
  }),
  z.strictObject({
    functionResponse: z.strictObject({
      id: z.string().min(1),
      name: z.string().min(1),
      response: z.record(z.string(), z.string()),
    }),
  }),
]);
type Part = z.infer<typeof part>;
const body = z.strictObject({
  systemInstruction: z.strictObject({ parts: z.array(part).min(1) }).optional(),
  contents: z
    .array(z.strictObject({ role: z.enum(['user', 'model']), parts: z.array(part).min(1) }))
    .min(1),
  tools: z
    .array(
      z.strictObject({
        functionDeclarations: z
          .array(
            z.strictObject({
              name: NAME,
              description: z.string().min(1).optional(),
              parametersJsonSchema: z.looseObject({ type: z.literal('object') }),
            }),
          )
          .min(1),
      }),
    )
    .length(1)
    .optional(),
  toolConfig: z
    .strictObject({
      functionCallingConfig: z.strictObject({
        mode: z.enum(['AUTO', 'ANY', 'NONE', 'VALIDATED']),
        allowedFunctionNames: z.array(z.string()).min(1).optional(),
      }),
    })
    .optional(),
  generationConfig: z
    .strictObject({
      maxOutputTokens: z.int().min(1).optional(),
      temperature: z.number().min(0).max(2).optional(),
      topP: z.number().min(0).max(1).optional(),
      topK: z.int().min(1).optional(),
      stopSequences: z.array(z.string().min(1)).max(5).optional(),
      responseMimeType: z.literal('application/json').optional(),
      responseJsonSchema: z.looseObject({}).optional(),
      thinkingConfig: z
        .strictObject({
          includeThoughts: z.boolean().optional(),
          thinkingBudget: z.int().min(-1).max(32_768).optional(),
          thinkingLevel: z.enum(['minimal', 'low', 'medium', 'high']).optional(),
        })
        .optional(),
    })
    .optional(),
});

const callsOf = (parts: readonly Part[]) =>
  parts.flatMap((one) => ('functionCall' in one ? [one.functionCall] : []));
const resultsOf = (parts: readonly Part[]) =>
  parts.flatMap((one) => ('functionResponse' in one ? [one.functionResponse] : []));
const keyOf = ({ id, name }: { readonly id: string; readonly name: string }) => `${id} ${name}`;

export const geminiProblems = (value: unknown): readonly string[] => {
  const parsed = body.safeParse(value);
  if (!parsed.success) return [parsed.error.message];
  const { contents, tools = [] } = parsed.data;
  const problems: string[] = [];
  if (/\\u[dD][89a-fA-F]/.test(JSON.stringify(value))) problems.push('half a surrogate pair');
  const names = tools.flatMap(({ functionDeclarations }) =>
    functionDeclarations.map(({ name }) => name),
  );
  if (new Set(names).size !== names.length) problems.push('tool names');
  const ids = contents.flatMap(({ parts }) => callsOf(parts)).map(({ id }) => id);
  if (new Set(ids).size !== ids.length) problems.push('ids are not unique');
  if (contents[0]?.role !== 'user') problems.push('the first turn is not the user’s');
  if (contents.at(-1)?.role !== 'user') problems.push('ends with the model');
  for (const [at, { role, parts }] of contents.entries()) {
    const before = contents[at - 1];
    if (before?.role === role) problems.push(`${at}: roles do not alternate`);
    const called = before?.role === 'model' ? callsOf(before.parts).map(keyOf) : [];
    const answered = resultsOf(parts).map(keyOf);
    if (called.join() !== answered.join())
      problems.push(`${at}: results are not those of the calls before, in their order`);
    const lastResult = parts.findLastIndex((one) => 'functionResponse' in one);
    if (lastResult >= answered.length) problems.push(`${at}: results are not first`);
    if (role === 'user' && callsOf(parts).length > 0) problems.push(`${at}: the user calls`);
    if (role === 'model' && answered.length > 0) problems.push(`${at}: the model answers itself`);
  }
  return problems;
};
