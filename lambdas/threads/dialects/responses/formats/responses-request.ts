import * as z from 'zod';
import * as check from '../../../../inference/models/control-problem.ts';
import type { Json, TurnControls, TurnTool } from '../../../../inference/turn/turn.ts';
import { AppError } from '../../../../shared/app-error.ts';
import {
  INPUT_ITEMS_MAX,
  LOOP_DEFAULT,
  METADATA_CHARS_MAX,
  METADATA_ENTRIES_MAX,
  OFFERED_MAX,
  SETTINGS_BYTES_MAX,
} from '../../../domain/limits.ts';
import type { RunSettings } from '../../../domain/thread.ts';
import { newestPins } from '../../../domain/dialect-pins.ts';
import { input } from './responses-input.ts';

/** A field of this API that nothing here could serve: it is refused by its name. */
const notServed = z.null({ error: 'is not served here' }).optional();
const json: z.ZodType<Json> = z.json();
const schema = z.record(z.string(), json);
const toolName = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/);

export const metadata = z
  .record(z.string().min(1).max(64), z.string().max(METADATA_CHARS_MAX))
  .refine((entries) => Object.keys(entries).length <= METADATA_ENTRIES_MAX, {
    error: `at most ${METADATA_ENTRIES_MAX} entries`,
  });

const tool = z.strictObject({
  type: z.literal('function', { error: 'only function tools are served here' }),
  name: toolName,
  description: z.string().max(8_192).nullish(),
  parameters: schema.nullish(),
  strict: z.boolean().nullish(),
});

const toolChoice = z.union(
  [
    z.enum(['none', 'auto', 'required']),
    z.strictObject({ type: z.literal('function'), name: toolName }),
  ],
  { error: 'none, auto, required or a function' },
);

const format = z.discriminatedUnion(
  'type',
  [
    z.strictObject({ type: z.literal('text') }),
    z.strictObject({ type: z.literal('json_object') }),
    z.strictObject({
      type: z.literal('json_schema'),
      name: toolName,
      schema,
      description: z.string().max(8_192).optional(),
      strict: z.boolean().nullish(),
    }),
  ],
  { error: 'is not served here' },
);

/** What is asked of the model, in every route of this API that asks one. */
const asked = {
  model: z.string().min(1).max(256),
  input: input(INPUT_ITEMS_MAX).optional(),
  instructions: z.string().max(200_000).nullish(),
  previous_response_id: z.string().max(256).nullish(),
  conversation: z
    .union([z.string().max(256), z.strictObject({ id: z.string().max(256) })])
    .nullish(),
  tools: z.array(tool).max(OFFERED_MAX).nullish(),
  tool_choice: toolChoice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  reasoning: z
    .strictObject({
      effort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']).nullish(),
      /** The model's own thoughts are shown as they are; nobody sums them up. */
      summary: z.literal('auto', { error: 'only auto is served here' }).nullish(),
      generate_summary: notServed,
    })
    .nullish(),
  text: z
    .strictObject({
      format: format.nullish(),
      verbosity: z.literal('medium', { error: 'only medium is served here' }).nullish(),
    })
    .nullish(),
  truncation: z
    .literal('auto', { error: 'only auto is served here: history is cut to the model’s window' })
    .nullish(),
};

export const responseBody = z.strictObject({
  ...asked,
  background: z.boolean().nullish(),
  include: z
    .array(z.literal('reasoning.encrypted_content', { error: 'is not served here' }))
    .nullish(),
  max_output_tokens: z.int().min(1).max(10_000_000).nullish(),
  metadata: metadata.nullish(),
  service_tier: z.enum(['auto', 'default'], { error: 'only auto is served here' }).nullish(),
  store: z.boolean().nullish(),
  stream: z.boolean().nullish(),
  stream_options: z
    .strictObject({
      include_obfuscation: z.literal(false, { error: 'is not served here' }).optional(),
    })
    .nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().gt(0).max(1).nullish(),
  top_logprobs: z.literal(0, { error: 'is not served here' }).nullish(),
  /** Said back, and nothing else: limits and caches go by keys here. */
  prompt_cache_key: z.string().max(256).nullish(),
  safety_identifier: z.string().max(256).nullish(),
  user: z.string().max(256).nullish(),
  access_programs: notServed,
  context_management: notServed,
  image: notServed,
  max_tool_calls: notServed,
  moderation: notServed,
  prompt: notServed,
  prompt_cache_options: notServed,
  prompt_cache_retention: notServed,
});
export type ResponseBody = z.infer<typeof responseBody>;

export const inputTokensBody = z.strictObject(asked);

export const compactBody = responseBody
  .pick({
    model: true,
    instructions: true,
    previous_response_id: true,
    prompt_cache_key: true,
    service_tier: true,
    image: true,
    prompt_cache_options: true,
    prompt_cache_retention: true,
  })
  .extend({ input: input(INPUT_ITEMS_MAX).nullish() });
export type CompactBody = z.infer<typeof compactBody>;

type Asked = Pick<
  ResponseBody,
  | 'model'
  | 'tools'
  | 'tool_choice'
  | 'parallel_tool_calls'
  | 'reasoning'
  | 'text'
  | 'top_p'
  | 'temperature'
>;

export const conversationOf = ({
  conversation,
}: Pick<ResponseBody, 'conversation'>): string | null =>
  typeof conversation === 'string' ? conversation : (conversation?.id ?? null);

/** How the run is made. Throws AppError that names what the model cannot do: nothing is dropped without a word. */
export const responseSettings = (body: ResponseBody, feature: string | null): RunSettings => {
  const settings = settingsOf(body, feature);
  if (Buffer.byteLength(JSON.stringify(settings)) <= SETTINGS_BYTES_MAX) return settings;
  throw new AppError({
    code: 'body_too_large',
    publicMessage: `tools and instructions hold at most ${SETTINGS_BYTES_MAX} bytes together`,
    facts: { param: 'tools' },
  });
};

const settingsOf = (body: ResponseBody, feature: string | null): RunSettings => ({
  model: body.model,
  system: body.instructions ?? null,
  maxTokens: body.max_output_tokens ?? null,
  temperature: body.temperature ?? null,
  ...askedSettings(body),
  toolIds: [],
  loopMax: LOOP_DEFAULT,
  clientCalls: 'end',
  onInterrupt: 'end',
  feature: feature ?? body.metadata?.['feature'] ?? null,
  dialects: newestPins(),
  echo: echoOf(body),
});

export const askedSettings = (
  body: Asked,
): Pick<RunSettings, 'toolsMode' | 'clientTools' | 'controls'> => {
  const clientTools = (body.tools ?? []).map(turnTool);
  const controls = controlsOf(body);
  const problem = check.controlProblem({
    model: body.model,
    temperature: body.temperature ?? null,
    tools: clientTools,
    controls,
  });
  if (problem !== null) throw refused(problem, body);
  const wanted = typeof controls.toolChoice === 'object' ? controls.toolChoice.name : null;
  if (wanted !== null && !clientTools.some(({ name }) => name === wanted))
    throw invalid('tool_choice', `${wanted} is none of the tools`);
  return { toolsMode: clientTools.length === 0 ? 'none' : 'client', clientTools, controls };
};

const turnTool = ({ name, description, parameters, strict }: z.infer<typeof tool>): TurnTool => ({
  name,
  description: description ?? '',
  input_schema: parameters ?? {},
  ...(strict === true ? { strict } : {}),
});

const controlsOf = (body: Asked): TurnControls => {
  const { tool_choice: choice, top_p: topP, parallel_tool_calls: parallel } = body;
  const { format: wanted } = body.text ?? {};
  const effort = body.reasoning?.effort;
  return {
    ...(choice == null
      ? {}
      : { toolChoice: typeof choice === 'string' ? choice : { name: choice.name } }),
    ...(parallel == null ? {} : { parallelToolCalls: parallel }),
    ...(topP == null ? {} : { topP }),
    ...(effort == null ? {} : { effort }),
    ...(wanted == null || wanted.type === 'text' ? {} : { output: outputOf(wanted) }),
  };
};

type Wanted = Exclude<z.infer<typeof format>, { readonly type: 'text' }>;

const outputOf = (wanted: Wanted): NonNullable<TurnControls['output']> => {
  if (wanted.type === 'json_object') return { type: wanted.type };
  const { description, strict, ...rest } = wanted;
  return {
    ...rest,
    ...(description === undefined ? {} : { description }),
    ...(strict == null ? {} : { strict }),
  };
};

const FIELDS = {
  temperature: 'temperature',
  topP: 'top_p',
  effort: 'reasoning.effort',
  output: 'text.format',
} as const;

const refused = ({ control, reason }: check.ControlProblem, body: Asked): AppError => {
  if (control !== 'strict') return invalid(FIELDS[control], reason);
  const index = (body.tools ?? []).findIndex(({ strict }) => strict === true);
  return invalid(`tools.${index}.strict`, reason);
};

const invalid = (param: string, problem: string): AppError =>
  new AppError({
    code: 'invalid_request',
    publicMessage: `${param}: ${problem}`,
    facts: { param },
  });

/** What a response says back of its run's request. */
export const responsesEcho = ({
  echo,
  system,
  clientTools,
}: RunSettings): Readonly<Record<string, Json>> => ({
  ...echo,
  instructions: system,
  tools: clientTools.map(({ name, description, input_schema, strict }) => ({
    type: 'function',
    name,
    description: description === '' ? null : description,
    parameters: input_schema,
    strict: strict ?? false,
  })),
});

/** Fields that the settings hold nowhere else. */
const echoOf = (body: ResponseBody): Readonly<Record<string, Json>> => {
  const conversation = conversationOf(body);
  return {
    background: body.background ?? false,
    conversation: conversation === null ? null : { id: conversation },
    max_output_tokens: body.max_output_tokens ?? null,
    max_tool_calls: null,
    metadata: body.metadata ?? {},
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    previous_response_id: body.previous_response_id ?? null,
    prompt_cache_key: body.prompt_cache_key ?? null,
    reasoning: { effort: body.reasoning?.effort ?? null, summary: body.reasoning?.summary ?? null },
    safety_identifier: body.safety_identifier ?? null,
    service_tier: 'default',
    store: body.store ?? true,
    temperature: body.temperature ?? null,
    text: { format: json.parse(body.text?.format ?? { type: 'text' }), verbosity: 'medium' },
    tool_choice: body.tool_choice ?? 'auto',
    top_logprobs: 0,
    top_p: body.top_p ?? null,
    truncation: 'auto',
    user: body.user ?? null,
  };
};
