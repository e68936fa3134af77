import { utf8Text } from '../../../shared/utf8.ts';
import type { Json, UrlCitation } from '../../turn/turn.ts';
import { fieldsOf, listOf, textOf } from '../fields.ts';
import { errorAnswered, errorIn } from '../frames/answered-error.ts';
import { jsonAnswer, jsonFrame, type Unreadable } from '../frames/json-frame.ts';
import { eventName, type ReadEvent } from '../frames/sse.ts';
import { templateOf, textIn, type Template } from '../frames/template.ts';
import { bitsOf, CHOICE_BITS, type Frame, type MeterState } from '../wire.ts';
import { largestCounts, termsAfter, type Counts, type Told } from '../told.ts';
import { choiceOf, isPlainChoice, type Choice } from './choice.ts';
import { pagesOf } from './citations.ts';
import { countsOfAnswer } from './usage.ts';

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
  /** An answer in one body: nothing comes after it. */
  readonly isWhole: boolean;
  /** It came for its usage alone. */
  readonly isUsageOnly: boolean;
}

interface ErrorFrame {
  readonly type: 'error';
  readonly error: Json;
  /** What it says beside the error, its count above all. */
  readonly chunk: Chunk;
}

export type ChatFrame =
  | Chunk
  | ErrorFrame
  /** Frames that came as one. */
  | { readonly type: 'several'; readonly frames: readonly (Chunk | ErrorFrame)[] }
  | { readonly type: 'end' }
  | Unreadable;

const END: ChatFrame = { type: 'end' };

/** Reads the chunks of one stream, one after the other. https://platform.openai.com/docs/api-reference/chat-streaming */
export const chunkReader = (): ReadEvent<ChatFrame> => {
  let known: {
    readonly template: Template;
    readonly chunk: Chunk;
    readonly choice: Choice;
  } | null = null;
  return (data, event) => {
    const text = known === null ? null : textIn(known.template, data);
    if (known !== null && text !== null) return withWords(known.chunk, known.choice, text);
    if (data.trim() === '[DONE]') return END;
    let isPlain = false;
    const frame = jsonFrame(data, (value) => {
      isPlain = isPlainChunk(value);
      return frameOf(value);
    });
    if (saysNothing(frame) && eventName(event) === 'error')
      return { type: 'error', error: null, chunk: frame.type === 'chunk' ? frame : NO_CHUNK };
    if (!isPlain || frame.type !== 'chunk') return frame;
    const [choice] = frame.choices;
    if (choice === undefined || choice.output !== choice.words) return frame;
    const template = templateOf(data, 'content', choice.words);
    if (template !== null) known = { template, chunk: frame, choice };
    return frame;
  };
};

const saysNothing = (frame: ChatFrame): boolean =>
  frame.type === 'unreadable' ||
  (frame.type === 'chunk' && frame.choices.length === 0 && frame.counts === null);

/** Is all that it says said by its words, so that with others, or none, it is read alike? */
const isPlainChunk = (value: Json): boolean => {
  const choices = listOf(fieldsOf(value)['choices']);
  return choices.length === 1 && isPlainChoice(choices[0]) && errorIn(value) === null;
};

const frameOf = (value: Json): ChatFrame => {
  const list = listOf(value);
  return list.length === 0 ? chunkOf(value) : { type: 'several', frames: list.map(chunkOf) };
};

/** Field by field: it is a third of what a copy by spreading takes, for every frame. */
const withWords = (
  { type, id, model, tier, pages, counts, isWhole, isUsageOnly }: Chunk,
  { index, thought, refusal, calls, citations, logprobs, stopReason }: Choice,
  words: string,
): Chunk => ({
  type,
  id,
  model,
  tier,
  choices: [
    { index, output: words, thought, words, refusal, calls, citations, logprobs, stopReason },
  ],
  pages,
  counts,
  isWhole,
  isUsageOnly,
});

/** An answer that has words or a count is one, whatever `error` it carries beside them. */
export const readAnswer = (bytes: Uint8Array): ChatFrame => {
  const value = jsonAnswer(bytes);
  const [only = value, ...others] = listOf(value);
  if (others.length > 0) {
    const frames = listOf(value).map(chunkOf);
    if (frames.some((frame) => frame.type === 'chunk' && hasWords(frame)))
      return { type: 'several', frames };
  }
  const chunk = { ...answerOf(others.length === 0 ? only : value), isWhole: true };
  const counts = Object.values(chunk.counts ?? {});
  if (hasWords(chunk) || counts.some((count) => count > 0)) return chunk;
  const error = errorAnswered(value);
  if (error !== null) return { type: 'error', error, chunk };
  if (counts.length > 0) return chunk;
  // Neither a count nor words that we know: all of it is counted, or it would be free.
  const unknown = { ...choiceOf({}), index: NO_CHOICE, output: utf8Text(bytes) };
  return { ...chunk, choices: [...chunk.choices, unknown] };
};

/** Of no choice that a turn reads. */
const NO_CHOICE = -1;

/** What is known after this frame. */
export const meterChunk = (state: MeterState, { value }: Frame<ChatFrame>): MeterState => {
  if (value === null || state.ended) return state;
  switch (value.type) {
    case 'chunk':
      return meterWords(state, value);
    case 'several':
      return value.frames.reduce(meterOne, state);
    case 'error':
      return meterOne(state, value);
    case 'end':
      return { ...state, ended: true };
    case 'unreadable':
      return value.output === ''
        ? state
        : { ...state, text: state.text + value.output, sawToken: true };
  }
};

const meterOne = (state: MeterState, frame: Chunk | ErrorFrame): MeterState => {
  if (frame.type === 'chunk') return meterWords(state, frame);
  const after = meterWords(state, { ...frame.chunk, isWhole: false });
  const isPaid = (frame.chunk.counts?.['completion'] ?? 0) > 0;
  return { ...after, sawToken: after.sawToken || isPaid, failed: true };
};

const meterWords = (state: MeterState, chunk: Chunk): MeterState => {
  let text = '';
  let { begun, done } = state;
  for (const { index, output, stopReason } of chunk.choices) {
    text += output;
    const bit = index === NO_CHOICE ? 0 : 1 << Math.min(index, CHOICE_BITS - 1);
    if (output !== '') begun |= bit;
    if (stopReason !== null) done |= bit;
  }
  const isSame = begun === state.begun && done === state.done;
  return {
    told: toldAfter(state.told, chunk),
    text: state.text + text,
    sawToken: state.sawToken || text !== '',
    // Some providers say the words of a choice under one number, and its end under another.
    finished: isSame ? state.finished : done !== 0 && bitsOf(done) >= bitsOf(begun),
    begun,
    done,
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

/** A chunk with words is one, whatever `error` it carries beside them. */
const chunkOf = (value: Json): Chunk | ErrorFrame => {
  const chunk = answerOf(value);
  const error = hasWords(chunk) ? null : errorIn(value);
  return error === null ? chunk : { type: 'error', error, chunk };
};

const hasWords = ({ choices }: Chunk): boolean => choices.some(({ output }) => output !== '');

const answerOf = (value: Json): Chunk => {
  const fields = fieldsOf(value);
  const { id, model, service_tier, choices, usage, search_results, citations } = fields;
  const list = listOf(choices);
  return {
    type: 'chunk',
    id: textOf(id),
    model: textOf(model),
    tier: textOf(service_tier),
    choices: list.map(choiceOf),
    pages: pagesOf(search_results, citations),
    counts: countsOfAnswer(fields, list),
    isWhole: false,
    isUsageOnly: list.length === 0 && usage !== undefined && usage !== null,
  };
};

const NO_CHUNK = answerOf({});
