import * as z from 'zod';
import { isRecord } from '../../../../http/body.ts';
import { plainTurn, withoutNulls } from '../../../formats/plain-turn.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * What pages send, in the shape of `DefaultChatTransport`: `message` alone where only the last one goes over the wire;
 * messages of version 4 of the AI SDK, which say `content` in place of `parts`; the fields of assistant-ui's transport as
 * ours where ours are not there. What is null is not said.
 * https://ai-sdk.dev/docs/ai-sdk-ui/chatbot-message-persistence, https://www.assistant-ui.com/docs/runtimes/ai-sdk/v6
 */
export const plainPage = (raw: unknown): unknown => {
  if (!isRecord(raw)) return raw;
  const { message, messages, content, ...rest } = withoutNulls(raw);
  const isAlone = message !== undefined && !(Array.isArray(messages) && messages.length > 0);
  const list = isAlone ? [message] : messages;
  return {
    ...withoutNulls(asRecord(plainTurn(withPageFields(rest)))),
    ...namesOf(rest, ['id', 'messageId']),
    ...(content === undefined ? {} : { content }),
    ...(list === undefined
      ? {}
      : { messages: Array.isArray(list) ? list.filter(isTold).map(plainMessage) : list }),
  };
};

/** A name may be a number, as rows of a page's own store have it. */
const namesOf = (fields: Fields, names: readonly string[]): Fields =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = fields[name];
      if (value === undefined) return [];
      return [[name, typeof value === 'number' ? String(value) : value]];
    }),
  );

const asRecord = (value: unknown): Fields => (isRecord(value) ? value : {});

/** Version 4 kept what the page alone knew as messages too. */
const isTold = (message: unknown): boolean => !isRecord(message) || message['role'] !== 'data';

const plainMessage = (message: unknown): unknown => {
  if (!isRecord(message)) return message;
  const {
    id,
    content,
    parts,
    toolInvocations,
    experimental_attachments: attachments,
    ...rest
  } = withoutNulls(message);
  const own =
    listOf(parts).length > 0 ? listOf(parts) : [...listOf(toolInvocations), ...partsOf(content)];
  return {
    ...rest,
    ...(rest['role'] === 'developer' ? { role: 'system' } : {}),
    ...(id === undefined || id === '' ? {} : namesOf({ id }, ['id'])),
    parts:
      parts !== undefined && !Array.isArray(parts)
        ? parts
        : [...own.map(plainPart), ...listOf(attachments).map(partOfAttachment)],
  };
};

const partsOf = (content: unknown): readonly unknown[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : listOf(content);

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const plainPart = (part: unknown): unknown => {
  if (!isRecord(part)) return part;
  if ('toolInvocation' in part) return partOfInvocation(part['toolInvocation']);
  if (!('type' in part) && 'toolCallId' in part) return partOfInvocation(part);
  return part['type'] === 'file' || part['type'] === 'image' ? partOfFile(part) : part;
};

const invocation = z.looseObject({
  toolCallId: z.string(),
  toolName: z.string(),
  state: z.string().optional(),
});

/** A call of version 4. */
const partOfInvocation = (told: unknown): unknown => {
  const { data } = invocation.safeParse(told);
  if (data === undefined) return { type: 'unknown' };
  const isOver = data.state === 'result';
  return {
    type: 'dynamic-tool',
    toolName: data.toolName,
    toolCallId: data.toolCallId,
    state: isOver ? 'output-available' : 'input-available',
    input: data['args'] ?? {},
    ...(isOver ? { output: data['result'] ?? null } : {}),
  };
};

/** Files as parts of version 4, and of messages for a model, name their type and their bytes otherwise. */
const partOfFile = (part: Fields): unknown => {
  const { url, data, image, mediaType, mimeType, filename } = withoutNulls(part);
  const named = mediaType ?? mimeType;
  const vague = part['type'] === 'image' ? 'image/*' : '';
  const type = typeof named === 'string' ? named : vague;
  const where = url ?? data ?? image;
  const isUrl = typeof where === 'string' && (where.startsWith('data:') || URL.canParse(where));
  return {
    type: 'file',
    mediaType: type,
    url: isUrl || typeof where !== 'string' ? where : `data:${type};base64,${where}`,
    ...(filename === undefined ? {} : { filename }),
  };
};

const partOfAttachment = (attachment: unknown): unknown => {
  const { url, contentType, name } = withoutNulls(asRecord(attachment));
  return partOfFile({ type: 'file', url, mediaType: contentType, filename: name });
};

const pageFields = z.looseObject({
  config: z.looseObject({ modelName: z.string().optional().catch(undefined) }).optional(),
  callSettings: z
    .looseObject({
      maxTokens: z.number().nullish().catch(undefined),
      maxOutputTokens: z.number().nullish().catch(undefined),
      temperature: z.number().nullish().catch(undefined),
    })
    .optional(),
});

/** The fields that assistant-ui's transport adds: its tools are an object by name. */
const withPageFields = (body: Fields): Fields => {
  const { data } = pageFields.safeParse(body);
  if (data === undefined) return body;
  const { tools, config, callSettings, ...rest } = data;
  return {
    ...withoutNulls({
      model: config?.modelName,
      max_tokens: callSettings?.maxOutputTokens ?? callSettings?.maxTokens,
      temperature: callSettings?.temperature,
      tools: isRecord(tools) ? toolsByName(tools) : tools,
    }),
    ...rest,
  };
};

const toolsByName = (tools: Fields): readonly unknown[] | undefined => {
  const all = Object.entries(tools).map(([name, tool]) => {
    const { description, parameters, inputSchema } = asRecord(tool);
    return { name, description, input_schema: parameters ?? inputSchema ?? { type: 'object' } };
  });
  return all.length === 0 ? undefined : all;
};
