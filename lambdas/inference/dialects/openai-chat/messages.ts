import * as z from 'zod';
import { refusedField } from '../refused-field.ts';
import { anyJson } from '../../turn/any-json.ts';
import { completeMembers, toolInput } from '../../turn/partial-json.ts';
import { textAsInput } from '../../turn/text-tools.ts';
import type { Block, ImageBlock, TextBlock, ToolUseBlock, TurnMessage } from '../../turn/turn.ts';
import {
  documentBlock,
  imageBlock,
  imagePart,
  refusalPart,
  soundBlock,
  textBlock,
  textPart,
  userPart,
  type UserPart,
} from './content.ts';
import { placedFile, type PartPlace } from '../dialect.ts';
import { reasoningDetail, thoughtsOf } from './reasoning.ts';

const name = z.string().nullish();
const text = z.union([z.string(), z.array(textPart)]);

const functionCall = z.strictObject({
  id: z.string(),
  type: z.literal('function').optional(),
  index: z.int().optional(),
  function: z.strictObject({ name: z.string().min(1), arguments: z.string() }),
  /** https://ai.google.dev/gemini-api/docs/thought-signatures#openai-compatibility */
  extra_content: z
    .strictObject({ google: z.strictObject({ thought_signature: z.string() }) })
    .nullish(),
});
const customCall = z.strictObject({
  id: z.string(),
  type: z.literal('custom'),
  custom: z.strictObject({ name: z.string().min(1), input: z.string() }),
});
type Call = z.infer<typeof functionCall | typeof customCall>;

const system = z.strictObject({ role: z.enum(['system', 'developer']), content: text, name });
const user = z.strictObject({
  role: z.literal('user'),
  content: z.union([z.string(), z.array(userPart)]),
  name,
});
const assistant = z.strictObject({
  role: z.literal('assistant'),
  content: z
    .union([z.string(), z.array(z.discriminatedUnion('type', [textPart, refusalPart]))])
    .nullish(),
  refusal: z.string().nullish(),
  tool_calls: z.array(z.union([functionCall, customCall])).nullish(),
  /** Of an answer, which clients send back as it came. */
  annotations: z.array(anyJson).nullish(),
  reasoning_content: z.string().nullish(),
  reasoning: z.string().nullish(),
  reasoning_details: z.array(reasoningDetail).nullish(),
  audio: refusedField('this model is given no audio'),
  function_call: refusedField('is not served to this model: send tool_calls'),
  name,
});
const tool = z.strictObject({
  role: z.literal('tool'),
  tool_call_id: z.string(),
  content: z.union([z.string(), z.array(z.discriminatedUnion('type', [textPart, imagePart]))]),
  name,
});

export const chatMessage = z.discriminatedUnion('role', [system, user, assistant, tool], {
  error: 'is none of system, developer, user, assistant and tool, which this model is given',
});
export type ChatMessage = z.infer<typeof chatMessage>;
type Assistant = z.infer<typeof assistant>;

/** A message of the turn for each of the caller's. */
export const turnMessage = (message: ChatMessage, model: string, place: PartPlace): TurnMessage => {
  const { note } = place;
  if (message.role === 'assistant') return assistantMessage(message, model, note);
  if (message.role === 'tool') {
    const { tool_call_id: tool_use_id, content } = message;
    const told =
      typeof content === 'string'
        ? content
        : content.map((part, at) => partOf(part, partAt(place, at)));
    return {
      role: 'user',
      content: [{ type: 'tool_result', tool_use_id, content: told }],
      model: null,
    };
  }
  const blocks =
    typeof message.content === 'string'
      ? [{ type: 'text', text: message.content } as const]
      : message.content.map((part, at) => userBlock(part, partAt(place, at)));
  const role = message.role === 'user' ? 'user' : 'system';
  return { role, content: named(blocks, message, note), model: null };
};

/** Whose words they are is told before them: other models know no names. */
const named = (
  blocks: readonly Block[],
  { role, name: speaker }: Pick<ChatMessage, 'role' | 'name'>,
  note: (field: string) => void,
): readonly Block[] => {
  if (speaker == null || speaker === '') return blocks;
  note('messages.name');
  const at = blocks.findIndex(({ type }) => type === 'text');
  const first = blocks[at];
  if (role !== 'user' || first?.type !== 'text') return blocks;
  return blocks.with(at, { ...first, text: `${speaker}: ${first.text}` });
};

const partOf = (
  part: z.infer<typeof textPart | typeof imagePart>,
  place: PartPlace,
): TextBlock | ImageBlock => {
  if (part.type === 'text') return textBlock(part);
  const { detail } = part.image_url;
  if (detail != null && detail !== 'auto') place.note('messages.content.image_url.detail');
  return placedFile(place, `${place.path}.image_url`, imageBlock(part));
};

const userBlock = (part: UserPart, place: PartPlace): Block => {
  if (part.type === 'file') return placedFile(place, `${place.path}.file`, documentBlock(part));
  return part.type === 'input_audio'
    ? placedFile(place, `${place.path}.input_audio`, soundBlock(part))
    : partOf(part, place);
};

const partAt = (place: PartPlace, at: number): PartPlace => ({
  ...place,
  path: `${place.path}.content.${at}`,
});

const assistantMessage = (
  message: Assistant,
  model: string,
  note: (field: string) => void,
): TurnMessage => {
  const { content, refusal, tool_calls: calls } = message;
  const thought = thoughtsOf(message, model);
  const words =
    typeof content === 'string'
      ? [{ type: 'text', text: content } as const]
      : (content ?? []).map((part) =>
          part.type === 'text' ? textBlock(part) : ({ type: 'text', text: part.refusal } as const),
        );
  const refused = refusal == null ? [] : [{ type: 'text', text: refusal } as const];
  return {
    role: 'assistant',
    model: thought.model,
    content: [
      ...thought.blocks,
      ...named([...words, ...refused], message, note),
      ...(calls ?? []).map(toolUse),
    ],
  };
};

const toolUse = (call: Call): ToolUseBlock => {
  if (call.type === 'custom')
    return {
      type: 'tool_use',
      id: call.id,
      name: call.custom.name,
      input: textAsInput(call.custom.input),
    };
  const { arguments: json, name: called } = call.function;
  const signature = call.extra_content?.google.thought_signature;
  const input = json.trim() === '' ? {} : toolInput(json);
  return {
    type: 'tool_use',
    id: call.id,
    name: called,
    ...(input === null ? { input: completeMembers(json), partial_json: json } : { input }),
    ...(signature === undefined ? {} : { signature }),
  };
};
