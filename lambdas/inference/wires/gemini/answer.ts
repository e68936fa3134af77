import { utf8Text } from '../../../shared/utf8.ts';
import type { Json } from '../../turn/turn.ts';
import { countOf, fieldsOf, listOf, outputOf, textOf } from '../fields.ts';
import { errorAnswered, errorIn } from '../frames/answered-error.ts';
import { jsonAnswer, jsonFrame, type Unreadable } from '../frames/json-frame.ts';
import { eventName, type ReadEvent } from '../frames/sse.ts';
import type { Counts } from '../told.ts';
import { countsOfUsage } from './usage.ts';

/** A piece of what a model says. `signature` is the model's own mark on it: it comes back with the piece. */
export type Part =
  | { readonly type: 'text' | 'thought'; readonly text: string; readonly signature: string }
  | {
      readonly type: 'call';
      readonly id: string;
      readonly name: string;
      readonly input: Json;
      readonly signature: string;
    }
  /** Of a kind that a turn does not know. */
  | { readonly type: 'other' };

export interface Candidate {
  readonly index: number;
  readonly parts: readonly Part[];
  /** Everything that it put out. */
  readonly output: string;
  /** As the provider says them; they are read where a turn is made of it. */
  readonly logprobs: Json;
  /** As the provider says it; null: it continues. */
  readonly stopReason: string | null;
}

/** A chunk of a stream, or a whole answer: https://ai.google.dev/api/generate-content */
export interface Answer {
  readonly type: 'answer';
  readonly id: string;
  readonly model: string;
  readonly candidates: readonly Candidate[];
  /** Why the prompt was refused; null: it was not. */
  readonly blocked: string | null;
  /** null: it counts nothing. */
  readonly counts: Counts | null;
  readonly tier: string;
}

interface ErrorFrame {
  readonly type: 'error';
  readonly error: Json;
  /** What it says beside the error. */
  readonly answer: Answer;
}

export type GeminiFrame =
  | Answer
  | ErrorFrame
  /** An answer in one body, nothing after it: a whole one, or the chunks of a stream in one list. */
  | { readonly type: 'whole'; readonly frames: readonly (Answer | ErrorFrame)[] }
  | Unreadable;

/** Reads an event of a stream. */
export const readChunk: ReadEvent<GeminiFrame> = (data, event) => {
  const frame = jsonFrame(data, chunkOf);
  const isError = eventName(event) === 'error' && saysNothing(frame);
  return isError ? { type: 'error', error: null, answer: NOTHING } : frame;
};

/** Reads an answer in one body. Throws AppError `provider_stream_malformed`. */
export const readWhole = (bytes: Uint8Array): GeminiFrame => {
  const value = jsonAnswer(bytes);
  const chunks = Array.isArray(value) ? listOf(value) : [value];
  const frames = chunks.map((chunk): Answer | ErrorFrame => {
    const answer = answerOf(chunk);
    const error = hasWords(answer) || answer.counts !== null ? null : errorAnswered(chunk);
    return error === null ? answer : { type: 'error', error, answer };
  });
  if (frames.length === 0) return { type: 'error', error: null, answer: NOTHING };
  // Neither a count nor words that we know: all of it is counted, or it would be free.
  const isUnknown = frames.every((frame) => frame.type === 'answer' && isEmpty(frame));
  const [first] = frames;
  return {
    type: 'whole',
    frames:
      isUnknown && first !== undefined
        ? [{ ...NOTHING, candidates: [{ ...NO_CANDIDATE, output: utf8Text(bytes) }] }]
        : frames,
  };
};

const chunkOf = (value: Json): GeminiFrame => {
  const answer = answerOf(value);
  const error = hasWords(answer) ? null : errorIn(value);
  return error === null ? answer : { type: 'error', error, answer };
};

const saysNothing = (frame: GeminiFrame): boolean =>
  frame.type === 'unreadable' || (frame.type === 'answer' && isEmpty(frame));

const isEmpty = (answer: Answer): boolean =>
  !hasWords(answer) && answer.counts === null && answer.blocked === null;

const hasWords = ({ candidates }: Answer): boolean =>
  candidates.some(({ output }) => output !== '');

const answerOf = (value: Json): Answer => {
  const fields = fieldsOf(value);
  const usage = fields['usageMetadata'];
  return {
    type: 'answer',
    id: textOf(fields['responseId']),
    model: textOf(fields['modelVersion']),
    candidates: listOf(fields['candidates']).map(candidateOf),
    blocked: reasonOf(fieldsOf(fields['promptFeedback'])['blockReason']),
    counts: countsOfUsage(usage),
    tier: textOf(fieldsOf(usage)['serviceTier']),
  };
};

const candidateOf = (value: Json): Candidate => {
  const { index, content, finishReason, logprobsResult: logprobs = null } = fieldsOf(value);
  const parts = listOf(fieldsOf(content)['parts']);
  return {
    index: countOf(index) ?? 0,
    parts: parts.map(partOf),
    output: parts.map(outputOfPart).join(''),
    logprobs,
    stopReason: reasonOf(finishReason),
  };
};

const NO_CANDIDATE: Candidate = {
  index: 0,
  parts: [],
  output: '',
  logprobs: null,
  stopReason: null,
};
const NOTHING: Answer = {
  type: 'answer',
  id: '',
  model: '',
  candidates: [],
  blocked: null,
  counts: null,
  tier: '',
};

/** The first value of Google's enums is that nothing was said. */
const reasonOf = (value: Json | undefined): string | null => {
  const reason = textOf(value).trim();
  return reason === '' || /_UNSPECIFIED$/i.test(reason) ? null : reason;
};

const partOf = (value: Json): Part => {
  const { text, thought, thoughtSignature, functionCall } = fieldsOf(value);
  const signature = textOf(thoughtSignature);
  const { id, name, args } = fieldsOf(functionCall);
  const called = textOf(name);
  if (called !== '')
    return { type: 'call', id: textOf(id).trim(), name: called, input: args ?? {}, signature };
  if (typeof text !== 'string' && signature === '') return { type: 'other' };
  return { type: thought === true ? 'thought' : 'text', text: textOf(text), signature };
};

/** What is drawn or spoken is no text: its tokens are in the count alone. */
const outputOfPart = (value: Json): string => {
  const { text, functionCall, executableCode, codeExecutionResult, inlineData } = fieldsOf(value);
  const { name, args } = fieldsOf(functionCall);
  return (
    textOf(text) +
    textOf(name) +
    outputOf(args) +
    textOf(fieldsOf(executableCode)['code']) +
    textOf(fieldsOf(codeExecutionResult)['output']) +
    (inlineData === undefined ? '' : '[media]')
  );
};
