import { wellFormed } from '../../../shared/characters.ts';
import { isJsonObject } from '../../turn/partial-json.ts';
import type {
  Block,
  ImageBlock,
  Omission,
  OmissionKind,
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
  const clean = {
    role: message.role,
    results: new Array<BlockAt<ToolResultBlock>>(),
    user: new Array<BlockAt<UserBlock>>(),
    assistant: new Array<BlockAt<AssistantBlock>>(),
    system: new Array<BlockAt<TextBlock>>(),
  };
  for (const [index, block] of message.content.entries()) {
    const path = `${at}.content.${index}`;
    const leaveOut = (kind: OmissionKind, reason: string) => omit({ kind, path, reason });
    if (block.type === 'text') {
      const { citations: _told, ...words } = block;
      if (words.text.trim() !== '') clean[message.role].push({ block: wholeText(words), path });
    } else if (block.type === 'tool_result') {
      clean.results.push({ block: cleanResult(rules, block, leaveOut), path });
    } else if (message.role === 'user' && (block.type === 'image' || block.type === 'document'))
      clean.user.push({ block: cleanMedia(rules, block, leaveOut), path });
    else if (message.role === 'assistant' && block.type === 'tool_use')
      clean.assistant.push({ block: cleanCall(block, leaveOut), path });
    else if (isThought(block) && message.role === 'assistant') {
      // Mended it would not be what was signed.
      const isWhole = block.type !== 'thinking' || block.thinking.isWellFormed();
      const problem = isWhole ? rules.thoughtProblem(block, message.model) : HALF;
      if (problem === null) clean.assistant.push({ block, path });
      else leaveOut('thinking', problem);
    } else leaveOut('misplaced_block', `${block.type} in a message of the ${message.role}`);
  }
  return { ...clean, assistant: withoutLastThoughts(clean.assistant, omit) };
};

/** Rows of before were stored as they came; no provider accepts half a surrogate pair. */
const wholeText = (block: TextBlock): TextBlock =>
  block.text.isWellFormed() ? block : { ...block, text: block.text.toWellFormed() };

export const isThought = (block: Block) =>
  block.type === 'thinking' || block.type === 'redacted_thinking';

const cleanMedia = <M extends Media>(
  rules: WireRules,
  media: M,
  leaveOut: (kind: OmissionKind, reason: string) => void,
): M | TextBlock => {
  const block = { ...media, source: plainSource(media.source) };
  const problem = rules.mediaProblem(block);
  if (problem === null) return block;
  leaveOut('media', problem);
  return { type: 'text', text: `[${media.type} left out: ${problem}]` };
};

const cleanCall = (
  block: ToolUseBlock,
  leaveOut: (kind: OmissionKind, reason: string) => void,
): ToolUseBlock => {
  const { partial_json, form: _form, ...call } = block;
  if (partial_json !== undefined)
    leaveOut('partial_tool_input', 'the input was cut: only its complete members are sent');
  const input = wellFormed(call.input);
  return { ...call, input: isJsonObject(input) ? input : { value: input } };
};

/** A mark inside the result counts for the whole of it. */
const cleanResult = (
  rules: WireRules,
  { form: _form, ...result }: ToolResultBlock,
  leaveOut: (kind: OmissionKind, reason: string) => void,
): ToolResultBlock => {
  if (typeof result.content === 'string')
    return {
      ...result,
      content: result.content.trim() === '' ? NO_OUTPUT : result.content.toWellFormed(),
    };
  const parts = result.content.filter((part) => part.type !== 'text' || part.text.trim() !== '');
  const mark = result.cache_control ?? parts.findLast((part) => part.cache_control)?.cache_control;
  const content = parts.map(({ cache_control: _mark, ...part }): TextBlock | ImageBlock =>
    part.type === 'image' ? cleanMedia(rules, part, leaveOut) : wholeText(part),
  );
  return {
    ...result,
    content: content.length === 0 ? NO_OUTPUT : content,
    ...(mark === undefined ? {} : { cache_control: mark }),
  };
};

/** An answer may not end in a thought: it was cut before it said anything. */
const withoutLastThoughts = (
  content: readonly BlockAt<AssistantBlock>[],
  omit: (omission: Omission) => void,
): readonly BlockAt<AssistantBlock>[] => {
  const last = content.findLastIndex(({ block }) => !isThought(block));
  for (const { path } of content.slice(last + 1))
    omit({ kind: 'thinking', path, reason: 'nothing was said after it' });
  return content.slice(0, last + 1);
};
