import * as z from 'zod';
import {
  INPUT_ITEMS_MAX,
  METADATA_CHARS_MAX,
  METADATA_ENTRIES_MAX,
  OFFERED_MAX,
} from '../../../domain/limits.ts';
import { input } from './responses-input.ts';
import { jsonSchema, tool, toolName } from './responses-tools.ts';

/** A field of this API that nothing here could serve: it is refused by its name. */
const notServed = z.null({ error: 'is not served here' }).optional();
export const metadata = z
  .record(z.string().min(1).max(64), z.string().max(METADATA_CHARS_MAX))
  .refine((entries) => Object.keys(entries).length <= METADATA_ENTRIES_MAX, {
    error: `at most ${METADATA_ENTRIES_MAX} entries`,
  });

const named = { type: z.enum(['function', 'custom']), name: toolName };
const chosenTool = z.union([
  z.strictObject(named),
  z.strictObject({ ...named, namespace: toolName.nullable() }),
]);
const toolChoice = z.union(
  [
    z.enum(['none', 'auto', 'required']),
    chosenTool,
    z.strictObject({
      type: z.literal('allowed_tools'),
      mode: z.enum(['auto', 'required']),
      tools: z
        .array(
          z.union([chosenTool, z.strictObject({ type: z.literal('namespace'), name: toolName })]),
        )
        .min(1)
        .max(OFFERED_MAX),
    }),
  ],
  {
    error:
      'none, auto, required, a function, a custom tool, or allowed_tools of these and of namespaces',
  },
);

const format = z.discriminatedUnion(
  'type',
  [
    z.strictObject({ type: z.literal('text') }),
    z.strictObject({ type: z.literal('json_object') }),
    z.strictObject({
      type: z.literal('json_schema'),
      name: toolName,
      schema: jsonSchema,
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
      /** The model's own thoughts are shown as they are; nobody sums them up, in whatever detail. */
      summary: z.enum(['auto', 'concise', 'detailed']).nullish(),
      /** A model is given back what thoughts it accepts, which no wish changes. */
      context: z.enum(['auto', 'current_turn', 'all_turns']).nullish(),
      generate_summary: notServed,
      mode: notServed,
    })
    .nullish(),
  text: z
    .strictObject({
      format: format.nullish(),
      verbosity: z.enum(['low', 'medium', 'high']).nullish(),
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
    .array(
      z.enum(['reasoning.encrypted_content', 'message.output_text.logprobs'], {
        error: 'is not served here',
      }),
    )
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
  top_logprobs: z.int().min(0).max(20).nullish(),
  /** What a client notes for itself; nothing here reads it. */
  client_metadata: z.record(z.string(), z.unknown()).nullish(),
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

/** What of a body says how the model is asked. */
export type Asked = Pick<
  ResponseBody,
  | 'model'
  | 'input'
  | 'tools'
  | 'tool_choice'
  | 'parallel_tool_calls'
  | 'reasoning'
  | 'text'
  | 'top_p'
  | 'temperature'
>;
export type AskedFormat = z.infer<typeof format>;

export const conversationOf = ({
  conversation,
}: Pick<ResponseBody, 'conversation'>): string | null =>
  typeof conversation === 'string' ? conversation : (conversation?.id ?? null);
