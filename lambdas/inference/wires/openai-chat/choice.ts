import type { Json, UrlCitation } from '../../turn/turn.ts';
import { countOf, fieldsOf, listOf, outputOf, textOf } from '../fields.ts';
import { isBrokenOff } from '../stop-reasons.ts';
import { annotationsOf } from './citations.ts';

/** A part of a call: every field but `slot` may come in another part. */
export interface CallPart {
  readonly slot: number | null;
  readonly id: string;
  readonly name: string;
  readonly json: string;
}

export interface Choice {
  readonly index: number;
  /** Everything that it put out, in whatever field. */
  readonly output: string;
  readonly thought: string;
  readonly words: string;
  readonly refusal: string;
  readonly calls: readonly CallPart[];
  readonly citations: readonly UrlCitation[];
  /** As its provider says them; they are read where a turn is made of it. */
  readonly logprobs: Json;
  readonly stopReason: string | null;
}

/** A choice of a chunk, or of a whole answer. Some relays send an empty `delta` beside the `message` that they mean. */
export const choiceOf = (value: Json): Choice => {
  const fields = fieldsOf(value);
  const { index, delta, message, text, finish_reason, logprobs = null } = fields;
  const stopReason = reasonOf(textOf(finish_reason));
  const put = { ...putOf(index, delta ?? message, stopReason), logprobs };
  if (put.output !== '' || put.citations.length + put.calls.length > 0) return put;
  const isOnly = delta === undefined || delta === null;
  const second = isOnly ? put : { ...putOf(index, message, stopReason), logprobs };
  if (second.output !== '' || typeof text !== 'string') return second;
  // Completions of before chats.
  return { ...second, output: text, words: text };
};

/** Do its words alone come where they nearly always come? Then nothing else of it is read. */
export const isPlainChoice = (value: Json | undefined): boolean => {
  const { delta, message, text } = fieldsOf(value);
  const { content, audio, images } = fieldsOf(delta);
  const others = [message, text, audio, images];
  return typeof content === 'string' && others.every((other) => other === undefined);
};

const putOf = (
  index: Json | undefined,
  value: Json | undefined,
  stopReason: string | null,
): Omit<Choice, 'logprobs'> => {
  const put = fieldsOf(value);
  const said = saidIn(put['content']);
  const thought = said.thought + thoughtOf(put);
  const words = said.words + (said.words === '' ? otherWords(put) : '');
  const refusal = textOf(put['refusal']);
  const calls = callsOf(put);
  let output = words + outputOf(put['refusal']) + thought + said.rest;
  for (const call of calls) output += call.name + call.json;
  return {
    index: countOf(index) ?? 0,
    output,
    thought,
    words,
    refusal,
    calls,
    citations: annotationsOf(put['annotations']),
    stopReason,
  };
};

interface Said {
  readonly words: string;
  readonly thought: string;
  /** What is neither, as the JSON that it is. */
  readonly rest: string;
}
const NOTHING: Said = { words: '', thought: '', rest: '' };

/** A text, or parts of it: https://docs.mistral.ai/capabilities/reasoning/ */
const saidIn = (value: Json | undefined): Said => {
  if (typeof value === 'string') return value === '' ? NOTHING : { ...NOTHING, words: value };
  // Local servers say a token that is a number as one.
  if (typeof value === 'number') return { ...NOTHING, words: String(value) };
  if (typeof value !== 'object' || value === null) return { ...NOTHING, rest: outputOf(value) };
  const parts = listOf(value);
  if (parts.length === 0) return partOf(value);
  const said = parts.map(partOf);
  return {
    words: said.map(({ words }) => words).join(''),
    thought: said.map(({ thought }) => thought).join(''),
    rest: said.map(({ rest }) => rest).join(''),
  };
};

const partOf = (part: Json): Said => {
  if (typeof part === 'string') return { ...NOTHING, words: part };
  const { text, thinking, reasoning, image_url } = fieldsOf(part);
  const thought = textsIn(thinking) || textsIn(reasoning);
  if (thought !== '') return { ...NOTHING, thought };
  if (typeof text === 'string') return { ...NOTHING, words: text };
  if (image_url !== undefined) return { ...NOTHING, words: imageText(part) };
  const isEmpty = typeof part === 'object' && part !== null && Object.keys(part).length === 0;
  return isEmpty ? NOTHING : { ...NOTHING, rest: outputOf(part) };
};

/** The texts of a text, of a part or of parts. */
const textsIn = (value: Json | undefined): string => {
  if (typeof value === 'string') return value;
  const { text, summary, content } = fieldsOf(value);
  return (
    textOf(text) ||
    textOf(summary) ||
    textOf(content) ||
    listOf(value)
      .map((part) => (typeof part === 'string' ? part : saidText(part)))
      .join('')
  );
};

const saidText = (part: Json): string => {
  const { text, summary } = fieldsOf(part);
  return textOf(text) || textOf(summary);
};

/** The same by other names, and often by two of them at once: OpenRouter, vLLM, Ollama, Copilot, MiniMax. */
const THOUGHTS = ['reasoning_content', 'reasoning', 'reasoning_text', 'thinking'] as const;

const thoughtOf = (put: Readonly<Record<string, Json>>): string => {
  for (const name of THOUGHTS) {
    const value = put[name];
    if (value === undefined || value === null || value === '') continue;
    const thought = textsIn(value) || (isBare(value) ? '' : outputOf(value));
    if (thought !== '') return thought;
  }
  return put['reasoning_details'] === undefined ? '' : textsIn(put['reasoning_details']);
};

const isBare = (value: Json): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;

/** Words of an answer that is no text: of what is spoken, and the addresses of what is drawn. */
const otherWords = ({ audio, images }: Readonly<Record<string, Json>>): string =>
  audio === undefined && images === undefined
    ? ''
    : textOf(fieldsOf(audio)['transcript']) + listOf(images).map(imageText).join('');

/** Its bytes are no words. */
const imageText = (value: Json): string => {
  const { image_url } = fieldsOf(value);
  const url = textOf(image_url) || textOf(fieldsOf(image_url)['url']);
  if (url === '') return '';
  return /^https?:/i.test(url) ? `![image](${url})` : '[image]';
};

const callsOf = (put: Readonly<Record<string, Json>>): readonly CallPart[] => {
  const calls = listOf(put['tool_calls']).map(callPart).filter(isSaid);
  if (calls.length > 0 || put['function_call'] === undefined) return calls;
  const only = { slot: 0, id: '', ...calledOf(put['function_call']) };
  return isSaid(only) ? [only] : calls;
};

const isSaid = ({ id, name, json }: CallPart): boolean => name !== '' || json !== '' || id !== '';

const callPart = (value: Json): CallPart => {
  const { index, id, function: called } = fieldsOf(value);
  return { slot: countOf(index), id: textOf(id).trim(), ...calledOf(called) };
};

const calledOf = (value: Json | undefined): Pick<CallPart, 'name' | 'json'> => {
  const { name, arguments: json } = fieldsOf(value);
  return { name: textOf(name), json: outputOf(json) };
};

const reasonOf = (reason: string): string | null => (isBrokenOff(reason) ? null : reason);
