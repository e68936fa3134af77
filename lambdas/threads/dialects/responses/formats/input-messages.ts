import { thoughtOf } from '../../../../inference/dialects/marked-thought.ts';
import {
  completeMembers,
  isJsonObject,
  parseJson,
} from '../../../../inference/turn/partial-json.ts';
import type {
  Block,
  DocumentBlock,
  ToolForm,
  ToolResultBlock,
  ToolUseBlock,
} from '../../../../inference/turn/turn.ts';
import { AppError } from '../../../../shared/app-error.ts';
import { summaryBlock } from '../../../domain/compaction.ts';
import { saysSomething } from '../../../domain/is-said.ts';
import { BLOCK_BYTES_MAX } from '../../../domain/limits.ts';
import type { NewMessage } from '../../../domain/thread.ts';
import { textAsInput } from '../../../../inference/turn/text-tools.ts';
import { nameInThread, SEARCH_NAME } from './call-kinds.ts';
import type { InputItem, InputPart, OutputPart } from './responses-input.ts';

/** Items that are referred to, by their ids, as the messages that they are. */
export type ReferredMessages = ReadonlyMap<string, NewMessage>;

/**
 * What items say, one message each. `model` is whose calls and thoughts they are taken for. Throws AppError that names
 * the item whose block is too large.
 */
export const itemMessages = (
  items: readonly InputItem[],
  model: string | null,
  field: string,
  referred: ReferredMessages,
): readonly NewMessage[] =>
  items.flatMap((item, index) => {
    const message = itemMessage(item, model, referred);
    if (message === null) return [];
    const isLarge = message.content.some(
      (block) => Buffer.byteLength(JSON.stringify(block)) > BLOCK_BYTES_MAX,
    );
    if (isLarge)
      throw new AppError({
        code: 'block_too_large',
        publicMessage: `${field}.${index}: a block holds at most ${BLOCK_BYTES_MAX} bytes; send larger files by their URL.`,
        facts: { param: `${field}.${index}` },
      });
    return message.content.length === 0 ? [] : [message];
  });

/**
 * The last message of a person after the latest answer, where nothing of what stands there says anything: a model would
 * be given other words in its place. null: something is said, or nobody speaks. What stands before an answer or a summary
 * is history, and may be empty.
 */
export const blankAt = (items: readonly InputItem[], referred: ReferredMessages): number | null => {
  const turns = items.flatMap((item, index) => {
    const { role, content } = itemMessage(item, null, referred) ?? { role: 'system', content: [] };
    if (role === 'system') return [];
    const isHistory = role === 'assistant' || item.type === 'compaction';
    return [{ index, isHistory, says: content.some(saysSomething) }];
  });
  const latest = turns.slice(turns.findLastIndex(({ isHistory }) => isHistory) + 1);
  return latest.some(({ says }) => says) ? null : (latest.at(-1)?.index ?? null);
};

const itemMessage = (
  item: InputItem,
  model: string | null,
  referred: ReferredMessages,
): NewMessage | null => {
  switch (item.type) {
    case 'message':
      return {
        role: item.role === 'developer' ? 'system' : item.role,
        content: item.content.flatMap(blockOf),
        model: item.role === 'assistant' ? model : null,
      };
    case 'function_call':
    case 'custom_tool_call':
    case 'tool_search_call':
      return { role: 'assistant', content: [callOf(item)], model };
    case 'function_call_output':
      return { role: 'user', content: resultBlocks(item.call_id, item.output) };
    case 'custom_tool_call_output':
      return { role: 'user', content: resultBlocks(item.call_id, item.output, 'custom') };
    case 'tool_search_output':
      return {
        role: 'user',
        content: [
          {
            type: 'tool_result',
            tool_use_id: item.call_id,
            content: JSON.stringify(item.tools),
            form: 'tool_search',
          },
        ],
      };
    case 'compaction':
      return { role: 'user', content: [summaryBlock(item.encrypted_content)] };
    case 'reasoning':
      return thoughtMessage(item, model);
    case 'additional_tools':
    case 'compaction_trigger':
    case 'left_out':
      return null;
    case 'item_reference':
      return referred.get(item.id) ?? null;
  }
};

const blockOf = (part: InputPart): readonly Block[] => {
  switch (part.type) {
    case 'refusal':
      return part.refusal === '' ? [] : [{ type: 'text', text: part.refusal, refuses: true }];
    case 'input_image':
      return [imageOf(part.image_url)];
    case 'input_file':
      return [fileOf(part)];
    default:
      return part.text === '' ? [] : [{ type: 'text', text: part.text }];
  }
};

const imageOf = (url: string) => ({ type: 'image' as const, source: sourceOf(url) });

type FilePart = Extract<InputPart, { readonly type: 'input_file' }>;

/** The words of a file that is text; of any other one, that it comes after the result. */
const fileWords = ({ title, source }: DocumentBlock): string =>
  source.type === 'text' ? source.data : `[${title ?? 'document'}: behind this result]`;

const fileOf = ({ filename, file_data: data, file_url: url }: FilePart): DocumentBlock => {
  const title = filename == null ? {} : { title: filename };
  // Whoever read it has checked that it is one of them.
  const source = data == null ? { type: 'url' as const, url: url ?? '' } : sourceOf(data);
  return { type: 'document', ...title, source };
};

const sourceOf = (url: string) => {
  const [prefix, media_type] = /^data:([\w.+/-]+);base64,/.exec(url) ?? [];
  if (prefix === undefined || media_type === undefined) return { type: 'url', url } as const;
  const data = url.slice(prefix.length);
  return media_type.startsWith('text/')
    ? ({ type: 'text', media_type, data: Buffer.from(data, 'base64').toString('utf8') } as const)
    : ({ type: 'base64', media_type, data } as const);
};

type CallItem = Extract<
  InputItem,
  { readonly type: 'function_call' | 'custom_tool_call' | 'tool_search_call' }
>;

const callOf = (item: CallItem): ToolUseBlock => {
  const use = { type: 'tool_use', id: item.call_id } as const;
  switch (item.type) {
    case 'custom_tool_call':
      return {
        ...use,
        name: nameInThread(item.namespace, item.name),
        input: textAsInput(item.input),
        form: 'custom',
      };
    case 'tool_search_call':
      return { ...use, name: SEARCH_NAME, input: item.arguments, form: 'tool_search' };
    case 'function_call': {
      const parsed = parseJson(item.arguments === '' ? '{}' : item.arguments);
      const called = { ...use, name: nameInThread(item.namespace, item.name) };
      return isJsonObject(parsed)
        ? { ...called, input: parsed }
        : { ...called, input: completeMembers(item.arguments), partial_json: item.arguments };
    }
  }
};

/** A result, and after it the documents that it names: a result holds words and pictures alone. */
const resultBlocks = (
  callId: string,
  output: readonly OutputPart[],
  form?: ToolForm,
): readonly Block[] => {
  const files = output.flatMap((part) => (part.type === 'input_file' ? [fileOf(part)] : []));
  const documents = files.filter((file) => file.source.type !== 'text');
  return [resultOf(callId, output, form), ...documents];
};

const resultOf = (
  callId: string,
  output: readonly OutputPart[],
  form?: ToolForm,
): ToolResultBlock => {
  const content = output.map((part) => {
    if (part.type === 'input_image') return imageOf(part.image_url);
    const text = part.type === 'input_file' ? fileWords(fileOf(part)) : part.text;
    return { type: 'text', text } as const;
  });
  const texts = content.flatMap((part) => (part.type === 'text' ? [part.text] : []));
  return {
    type: 'tool_result',
    tool_use_id: callId,
    content: texts.length === 1 && content.length === 1 ? (texts[0] ?? '') : content,
    ...(form === undefined ? {} : { form }),
  };
};

type ReasoningItem = Extract<InputItem, { readonly type: 'reasoning' }>;

/**
 * What a model thought: its summary, or in full where there is none. Without words and without a signature it is nothing. A
 * signature belongs to the model that its mark names; without a mark, to nobody that is known.
 */
const thoughtMessage = (
  { summary, content, encrypted_content: signature }: ReasoningItem,
  model: string | null,
): NewMessage => {
  const words = (parts: typeof summary) => (parts ?? []).map((part) => part.text).join('\n\n');
  const thinking = words(summary) || words(content);
  const thought = { type: 'thinking', thinking } as const;
  if (!signature) return { role: 'assistant', content: thinking === '' ? [] : [thought], model };
  const marked = thoughtOf(signature, thinking);
  return marked === null
    ? { role: 'assistant', content: [{ ...thought, signature }], model: null }
    : { role: 'assistant', content: [marked.thought], model: marked.model };
};
