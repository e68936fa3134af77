import * as z from 'zod';
import type { Json, ToolResultBlock } from '../../../../inference/turn/turn.ts';
import { itemKeyText } from '../../../../http/item-key-text.ts';
import { plainMediaType } from '../../../../inference/turn/media-types.ts';
import { AppError } from '../../../../shared/app-error.ts';
import { contentSchema } from '../../../formats/read-content.ts';
import { turnSettings } from '../../../formats/turn-settings.ts';

const part = z.looseObject({ type: z.string() });
const message = z.looseObject({
  /** The latest one's is the id of the request. */
  id: itemKeyText,
  role: z.enum(['system', 'user', 'assistant']),
  parts: z.array(part).max(1_000),
});
type UiPart = z.infer<typeof part>;

const pageFields = z.looseObject({
  config: z.looseObject({ modelName: z.string().optional().catch(undefined) }).optional(),
  callSettings: z
    .looseObject({
      maxTokens: z.number().optional().catch(undefined),
      temperature: z.number().optional().catch(undefined),
    })
    .optional(),
  tools: z.record(z.string(), z.looseObject({ description: z.string().optional() })).optional(),
});

/**
 * The fields that assistant-ui's transport adds, as ours where ours are not there: its tools are an object by name.
 * https://www.assistant-ui.com/docs/runtimes/ai-sdk/v6
 */
function withPageFields(raw: unknown): unknown {
  const parsed = pageFields.safeParse(raw);
  if (!parsed.success) return raw;
  const { tools, config, callSettings, ...body } = parsed.data;
  return {
    ...defined({
      model: config?.modelName,
      max_tokens: callSettings?.maxTokens,
      temperature: callSettings?.temperature,
      tools: tools === undefined ? undefined : toolsByName(tools),
    }),
    ...body,
  };
}

const toolsByName = (tools: Readonly<Record<string, Readonly<Record<string, unknown>>>>) => {
  const all = Object.entries(tools).map(([name, { description, parameters, inputSchema }]) => ({
    name,
    ...(description === undefined ? {} : { description }),
    input_schema: parameters ?? inputSchema ?? { type: 'object' },
  }));
  return all.length === 0 ? undefined : all;
};

const defined = (fields: Readonly<Record<string, unknown>>): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

/**
 * The body that `DefaultChatTransport` sends; what Sluice adds (`model` and the settings of a turn) comes by the
 * transport's own `body` option. https://ai-sdk.dev/docs/ai-sdk-ui/transport
 */
export const aiChatBody = z.preprocess(
  withPageFields,
  z.looseObject({
    id: z.string().min(1).max(256),
    messages: z.array(message).min(1).max(10_000),
    trigger: z.enum(['submit-message', 'regenerate-message']).default('submit-message'),
    messageId: z.string().max(256).nullish(),
    ...turnSettings,
    /** Absent: it waits for a run at work, and ends one that waits for somebody. */
    concurrency: turnSettings.concurrency.unwrap().optional(),
  }),
);
export type AiChatBody = z.infer<typeof aiChatBody>;

const text = z.looseObject({ type: z.literal('text'), text: z.string() });
const file = z.looseObject({
  type: z.literal('file'),
  mediaType: z.string(),
  url: z.string(),
  filename: z.string().optional(),
});

/** The latest message of the person, as content of our own route; null: the last message is no person's. */
export const saidLast = (
  body: AiChatBody,
): { readonly id: string; readonly content: readonly object[] } | null => {
  const last = body.messages.at(-1);
  if (last?.role !== 'user') return null;
  return { id: last.id, content: last.parts.flatMap((each, index) => contentOf(each, index)) };
};

/** What a part says, as content of our own route; nothing for one that says nothing to a model. */
export const contentOf = (each: UiPart, index: number): readonly object[] => {
  const words = text.safeParse(each);
  if (words.success)
    return words.data.text.trim() === '' ? [] : [{ type: 'text', text: words.data.text }];
  const upload = file.safeParse(each);
  if (!upload.success) return [];
  const { url, filename } = upload.data;
  const mediaType = plainMediaType(upload.data.mediaType);
  const source = sourceOf(mediaType, url, index);
  if (mediaType.startsWith('image/')) return [{ type: 'image', source }];
  return [{ type: 'document', source, ...(filename === undefined ? {} : { title: filename }) }];
};

const sourceOf = (mediaType: string, url: string, index: number): object => {
  if (!url.startsWith('data:')) return { type: 'url', url };
  const [, data] = /^data:[^,]*;base64,(.*)$/s.exec(url) ?? [];
  if (data !== undefined && mediaType.startsWith('text/'))
    return {
      type: 'text',
      media_type: 'text/plain',
      data: Buffer.from(data, 'base64').toString('utf8'),
    };
  if (data !== undefined)
    return { type: 'base64', media_type: mediaType, data: data.replaceAll(/\s/g, '') };
  throw new AppError({
    code: 'invalid_request',
    publicMessage: `messages.parts.${index}.url: a data URL must be base64`,
    facts: { param: `messages.parts.${index}.url` },
  });
};

/** What a person says must be something. */
export const saidContent = z.object({ content: contentSchema });

const output = z.looseObject({
  toolCallId: z.string(),
  state: z.enum(['output-available', 'output-error']),
  output: z.json().optional(),
  errorText: z.string().optional(),
});
const decision = z.looseObject({
  toolCallId: z.string(),
  state: z.literal('approval-responded'),
  approval: z.looseObject({ approved: z.boolean() }),
});

/** What a client or a person said to the calls of the latest answer. */
export interface CallAnswer {
  readonly toolUseId: string;
  readonly said: ToolResultBlock | { readonly isApproved: boolean };
}

/** Results and decisions, as `addToolOutput` and `addToolApprovalResponse` put them into the latest answer. */
export const callAnswers = (body: AiChatBody): readonly CallAnswer[] => {
  const last = body.messages.at(-1);
  return last?.role === 'assistant' ? last.parts.flatMap(callAnswer) : [];
};

const callAnswer = (each: UiPart): readonly CallAnswer[] => {
  const decided = decision.safeParse(each).data;
  if (decided !== undefined)
    return [{ toolUseId: decided.toolCallId, said: { isApproved: decided.approval.approved } }];
  const told = output.safeParse(each).data;
  if (told === undefined) return [];
  const isError = told.state === 'output-error';
  const said = {
    type: 'tool_result' as const,
    tool_use_id: told.toolCallId,
    content: isError ? (told.errorText ?? 'failed') : textOf(told.output ?? null),
    ...(isError ? { is_error: true } : {}),
  };
  return [{ toolUseId: told.toolCallId, said }];
};

export const textOf = (value: Json): string =>
  typeof value === 'string' ? value : JSON.stringify(value);
