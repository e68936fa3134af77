import * as z from 'zod';
import { isJsonObject, parseJson } from '../../../../inference/turn/partial-json.ts';
import type {
  Block,
  Json,
  ToolResultBlock,
  ToolUseBlock,
} from '../../../../inference/turn/turn.ts';
import { outputContent } from '../../../domain/output-content.ts';
import { refusalWords } from '../../../domain/tool-answer.ts';
import type { NewMessage } from '../../../domain/thread.ts';
import { blocksOf, contentSchema } from '../../../formats/read-content.ts';
import type { UiMessage, UiPart } from './ai-chat-body.ts';
import { contentOf } from './part-content.ts';

/** A page's message without an id of its own. */
const NO_NAME = 'earlier';

/**
 * A page's message as history, perhaps more than one: words and files, and calls with their results; each keeps the page's
 * id, by which an edit finds it. What no model accepts becomes a line that says so; thoughts belong to the model that had
 * them, and stay away.
 */
export const earlierMessages = (message: UiMessage): readonly NewMessage[] => {
  if (message.role === 'assistant') return answerMessages(message);
  const { id: name = NO_NAME, role } = message;
  const content = said(role, message.parts.flatMap(personBlocks));
  return content.length === 0 ? [] : [{ role, name, content }];
};

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
  errorText: z.string().nullish(),
  approval: z.looseObject({ reason: z.string().nullish() }).nullish(),
});

/** An answer is as many messages as it has batches of calls: results are the user's, and stand after their calls. */
const answerMessages = ({ id: name = NO_NAME, parts }: UiMessage): readonly NewMessage[] => {
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
  input: inputOf(input ?? {}),
});

/** A model's input is an object; one that was kept as its JSON is what it says. */
const inputOf = (input: Json): Json => {
  const said = typeof input === 'string' ? parseJson(input) : undefined;
  return isJsonObject(said) ? said : input;
};

const resultOf = (made: Call): ToolResultBlock => ({
  type: 'tool_result',
  tool_use_id: made.toolCallId,
  content: wordsOf(made),
  ...(made.state === 'output-available' ? {} : { is_error: true }),
});

const wordsOf = ({ state, output, errorText, approval }: Call): ToolResultBlock['content'] => {
  switch (state) {
    case 'output-available':
      return outputContent(output ?? null);
    case 'output-error':
      return errorText ?? 'failed';
    case 'output-denied':
      return refusalWords(approval?.reason ?? undefined);
  }
};
