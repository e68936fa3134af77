import { wellFormed } from '../../../shared/characters.ts';
import { isJsonObject } from '../../turn/partial-json.ts';
import type {
  Block,
  ImageBlock,
  Omission,
  TextBlock,
  ToolResultBlock,
  ToolUseBlock,
  TurnMessage,
} from '../../turn/turn.ts';
import { plainSource } from './media-source.ts';
import type { AssistantBlock, Media, BlockAt, UserBlock, WireRules } from './history.ts';

/** One message without what no provider accepts, its blocks sorted by who may say them. */
export interface CleanMessage {
  readonly role: TurnMessage['role'];
  readonly results: readonly BlockAt<ToolResultBlock>[];
  readonly user: readonly BlockAt<UserBlock>[];
  readonly assistant: readonly BlockAt<AssistantBlock>[];
  readonly system: readonly BlockAt<TextBlock>[];
}

const NO_OUTPUT = '(no output)';
const HALF = 'it holds half a surrogate pair';

/** Drops empty text and what this wire refuses; `omit` hears of everything else that is left out. */
export const cleanMessage = (
  rules: WireRules,
  message: TurnMessage,
  at: number,
  omit: (omission: Omission) => void,
): CleanMessage => {
  const { role } = message;
  const clean = {
    role,
    results: noBlocks<ToolResultBlock>(),
    user: noBlocks<UserBlock>(),
    assistant: noBlocks<AssistantBlock>(),
    system: noBlocks<TextBlock>(),
  };
  let index = 0;
  for (const block of message.content) {
    const path = `${at}.content.${index++}`;
    if (block.type === 'text') {
      if (/\S/.test(block.text)) clean[role].push({ block: wholeText(toldWords(block)), path });
    } else if (block.type === 'tool_result') {
      clean.results.push({ block: cleanResult(rules, block, path, omit), path });
    } else if (role === 'user' && (block.type === 'image' || block.type === 'document'))
      clean.user.push({ block: cleanMedia(rules, block, path, omit), path });
    else if (role === 'assistant' && block.type === 'tool_use')
      clean.assistant.push({ block: cleanCall(rules, block, message.model, path, omit), path });
    else if (isThought(block) && role === 'assistant') {
      // Mended it would not be what was signed.
      const isWhole = block.type !== 'thinking' || block.thinking.isWellFormed();
      const problem = isWhole ? rules.thoughtProblem(block, message.model) : HALF;
      if (problem === null) clean.assistant.push({ block, path });
      else omit({ kind: 'thinking', path, reason: problem });
    } else {
      const reason = `${block.type} in a message of the ${role}`;
      omit({ kind: 'misplaced_block', path, reason });
    }
  }
  return clean;
};

const noBlocks = <B extends Block>(): BlockAt<B>[] => [];

/** What was told of an answer's words is told to no model again. */
const toldWords = (block: TextBlock): TextBlock => {
  const { citations, logprobs, refuses, ...words } = block;
  return (citations ?? logprobs ?? refuses) ? words : block;
};

/** Rows of before were stored as they came; no provider accepts half a surrogate pair. */
const wholeText = (block: TextBlock): TextBlock =>
  block.text.isWellFormed() ? block : { ...block, text: block.text.toWellFormed() };

export const isThought = (block: Block) =>
  block.type === 'thinking' || block.type === 'redacted_thinking';

const cleanMedia = <M extends Media>(
  rules: WireRules,
  media: M,
  path: string,
  omit: (omission: Omission) => void,
): M | TextBlock => {
  const block = { ...media, source: plainSource(media.source) };
  const reason = rules.mediaProblem(block);
  if (reason === null) return block;
  omit({ kind: 'media', path, reason });
  return { type: 'text', text: `[${media.type} left out: ${reason}]` };
};

/** Its mark is that of a thought, and means something to the same model alone. */
const cleanCall = (
  rules: WireRules,
  block: ToolUseBlock,
  writer: string | null,
  path: string,
  omit: (omission: Omission) => void,
): ToolUseBlock => {
  const whole = wellFormed(block.input);
  const input = isJsonObject(whole) ? whole : { value: whole };
  const isPlain = block.partial_json === undefined && block.signature === undefined;
  if (isPlain && block.form === undefined && input === block.input) return block;
  const { partial_json, form: _form, signature, ...call } = block;
  if (partial_json !== undefined) {
    const reason = 'the input was cut: only its complete members are sent';
    omit({ kind: 'partial_tool_input', path, reason });
  }
  const isMarked =
    signature !== undefined &&
    rules.thoughtProblem({ type: 'thinking', thinking: '', signature }, writer) === null;
  return { ...call, input, ...(isMarked ? { signature } : {}) };
};

/** A mark inside the result counts for the whole of it. */
const cleanResult = (
  rules: WireRules,
  block: ToolResultBlock,
  path: string,
  omit: (omission: Omission) => void,
): ToolResultBlock => {
  const told = block.content;
  const isPlain = block.form === undefined && typeof told === 'string';
  if (isPlain && /\S/.test(told) && told.isWellFormed()) return block;
  const { form: _form, ...result } = block;
  if (typeof result.content === 'string')
    return {
      ...result,
      content: result.content.trim() === '' ? NO_OUTPUT : result.content.toWellFormed(),
    };
  const parts = result.content
    .map((part, at) => ({ part, at }))
    .filter(({ part }) => part.type !== 'text' || part.text.trim() !== '');
  const mark =
    result.cache_control ?? parts.findLast(({ part }) => part.cache_control)?.part.cache_control;
  const content = parts.map(
    ({ part: { cache_control: _mark, ...part }, at }): TextBlock | ImageBlock =>
      part.type === 'image'
        ? cleanMedia(rules, part, `${path}.content.${at}`, omit)
        : wholeText(part),
  );
  return {
    ...result,
    content: content.length === 0 ? NO_OUTPUT : content,
    ...(mark === undefined ? {} : { cache_control: mark }),
  };
};

/** An answer may not end in a thought: it was cut before it said anything. */
export const withoutLastThoughts = (
  message: CleanMessage,
  omit: (omission: Omission) => void,
): CleanMessage => {
  const { assistant } = message;
  const last = assistant.findLastIndex(({ block }) => !isThought(block));
  if (last === assistant.length - 1) return message;
  for (const { path } of assistant.slice(last + 1))
    omit({ kind: 'thinking', path, reason: 'nothing was said after it' });
  return { ...message, assistant: assistant.slice(0, last + 1) };
};
