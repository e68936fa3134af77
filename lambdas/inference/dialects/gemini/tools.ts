import * as z from 'zod';
import { anyJson } from '../../turn/any-json.ts';
import { isClosedSchema } from '../../turn/closed-schema.ts';
import type { TurnControls, TurnTool } from '../../turn/turn.ts';
import { fieldRefused } from '../refuse-field.ts';
import { refusedField } from '../refused-field.ts';
import { jsonSchemaOf } from './schema.ts';

const schema = z.record(z.string(), anyJson);
const OWN_TOOL = 'is a tool that its own provider runs, which this model is not offered';

const declaration = z.strictObject({
  name: z.string().min(1).max(128),
  description: z.string().nullish(),
  parameters: schema.nullish(),
  parametersJsonSchema: schema.nullish(),
  response: schema.nullish(),
  responseJsonSchema: schema.nullish(),
  behavior: z
    .enum(['UNSPECIFIED', 'BLOCKING'], { error: 'this model waits for its results' })
    .nullish(),
});
export const geminiTool = z.strictObject({
  functionDeclarations: z.array(declaration).max(1_000).nullish(),
  codeExecution: refusedField(OWN_TOOL),
  computerUse: refusedField(OWN_TOOL),
  enterpriseWebSearch: refusedField(OWN_TOOL),
  exaAiSearch: refusedField(OWN_TOOL),
  fileSearch: refusedField(OWN_TOOL),
  googleMaps: refusedField(OWN_TOOL),
  googleSearch: refusedField(OWN_TOOL),
  googleSearchRetrieval: refusedField(OWN_TOOL),
  mcpServers: refusedField(OWN_TOOL),
  parallelAiSearch: refusedField(OWN_TOOL),
  retrieval: refusedField(OWN_TOOL),
  urlContext: refusedField(OWN_TOOL),
});

export const geminiToolConfig = z.strictObject({
  functionCallingConfig: z
    .strictObject({
      mode: z.enum(['MODE_UNSPECIFIED', 'AUTO', 'ANY', 'NONE', 'VALIDATED']).nullish(),
      allowedFunctionNames: z.array(z.string()).nullish(),
      streamFunctionCallArguments: z.literal(false, { error: 'calls come whole' }).nullish(),
    })
    .nullish(),
  retrievalConfig: refusedField(OWN_TOOL),
  includeServerSideToolInvocations: z.literal(false, { error: OWN_TOOL }).nullish(),
});

export interface GeminiTools {
  readonly tools: readonly TurnTool[];
  readonly choice: Pick<TurnControls, 'toolChoice'>;
}

const CHOICE = 'toolConfig.functionCallingConfig';

/** What a model is offered. Throws AppError (400) for a choice of what is not. */
export const geminiTools = (
  told: readonly z.infer<typeof geminiTool>[],
  config: z.infer<typeof geminiToolConfig>,
  note: (field: string) => void,
): GeminiTools => {
  const { mode, allowedFunctionNames } = config.functionCallingConfig ?? {};
  const isKept = mode === 'VALIDATED';
  const names = new Set<string>();
  const all = told.flatMap(({ functionDeclarations }, at) =>
    (functionDeclarations ?? []).map((one, index) => {
      if (names.has(one.name))
        throw fieldRefused(
          `tools.${at}.functionDeclarations.${index}.name`,
          'there are two of this name',
        );
      names.add(one.name);
      return turnTool(one, isKept, note);
    }),
  );
  const allowed = allowedFunctionNames ?? [];
  const unknown = allowed.find((name) => !names.has(name));
  if (unknown !== undefined)
    throw fieldRefused(`${CHOICE}.allowedFunctionNames`, `${unknown} is none of the tools`);
  if (mode === 'ANY' && all.length === 0)
    throw fieldRefused(CHOICE, 'there are no tools to choose from');
  const [only, ...others] = allowed;
  if (mode === 'ANY' && only !== undefined && others.length === 0)
    return { tools: all, choice: { toolChoice: { name: only } } };
  const tools = only === undefined ? all : all.filter(({ name }) => allowed.includes(name));
  return { tools, choice: mode == null ? {} : CHOICES[mode] };
};

const CHOICES = {
  MODE_UNSPECIFIED: {},
  AUTO: { toolChoice: 'auto' },
  VALIDATED: { toolChoice: 'auto' },
  ANY: { toolChoice: 'required' },
  NONE: { toolChoice: 'none' },
} as const;

const turnTool = (
  tool: z.infer<typeof declaration>,
  isKept: boolean,
  note: (field: string) => void,
): TurnTool => {
  const { name, description, parameters, parametersJsonSchema: json } = tool;
  const answer = tool.responseJsonSchema ?? tool.response;
  if (answer != null) note('tools.functionDeclarations.response');
  const input_schema = json ?? (parameters == null ? {} : jsonSchemaOf(parameters));
  const isClosed = isKept && isClosedSchema(input_schema);
  // A schema that leaves members open is kept to as well as the model can.
  if (isKept && !isClosed) note(`${CHOICE}.mode`);
  const words = answer == null ? [] : [`It answers with: ${JSON.stringify(answer)}`];
  return {
    name,
    description: [description ?? '', ...words].join('\n\n').trim(),
    input_schema,
    ...(isClosed ? { strict: true } : {}),
  };
};
