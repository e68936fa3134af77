import * as z from 'zod';
import type {
  Block,
  ImageBlock,
  Json,
  TextBlock,
  ToolResultBlock,
  ToolUseBlock,
  TurnMessage,
} from '../../turn/turn.ts';
import { UNSIGNED } from '../../wires/gemini/own-marks.ts';
import type { PartPlace } from '../dialect.ts';
import { fieldRefused } from '../refuse-field.ts';
import { thoughtOf } from '../marked-thought.ts';
import { mediaBlock, part, type Part } from './parts.ts';

const parts = z.array(part).max(100_000);
export const content = z.strictObject({
  role: z.enum(['user', 'model', 'function'], { error: 'is none of user and model' }).nullish(),
  parts: parts.nullish(),
});
export const systemContent = z.strictObject({
  role: z.string().nullish(),
  parts: parts.nullish(),
});
type Content = z.infer<typeof content>;

/** A call that waits for its result. */
type OpenCall = Pick<ToolUseBlock, 'id' | 'name'>;

export interface ReadContents {
  readonly messages: readonly TurnMessage[];
  /** Which content each message begins with. */
  readonly places: readonly number[];
}

/**
 * The messages of the turn; the contents of a model that follow each other are one, for clients keep each piece of a stream as a
 * content. Calls and their results may have no ids here: a result answers the first call of its name that has none yet.
 * Throws AppError (400) for a part that no other model is given.
 */
export const readContents = (
  contents: readonly Content[],
  whole: Omit<PartPlace, 'path'>,
): ReadContents => {
  const messages: TurnMessage[] = [];
  const places: number[] = [];
  let open: readonly OpenCall[] = [];
  for (let index = 0; index < contents.length;) {
    places.push(index);
    const end = endOfModel(contents, index);
    if (end > index) {
      const said = contents.slice(index, end).flatMap((one, at) => placed(one, index + at, whole));
      const message = modelMessage(said);
      open = message.content.flatMap((block) => (block.type === 'tool_use' ? [block] : []));
      messages.push(message);
      index = end;
      continue;
    }
    const told = contents.slice(index, index + 1).flatMap((one) => placed(one, index, whole));
    const content: Block[] = [];
    for (const one of told) {
      const [block, rest] = userBlock(one, open);
      content.push(block);
      open = rest;
    }
    messages.push({ role: 'user', content, model: null });
    index++;
  }
  return { messages, places };
};

const endOfModel = (contents: readonly Content[], from: number): number => {
  let end = from;
  while (contents[end]?.role === 'model') end++;
  return end;
};

interface PlacedPart {
  readonly told: Part;
  readonly place: PartPlace;
}

const placed = (
  { parts: told }: Content,
  index: number,
  whole: Omit<PartPlace, 'path'>,
): readonly PlacedPart[] =>
  (told ?? []).map((one, at) => {
    if (one.partMetadata != null) whole.note('contents.parts.partMetadata');
    return { told: one, place: { ...whole, path: `contents.${index}.parts.${at}` } };
  });

const userBlock = (
  { told, place }: PlacedPart,
  open: readonly OpenCall[],
): readonly [Block, readonly OpenCall[]] => {
  for (const name of ['functionCall', 'thought', 'thoughtSignature'] as const)
    if (told[name] != null && told[name] !== false)
      throw fieldRefused(`${place.path}.${name}`, 'stands in a content of the user');
  const { functionResponse: result, text } = told;
  if (result == null) return [text == null ? mediaBlock(told, place) : textBlock(text), open];
  const call = open.find(({ id, name }) =>
    result.id == null || result.id === '' ? name === result.name : id === result.id,
  );
  if (call === undefined)
    throw fieldRefused(`${place.path}.functionResponse`, 'answers no call before it');
  return [resultBlock(result, call.id, place), open.filter((other) => other !== call)];
};

const textBlock = (text: string): TextBlock => ({ type: 'text', text });

const modelMessage = (said: readonly PlacedPart[]): TurnMessage => {
  let model: string | null = null;
  /** Of a thought that was not signed yet. */
  let words = '';
  const content: Block[] = [];
  for (const { told, place } of said) {
    const { thought, text, thoughtSignature: signature } = told;
    if (thought === true) words += text ?? '';
    const marked = signature == null ? null : thoughtOf(signature, words);
    if (thought === true && signature == null) continue;
    if (marked !== null) content.push(marked.thought);
    else if (words !== '' || isOwnSignature(told))
      content.push({ type: 'thinking', thinking: words, ...signedBy(told) });
    model = marked?.model ?? model;
    words = '';
    content.push(...saidBlocks(told, place, marked !== null));
  }
  if (words !== '') content.push({ type: 'thinking', thinking: words });
  return { role: 'assistant', content, model };
};

/** What Google signs a thought or words with is no thought of any other model's. */
const isOwnSignature = ({ thoughtSignature, functionCall }: Part): boolean =>
  thoughtSignature != null && functionCall == null;

const signedBy = (told: Part): { signature?: string } =>
  isOwnSignature(told) && told.thoughtSignature != null ? { signature: told.thoughtSignature } : {};

const saidBlocks = (told: Part, place: PartPlace, isMarked: boolean): readonly Block[] => {
  const { text, functionCall: call, functionResponse: result, thoughtSignature, thought } = told;
  if (result != null)
    throw fieldRefused(`${place.path}.functionResponse`, 'stands in a content of the model');
  if (call != null) {
    if (thoughtSignature != null && !isMarked && thoughtSignature !== UNSIGNED)
      place.note('contents.parts.thoughtSignature');
    return [callBlock(call, place)];
  }
  if (thought === true) return [];
  if (text != null) return [textBlock(text)];
  if (thoughtSignature != null) return [];
  throw fieldRefused(place.path, 'is nothing that a model said');
};

const callBlock = (
  { id, name, args }: NonNullable<Part['functionCall']>,
  { path }: PartPlace,
): ToolUseBlock => ({
  type: 'tool_use',
  id: id == null || id === '' ? path.replaceAll('.', '-') : id,
  name,
  input: args ?? {},
});

const resultBlock = (
  { response, parts: media }: NonNullable<Part['functionResponse']>,
  tool_use_id: string,
  place: PartPlace,
): ToolResultBlock => {
  const { text, isError } = wordsOf(response ?? {});
  const seen = (media ?? []).map((one, at): TextBlock | ImageBlock => {
    const path = `${place.path}.functionResponse.parts.${at}`;
    const block = mediaBlock(one, { ...place, path });
    if (block.type !== 'document') return block;
    if (block.source.type === 'text') return textBlock(block.source.data);
    throw fieldRefused(path, 'this model is given no files in a result of a tool');
  });
  return {
    type: 'tool_result',
    tool_use_id,
    content: seen.length === 0 ? text : [textBlock(text), ...seen],
    ...(isError ? { is_error: true } : {}),
  };
};

/** `output` and `error` are what a function says; any other object is its output as a whole: https://ai.google.dev/api/caching#FunctionResponse */
const wordsOf = (response: {
  readonly [name: string]: Json;
}): { readonly text: string; readonly isError: boolean } => {
  const [name, ...others] = Object.keys(response);
  const isOne = others.length === 0 && (name === 'output' || name === 'error');
  const value: Json = isOne ? (response[name] ?? null) : response;
  return {
    text: typeof value === 'string' ? value : JSON.stringify(value),
    isError: name === 'error' && isOne,
  };
};

/** Words before the conversation; nothing else is told there. */
export const systemText = (told: z.infer<typeof systemContent>): string =>
  (told.parts ?? [])
    .map((one, index) => {
      if (one.text != null) return one.text;
      throw fieldRefused(
        `systemInstruction.parts.${index}`,
        'this model is told words alone there',
      );
    })
    .join('\n\n');
