import * as z from 'zod';
import {
  completeMembers,
  isJsonObject,
  parseJson,
} from '../../../../inference/turn/partial-json.ts';
import type { Block, ToolResultBlock, ToolUseBlock } from '../../../../inference/turn/turn.ts';
import { AppError } from '../../../../shared/app-error.ts';
import { summaryBlock } from '../../../domain/compaction.ts';
import { BLOCK_BYTES_MAX, BLOCKS_MAX, COMPACTION_CHARS_MAX } from '../../../domain/limits.ts';
import type { NewMessage } from '../../../domain/thread.ts';
import { unsealed } from './responses-compaction.ts';

const NOT_SERVED = 'is not served here';
const IMAGE = /^data:image\/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+={0,2}$/;
const FILE = /^data:(application\/pdf|text\/[\w.+-]+);base64,([A-Za-z0-9+/]+={0,2})$/;

const id = z.string().max(256).nullish();
const status = z.enum(['in_progress', 'completed', 'incomplete']).nullish();
/** A file of this provider's own store. */
const fileId = z.null({ error: NOT_SERVED }).optional();
const httpUrl = z.url({ protocol: /^https?$/ });

const text = z.strictObject({
  type: z.enum(['input_text', 'output_text', 'summary_text', 'text']),
  text: z.string(),
  annotations: z.array(z.unknown()).optional(),
  logprobs: z.array(z.unknown()).optional(),
});
const refusal = z.strictObject({ type: z.literal('refusal'), refusal: z.string() });
const image = z.strictObject({
  type: z.literal('input_image'),
  image_url: z.union([z.string().regex(IMAGE), httpUrl], {
    error: 'a URL, or a data URL of a png, jpeg, gif or webp',
  }),
  detail: z.enum(['auto', 'low', 'high']).nullish(),
  file_id: fileId,
});
const file = z.strictObject({
  type: z.literal('input_file'),
  filename: z.string().max(500).nullish(),
  file_data: z.string().regex(FILE, 'a data URL of a PDF or a text').nullish(),
  file_url: httpUrl.nullish(),
  file_id: fileId,
});
const oneOf = { error: NOT_SERVED };

const message = z.strictObject({
  type: z.literal('message'),
  role: z.enum(['user', 'assistant', 'system', 'developer']),
  content: z.preprocess(
    (value) => (typeof value === 'string' ? [{ type: 'input_text', text: value }] : value),
    z.array(z.discriminatedUnion('type', [text, refusal, image, file], oneOf)).max(BLOCKS_MAX),
  ),
  id,
  status,
  phase: z.enum(['commentary', 'final_answer']).nullish(),
});
const call = z.strictObject({
  type: z.literal('function_call'),
  call_id: z.string().min(1).max(256),
  name: z.string().min(1).max(128),
  arguments: z.string().max(BLOCK_BYTES_MAX),
  id,
  status,
});
const output = z.strictObject({
  type: z.literal('function_call_output'),
  call_id: z.string().min(1).max(256),
  output: z.preprocess(
    (value) => (typeof value === 'string' ? [{ type: 'input_text', text: value }] : value),
    z.array(z.discriminatedUnion('type', [text, image], oneOf)).max(BLOCKS_MAX),
  ),
  id,
  status,
});
const reasoning = z.strictObject({
  type: z.literal('reasoning'),
  summary: z.array(text).max(BLOCKS_MAX),
  content: z.array(z.unknown()).max(0, NOT_SERVED).nullish(),
  encrypted_content: z.string().max(BLOCK_BYTES_MAX).nullish(),
  id,
  status,
});

/** What was summed up before, as it was given here. */
const compaction = z.strictObject({
  type: z.literal('compaction'),
  encrypted_content: z
    .string()
    .max(COMPACTION_CHARS_MAX)
    .transform((content, ctx) => {
      const summary = unsealed(content);
      if (summary !== null) return summary;
      ctx.addIssue('is not what was given here');
      return z.NEVER;
    }),
  id,
});

/** A message may come without its type. */
const withType = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !('type' in value) && 'role' in value
    ? { type: 'message', ...value }
    : value;

const inputItem = z.preprocess(
  withType,
  z.discriminatedUnion('type', [message, call, output, reasoning, compaction], oneOf),
);
export type InputItem = z.infer<typeof inputItem>;

export const inputItems = (itemsMax: number) => z.array(inputItem).max(itemsMax);

/** A text is what the user says. */
export const input = (itemsMax: number) =>
  z.preprocess(
    (value) => (typeof value === 'string' ? [{ role: 'user', content: value }] : value),
    inputItems(itemsMax),
  );

/**
 * What items say, one message each. `model` is whose calls and thoughts they are taken for. Throws AppError that names
 * the item whose block is too large.
 */
export const saidMessages = (
  items: readonly InputItem[],
  model: string | null,
  field: string,
): readonly NewMessage[] =>
  items.flatMap((item, index) => {
    const said = saidMessage(item, model);
    const isLarge = said.content.some(
      (block) => Buffer.byteLength(JSON.stringify(block)) > BLOCK_BYTES_MAX,
    );
    if (isLarge)
      throw new AppError({
        code: 'block_too_large',
        publicMessage: `${field}.${index}: a block holds at most ${BLOCK_BYTES_MAX} bytes; send larger files by their URL.`,
        facts: { param: `${field}.${index}` },
      });
    return said.content.length === 0 ? [] : [said];
  });

const saidMessage = (item: InputItem, model: string | null): NewMessage => {
  switch (item.type) {
    case 'message':
      return {
        role: item.role === 'developer' ? 'system' : item.role,
        content: item.content.flatMap(blockOf),
        model: item.role === 'assistant' ? model : null,
      };
    case 'function_call':
      return { role: 'assistant', content: [callOf(item)], model };
    case 'function_call_output':
      return { role: 'user', content: [resultOf(item)] };
    case 'compaction':
      return { role: 'user', content: [summaryBlock(item.encrypted_content)] };
    case 'reasoning': {
      const thinking = item.summary.map((part) => part.text).join('\n\n');
      const signature = item.encrypted_content ?? '';
      const thought = { type: 'thinking', thinking } as const;
      return {
        role: 'assistant',
        content: [signature === '' ? thought : { ...thought, signature }],
        model,
      };
    }
  }
};

type Part = Extract<InputItem, { readonly type: 'message' }>['content'][number];

const blockOf = (part: Part): readonly Block[] => {
  switch (part.type) {
    case 'refusal':
      return [{ type: 'text', text: part.refusal }];
    case 'input_image':
      return [imageOf(part)];
    case 'input_file':
      return [fileOf(part)];
    default:
      return part.text === '' ? [] : [{ type: 'text', text: part.text }];
  }
};

const imageOf = ({ image_url: url }: z.infer<typeof image>) => ({
  type: 'image' as const,
  source: sourceOf(url),
});

const fileOf = ({ filename, file_data: data, file_url: url }: z.infer<typeof file>): Block => {
  const title = filename == null ? {} : { title: filename };
  if (data != null && url == null) return { type: 'document', ...title, source: sourceOf(data) };
  if (url != null && data == null)
    return { type: 'document', ...title, source: { type: 'url', url } };
  throw new AppError({
    code: 'invalid_request',
    publicMessage: 'input_file: file_data or file_url, one of them',
    facts: { param: 'input' },
  });
};

const sourceOf = (url: string) => {
  const [prefix, media_type] = /^data:([\w.+/-]+);base64,/.exec(url) ?? [];
  if (prefix === undefined || media_type === undefined) return { type: 'url', url } as const;
  const data = url.slice(prefix.length);
  return media_type.startsWith('text/')
    ? ({ type: 'text', media_type, data: Buffer.from(data, 'base64').toString('utf8') } as const)
    : ({ type: 'base64', media_type, data } as const);
};

const callOf = (item: z.infer<typeof call>): ToolUseBlock => {
  const parsed = parseJson(item.arguments === '' ? '{}' : item.arguments);
  const use = { type: 'tool_use', id: item.call_id, name: item.name } as const;
  return isJsonObject(parsed)
    ? { ...use, input: parsed }
    : { ...use, input: completeMembers(item.arguments), partial_json: item.arguments };
};

const resultOf = (item: z.infer<typeof output>): ToolResultBlock => {
  const content = item.output.map((part) =>
    part.type === 'input_image' ? imageOf(part) : ({ type: 'text', text: part.text } as const),
  );
  const texts = content.flatMap((part) => (part.type === 'text' ? [part.text] : []));
  return {
    type: 'tool_result',
    tool_use_id: item.call_id,
    content: texts.length === 1 && content.length === 1 ? (texts[0] ?? '') : content,
  };
};
