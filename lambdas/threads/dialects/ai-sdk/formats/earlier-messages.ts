import * as z from 'zod';
import type {
  Block,
  Json,
  ToolResultBlock,
  ToolUseBlock,
} from '../../../../inference/turn/turn.ts';
import type { NewMessage } from '../../../domain/thread.ts';
import { blocksOf, contentSchema } from '../../../formats/read-content.ts';
import { contentOf, textOf, type AiChatBody } from './ai-chat-body.ts';

export type UiMessage = AiChatBody['messages'][number];
type UiPart = UiMessage['parts'][number];

/**
 * A page's messages as history: words and files, and calls with their results; each keeps the page's id, by which an edit
 * finds it. What no model takes becomes a line that says so; thoughts belong to the model that had them, and stay away.
 */
export const earlierMessages = (messages: readonly UiMessage[]): readonly NewMessage[] =>
  messages.flatMap((message) => {
    if (message.role === 'assistant') return answerMessages(message);
    const content = message.parts.flatMap((part) => personBlocks(part));
    const { id: name, role } = message;
    return content.length === 0 ? [] : [{ role, name, content: said(role, content) }];
  });

/** Instructions are words alone. */
const said = (role: UiMessage['role'], content: readonly Block[]): readonly Block[] =>
  role === 'system' ? content.filter(({ type }) => type === 'text') : content;

const personBlocks = (part: UiPart): readonly Block[] => {
  try {
    const content = contentOf(part, 0);
    return content.length === 0 ? [] : blocksOf(contentSchema.parse(content));
  } catch {
    return [{ type: 'text', text: `[${part.type} left out: it is not one that a model reads]` }];
  }
};

const words = z.looseObject({ type: z.literal('text'), text: z.string() });
const call = z.looseObject({
  type: z.string().regex(/^(tool-.+|dynamic-tool)$/),
  toolName: z.string().optional(),
  toolCallId: z.string().min(1).max(256),
  state: z.enum(['output-available', 'output-error', 'output-denied']),
  input: z.json().optional(),
  output: z.json().optional(),
  errorText: z.string().optional(),
});

/** An answer is as many messages as it has batches of calls: results are the user's, and stand behind their calls. */
const answerMessages = ({ id: name, parts }: UiMessage): readonly NewMessage[] => {
  const messages: NewMessage[] = [];
  let content: Block[] = [];
  let results: ToolResultBlock[] = [];
  const flush = (): void => {
    if (content.length > 0) messages.push({ role: 'assistant', name, content });
    if (results.length > 0) messages.push({ role: 'user', name, content: results });
    content = [];
    results = [];
  };
  for (const part of parts) {
    const text = words.safeParse(part).data?.text ?? '';
    const made = call.safeParse(part).data;
    if (text.trim() !== '' && results.length > 0) flush();
    if (text.trim() !== '') content.push({ type: 'text', text });
    if (made === undefined) continue;
    content.push(useOf(made));
    results.push(resultOf(made));
  }
  flush();
  return messages;
};

type Call = z.infer<typeof call>;

const useOf = ({ type, toolName, toolCallId, input }: Call): ToolUseBlock => ({
  type: 'tool_use',
  id: toolCallId,
  name: toolName ?? type.replace(/^tool-/, ''),
  input: input ?? {},
});

const resultOf = ({ toolCallId, state, output, errorText }: Call): ToolResultBlock => ({
  type: 'tool_result',
  tool_use_id: toolCallId,
  content: state === 'output-available' ? textOf(valueOf(output)) : (errorText ?? 'failed'),
  ...(state === 'output-available' ? {} : { is_error: true }),
});

const valueOf = (output: Json | undefined): Json => output ?? null;
