import { utf8Text } from '../../../shared/utf8.ts';
import type { Json, UrlCitation } from '../../turn/turn.ts';
import { countOf, fieldsOf, listOf, outputOf, textOf } from '../fields.ts';
import { jsonAnswer, jsonFrame, type Unreadable } from '../frames/json-frame.ts';
import { templateOf, textIn, type Template } from '../frames/template.ts';
import type { Frame, MeterState } from '../wire.ts';
import { largestCounts, termsAfter, type Counts, type Told } from '../told.ts';
import { annotationsOf, pagesOf } from './citations.ts';
import { countsOfUsage } from './usage.ts';

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
  readonly stopReason: string | null;
}

/** A chunk of a stream, or a whole answer: the same fields but for `message` instead of `delta`. */
export interface Chunk {
  readonly type: 'chunk';
  readonly id: string;
  readonly model: string;
  readonly tier: string;
  readonly choices: readonly Choice[];
  /** Pages that the whole answer leans on. */
  readonly pages: readonly UrlCitation[];
  /** null: it counts nothing. */
  readonly counts: Counts | null;
  /** An answer in one body: nothing comes behind it. */
  readonly isWhole: boolean;
  /** It came for its usage alone. */
  readonly isUsageOnly: boolean;
}

export type ChatFrame =
  | Chunk
  | { readonly type: 'error'; readonly error: Json }
  | { readonly type: 'end' }
  | Unreadable;

const END: ChatFrame = { type: 'end' };

/** https://platform.openai.com/docs/api-reference/chat-streaming */
const readChunk = (data: string): ChatFrame =>
  data.trim() === '[DONE]' ? END : jsonFrame(data, chunkOf);

/** Reads the chunks of one stream, one after the other. */
export const chunkReader = (): ((data: string) => ChatFrame) => {
  let known: {
    readonly template: Template;
    readonly chunk: Chunk;
    readonly choice: Choice;
  } | null = null;
  return (data) => {
    const text = known === null ? null : textIn(known.template, data);
    if (known !== null && text !== null) return withWords(known.chunk, known.choice, text);
    const frame = readChunk(data);
    if (frame.type !== 'chunk') return frame;
    const [choice] = frame.choices;
    if (choice === undefined || frame.choices.length > 1 || choice.output !== choice.words)
      return frame;
    const template = templateOf(data, 'content', choice.words);
    if (template !== null) known = { template, chunk: frame, choice };
    return frame;
  };
};

/** Field by field: it is a third of what a copy by spreading takes, for every frame. */
const withWords = (
  { type, id, model, tier, pages, counts, isWhole, isUsageOnly }: Chunk,
  { index, thought, refusal, calls, citations, stopReason }: Choice,
  words: string,
): Chunk => ({
  type,
  id,
  model,
  tier,
  choices: [{ index, output: words, thought, words, refusal, calls, citations, stopReason }],
  pages,
  counts,
  isWhole,
  isUsageOnly,
});

/** An answer that has words or a count is one, whatever `error` it carries beside them. */
export const readAnswer = (bytes: Uint8Array): ChatFrame => {
  const value = jsonAnswer(bytes);
  const chunk = answerOf(value);
  const hasWords = chunk.choices.some(({ output }) => output !== '');
  if (hasWords || countsAny(chunk.counts)) return { ...chunk, isWhole: true };
  const frame = chunkOf(value);
  if (frame.type !== 'chunk') return frame;
  // Neither a count nor words that we know: all of it is counted, or it would be free.
  const unknown = { ...choiceOf({}), index: -1, output: utf8Text(bytes) };
  return { ...frame, isWhole: true, choices: [...frame.choices, unknown] };
};

const countsAny = (counts: Counts | null): boolean =>
  counts !== null && Object.keys(counts).length > 0;

/** What is known after this frame. */
export const meterChunk = (state: MeterState, { value }: Frame<ChatFrame>): MeterState => {
  if (value === null || state.ended) return state;
  switch (value.type) {
    case 'chunk':
      return meterWords(state, value);
    case 'error':
      return { ...state, failed: true };
    case 'end':
      return { ...state, ended: true };
    case 'unreadable':
      return value.output === ''
        ? state
        : { ...state, text: state.text + value.output, sawToken: true };
  }
};

const meterWords = (state: MeterState, chunk: Chunk): MeterState => {
  let text = '';
  let { finished } = state;
  for (const choice of chunk.choices) {
    text += choice.output;
    if (choice.stopReason !== null) finished = true;
  }
  return {
    told: toldAfter(state.told, chunk),
    text: state.text + text,
    sawToken: state.sawToken || text !== '',
    finished,
    ended: state.ended || chunk.isWhole,
    failed: state.failed,
  };
};

/** Nearly every chunk says again what the first one said, and counts nothing. */
const toldAfter = (told: Told, { counts, model, tier }: Chunk): Told => {
  const { terms } = told;
  const isSame = (model === '' || model === terms.model) && (tier === '' || tier === terms.tier);
  if (counts === null && isSame) return told;
  return {
    ...told,
    counts: counts === null ? told.counts : largestCounts(told.counts, counts),
    terms: isSame ? terms : termsAfter(terms, { model, tier, region: null, speed: null }),
  };
};

const chunkOf = (value: Json): ChatFrame => {
  const { error } = fieldsOf(value);
  return error === undefined || error === null ? answerOf(value) : { type: 'error', error };
};

const answerOf = (value: Json): Chunk => {
  const { id, model, service_tier, choices, usage, search_results, citations } = fieldsOf(value);
  const list = listOf(choices);
  return {
    type: 'chunk',
    id: textOf(id),
    model: textOf(model),
    tier: textOf(service_tier),
    choices: list.map(choiceOf),
    pages: pagesOf(search_results, citations),
    // Moonshot counts in the choice.
    counts: countsOfUsage(usage) ?? countsOfUsage(fieldsOf(list[0])['usage']),
    isWhole: false,
    isUsageOnly: list.length === 0 && usage !== undefined && usage !== null,
  };
};

const choiceOf = (value: Json): Choice => {
  const { index, delta, message, finish_reason } = fieldsOf(value);
  const put = fieldsOf(delta ?? message);
  // The same by another name: OpenRouter, vLLM, Ollama.
  const [first, second] = [put['reasoning_content'], put['reasoning']];
  const thought = outputOf(first) === '' ? second : first;
  const { name, json } = calledOf(put['function_call']);
  const calls = listOf(put['tool_calls']).map(partOf);
  let output =
    outputOf(put['content']) + outputOf(put['refusal']) + outputOf(thought) + name + json;
  for (const call of calls) output += call.name + call.json;
  return {
    index: countOf(index) ?? 0,
    output,
    thought: textOf(thought),
    words: textOf(put['content']),
    refusal: textOf(put['refusal']),
    calls,
    citations: annotationsOf(put['annotations']),
    stopReason: reasonOf(textOf(finish_reason)),
  };
};

/** Words of providers for an answer that broke off: it said no reason to stop. */
const BROKEN: ReadonlySet<string> = new Set([
  '',
  'error',
  'network_error',
  'abort',
  'aborted',
  'cancelled',
  'insufficient_system_resource',
]);

const reasonOf = (reason: string): string | null => (BROKEN.has(reason) ? null : reason);

const partOf = (value: Json): CallPart => {
  const { index, id, function: called } = fieldsOf(value);
  return { slot: countOf(index), id: textOf(id), ...calledOf(called) };
};

const calledOf = (value: Json | undefined): Pick<CallPart, 'name' | 'json'> => {
  const { name, arguments: json } = fieldsOf(value);
  return { name: textOf(name), json: outputOf(json) };
};
