import * as z from 'zod';
import { plainMediaType } from '../../../../inference/turn/media-types.ts';
import { BLOCK_BYTES_MAX, BLOCKS_MAX, COMPACTION_CHARS_MAX } from '../../../domain/limits.ts';
import { LEFT_OUT_TYPES, plainItem } from './foreign-items.ts';
import { unsealSummary } from './responses-compaction.ts';
import { jsonSchema, tool } from './responses-tools.ts';

const NOT_SERVED = 'is not served here';
const IMAGE = /^data:image\/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+={0,2}$/;
const FILE = /^data:(application\/pdf|text\/[\w.+-]+);base64,([A-Za-z0-9+/]+={0,2})$/;
const DATA_URL = /^data:([^,]{0,200}?);base64,([\s\S]*)$/i;

/** Types by their registered names and without parameters, base64 without line ends and in its usual letters. */
const plainUrl = (value: unknown): unknown => {
  const [, type, data] = (typeof value === 'string' && DATA_URL.exec(value)) || [];
  if (type === undefined || data === undefined) return value;
  const letters = data.replaceAll(/\s/g, '').replaceAll('-', '+').replaceAll('_', '/');
  return `data:${plainMediaType(type)};base64,${letters}`;
};

const id = z.string().max(256).nullish();
const status = z.enum(['in_progress', 'completed', 'incomplete']).nullish();
/** A file of this provider's own store. */
const fileId = z.null({ error: NOT_SERVED }).optional();
const httpUrl = z.url({ protocol: /^https?$/ });
const callId = z.string().min(1).max(256);
const namespace = z
  .string()
  .regex(/^[a-zA-Z0-9_-]{1,64}$/)
  .nullish();
/** On items of agents: nobody here reads it. */
const ofEveryItem = {
  id,
  status,
  caller: z.strictObject({ type: z.literal('direct', { error: NOT_SERVED }) }).nullish(),
  created_by: z.string().max(256).nullish(),
  internal_chat_message_metadata_passthrough: z.unknown().optional(),
};

const text = z.strictObject({
  type: z.enum(['input_text', 'output_text', 'summary_text', 'reasoning_text', 'text']),
  text: z.string(),
  annotations: z.array(z.unknown()).nullish(),
  logprobs: z.array(z.unknown()).nullish(),
  /** What an SDK made of the text for its own use. */
  parsed: z.unknown().optional(),
});
const refusal = z.strictObject({ type: z.literal('refusal'), refusal: z.string() });
const image = z.strictObject({
  type: z.literal('input_image'),
  /** First of all: who sends it has no URL, which is not what is wrong. */
  file_id: fileId,
  image_url: z.preprocess(
    plainUrl,
    z.string().refine((url) => IMAGE.test(url) || httpUrl.safeParse(url).success, {
      error: 'a URL, or a data URL of a png, jpeg, gif or webp',
    }),
  ),
  detail: z.enum(['auto', 'low', 'high', 'original']).nullish(),
});
const file = z
  .strictObject({
    type: z.literal('input_file'),
    filename: z.string().max(500).nullish(),
    file_data: z.preprocess(
      plainUrl,
      z.string().regex(FILE, 'a data URL of a PDF or a text').nullish(),
    ),
    /** How closely pages are looked at, which the model at hand decides. */
    detail: z.enum(['auto', 'low', 'high']).nullish(),
    file_url: httpUrl.nullish(),
    file_id: fileId,
  })
  .refine(({ file_data: data, file_url: url }) => (data == null) !== (url == null), {
    error: 'file_data or file_url, one of them',
    path: ['file_url'],
  });
const oneOf = { error: NOT_SERVED };
/** A text alone is its only part. */
const asParts = (value: unknown): unknown =>
  typeof value === 'string' ? [{ type: 'input_text', text: value }] : value;

const message = z.strictObject({
  ...ofEveryItem,
  type: z.literal('message'),
  role: z.enum(['user', 'assistant', 'system', 'developer']),
  content: z.preprocess(
    asParts,
    z.array(z.discriminatedUnion('type', [text, refusal, image, file], oneOf)).max(BLOCKS_MAX),
  ),
  phase: z.enum(['commentary', 'final_answer']).nullish(),
});
const functionCall = z.strictObject({
  ...ofEveryItem,
  type: z.literal('function_call'),
  call_id: callId,
  namespace,
  name: z.string().min(1).max(128),
  arguments: z.string().max(BLOCK_BYTES_MAX),
  /** What an SDK made of the arguments for its own use. */
  parsed_arguments: z.unknown().optional(),
});
const customCall = z.strictObject({
  ...ofEveryItem,
  type: z.literal('custom_tool_call'),
  call_id: callId,
  namespace,
  name: z.string().min(1).max(128),
  input: z.string().max(BLOCK_BYTES_MAX),
});
const searchCall = z.strictObject({
  ...ofEveryItem,
  type: z.literal('tool_search_call'),
  call_id: callId,
  execution: z.literal('client', oneOf),
  arguments: jsonSchema,
});
const outputParts = z.preprocess(
  asParts,
  z.array(z.discriminatedUnion('type', [text, image, file], oneOf)).max(BLOCKS_MAX),
);
const ofEveryOutput = {
  ...ofEveryItem,
  call_id: callId,
  name: z.string().max(128).nullish(),
  namespace,
  output: outputParts,
};
const functionOutput = z.strictObject({
  ...ofEveryOutput,
  type: z.literal('function_call_output'),
});
const customOutput = z.strictObject({
  ...ofEveryOutput,
  type: z.literal('custom_tool_call_output'),
});
const searchOutput = z.strictObject({
  ...ofEveryItem,
  type: z.literal('tool_search_output'),
  call_id: callId,
  execution: z.literal('client', oneOf),
  tools: z.array(tool),
});
/** Tools that are declared among what is said; they count for this request. */
const additionalTools = z.strictObject({
  ...ofEveryItem,
  type: z.literal('additional_tools'),
  role: z.literal('developer'),
  tools: z.array(tool),
});
const reasoning = z.strictObject({
  ...ofEveryItem,
  type: z.literal('reasoning'),
  summary: z.array(text).max(BLOCKS_MAX).nullish(),
  content: z.array(text).max(BLOCKS_MAX).nullish(),
  encrypted_content: z.string().max(BLOCK_BYTES_MAX).nullish(),
});
/** What was summed up before, as it was given here. */
const compaction = z.strictObject({
  ...ofEveryItem,
  type: z.literal('compaction'),
  encrypted_content: z
    .string()
    .max(COMPACTION_CHARS_MAX)
    .transform((content, ctx) => {
      const summary = unsealSummary(content);
      if (summary !== null) return summary;
      ctx.addIssue('is not what was given here');
      return z.NEVER;
    }),
});
/** An item that is stored here, by its id. */
const reference = z.strictObject({
  type: z.literal('item_reference'),
  id: z.string().min(1).max(256),
});

/** Asks that what was said before it is summed up, in place of an answer. */
const trigger = z.strictObject({ ...ofEveryItem, type: z.literal('compaction_trigger') });

/** What only takes the place of an item of the type `of`: see `plainItem`. */
const leftOut = z.strictObject({ type: z.literal('left_out'), of: z.enum(LEFT_OUT_TYPES) });

/** A message may come without its type, and so may a reference. */
const withType = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  if ('type' in value && value.type !== null) return value;
  if ('role' in value) return { ...value, type: 'message' };
  return 'id' in value ? { ...value, type: 'item_reference' } : value;
};

const inputItem = z.preprocess(
  (value) => withType(plainItem(value)),
  z.discriminatedUnion(
    'type',
    [
      message,
      functionCall,
      functionOutput,
      customCall,
      customOutput,
      searchCall,
      searchOutput,
      additionalTools,
      reasoning,
      compaction,
      trigger,
      reference,
      leftOut,
    ],
    oneOf,
  ),
);
export type InputItem = z.infer<typeof inputItem>;
export type InputPart = Extract<InputItem, { readonly type: 'message' }>['content'][number];
export type OutputPart = z.infer<typeof outputParts>[number];

export const inputItems = (itemsMax: number) => z.array(inputItem).max(itemsMax);

/** A text is what the user says. */
export const input = (itemsMax: number) =>
  z.preprocess(
    (value) => (typeof value === 'string' ? [{ role: 'user', content: value }] : value),
    inputItems(itemsMax),
  );
