import * as z from 'zod';
import type { Json, TurnTool } from '../../../../inference/turn/turn.ts';
import { AppError } from '../../../../shared/app-error.ts';
import { OFFERED_MAX } from '../../../domain/limits.ts';
import { grammarWords, TEXT_SCHEMA } from '../../../../inference/turn/text-tools.ts';
import { nameInThread, SEARCH_NAME } from './call-kinds.ts';

const json: z.ZodType<Json> = z.json();
export const jsonSchema = z.record(z.string(), json);
export const toolName = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/);
/** Settings have a limit of their own: descriptions of agents' tools are long. */
const description = z.string().max(65_536).nullish();

const ofEveryTool = {
  /** There is no program here that could call it. */
  allowed_callers: z.array(z.literal('direct', { error: 'is not served here' })).nullish(),
  /** Offered from the start: what is loaded later comes by a search of the client's. */
  defer_loading: z.boolean().nullish(),
};
const functionTool = z.strictObject({
  ...ofEveryTool,
  type: z.literal('function'),
  name: toolName,
  description,
  parameters: jsonSchema.nullish(),
  strict: z.boolean().nullish(),
  output_schema: jsonSchema.nullish(),
});
const customTool = z.strictObject({
  ...ofEveryTool,
  type: z.literal('custom'),
  name: toolName,
  description,
  format: z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.literal('text') }),
      z.strictObject({
        type: z.literal('grammar'),
        syntax: z.enum(['lark', 'regex']),
        definition: z.string().max(65_536),
      }),
    ])
    .nullish(),
});
const namespaceTool = z.strictObject({
  type: z.literal('namespace'),
  name: toolName,
  description,
  tools: z
    .array(
      z.discriminatedUnion('type', [functionTool, customTool], {
        error: 'only function and custom tools are served in a namespace',
      }),
    )
    .min(1)
    .max(OFFERED_MAX),
});
const searchTool = z.strictObject({
  type: z.literal('tool_search'),
  execution: z.literal('client', { error: 'only a search by the client is served here' }),
  description,
  parameters: jsonSchema.nullish(),
});

const SERVED = ['function', 'custom', 'namespace', 'tool_search'];

/** Whatever else runs at OpenAI, who would bill it. */
export const tool = z.discriminatedUnion(
  'type',
  [functionTool, customTool, namespaceTool, searchTool],
  {
    error: ({ input }) => {
      const { data: type } = z.looseObject({ type: z.string().max(64) }).safeParse(input);
      const which = type === undefined || SERVED.includes(type.type) ? '' : `${type.type}: `;
      return `${which}only function, custom, namespace and tool_search tools are served here`;
    },
  },
);
export type ResponseTool = z.infer<typeof tool>;
type OneTool = Exclude<ResponseTool, { readonly type: 'namespace' }>;

/** A tool with the place in the request that names it. */
export interface PlacedTool {
  readonly tool: TurnTool;
  readonly param: string;
}

export const placedTools = (tools: readonly ResponseTool[], field: string): readonly PlacedTool[] =>
  tools.flatMap((one, index) =>
    one.type === 'namespace'
      ? one.tools.map((inner, at) => ({
          tool: turnTool(inner, one.name),
          param: `${field}.${index}.tools.${at}`,
        }))
      : [{ tool: turnTool(one, null), param: `${field}.${index}` }],
  );

/** Throws AppError (400) for two of one name, which no provider accepts, and for more than providers accept. */
export const offeredTools = (placed: readonly PlacedTool[]): readonly TurnTool[] => {
  const names = new Set<string>();
  for (const { tool: one, param } of placed) {
    if (names.has(one.name)) throw refusal(`${param}.name`, `there are two tools ${one.name}`);
    names.add(one.name);
    if (names.size > OFFERED_MAX) throw refusal(param, `at most ${OFFERED_MAX} tools`);
  }
  return placed.map(({ tool: one }) => one);
};

const refusal = (param: string, problem: string): AppError =>
  new AppError({
    code: 'invalid_request',
    publicMessage: `${param}: ${problem}`,
    facts: { param },
  });

const turnTool = (one: OneTool, namespace: string | null): TurnTool => {
  switch (one.type) {
    case 'function':
      return {
        name: nameInThread(namespace, one.name),
        description: one.description ?? '',
        input_schema: one.parameters ?? {},
        ...(one.strict === true ? { strict: true } : {}),
      };
    case 'custom':
      return {
        name: nameInThread(namespace, one.name),
        description: [one.description ?? '', ...formatWords(one)].join('\n\n').trim(),
        input_schema: TEXT_SCHEMA,
        form: 'custom',
      };
    case 'tool_search':
      return {
        name: SEARCH_NAME,
        description: one.description ?? '',
        input_schema: one.parameters ?? {},
        form: 'tool_search',
      };
  }
};

const formatWords = ({ format }: z.infer<typeof customTool>): readonly string[] =>
  format?.type === 'grammar' ? [grammarWords(format)] : [];

/** The tools as a response shows them; null: all of them are functions, which the settings hold already, all of them. */
export const declaredTools = (
  tools: readonly ResponseTool[],
  placed: readonly PlacedTool[],
  isCut: boolean,
): readonly Json[] | null => {
  const isPlain =
    !isCut && placed.length === tools.length && tools.every(({ type }) => type === 'function');
  return isPlain ? null : tools.map((one) => json.parse(shownTool(one)));
};

const shownTool = (one: ResponseTool): object => {
  switch (one.type) {
    case 'function':
      return {
        ...withoutAbsent(one),
        description: one.description ?? null,
        parameters: one.parameters ?? {},
        strict: one.strict ?? false,
      };
    case 'namespace':
      return {
        ...one,
        description: one.description ?? '',
        tools: one.tools.map((inner) => withoutAbsent(inner)),
      };
    case 'custom':
    case 'tool_search':
      return withoutAbsent(one);
  }
};

const withoutAbsent = (one: object): object =>
  Object.fromEntries(Object.entries(one).filter(([, value]) => value != null));
