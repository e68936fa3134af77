import { broken, formBody } from '../../../http/multipart.ts';
import { NO_TOKENS, type TokenUsage } from '../../../ledger/domain/usage.ts';
import { countOf, fieldsOf } from '../fields.ts';
import type { SeenAnswer, UnitBound, UnitCall, UnitCounts, UnitWire } from '../unit-wire.ts';
import {
  FILE,
  foreignParts,
  oneFile,
  oneWord,
  readForm,
  shownFields,
  withModel,
  WORD_LIST,
  WORDS,
  type FormFields,
  type FormTable,
} from '../units/form-fields.ts';
import { openaiEndpoint } from '../units/openai-endpoint.ts';
import { secondsBound } from '../units/sound-bound.ts';

/** Lists and objects as the vendor's own clients write them, and lists by their plain names. */
const FORM: FormTable = {
  file: FILE,
  model: WORDS,
  language: WORDS,
  prompt: WORDS,
  response_format: WORDS,
  temperature: WORDS,
  stream: WORDS,
  languages: WORD_LIST,
  'languages[]': WORD_LIST,
  keywords: WORD_LIST,
  'keywords[]': WORD_LIST,
  include: WORD_LIST,
  'include[]': WORD_LIST,
  timestamp_granularities: WORD_LIST,
  'timestamp_granularities[]': WORD_LIST,
  chunking_strategy: WORDS,
  'chunking_strategy[type]': WORDS,
  'chunking_strategy[threshold]': WORDS,
  'chunking_strategy[prefix_padding_ms]': WORDS,
  'chunking_strategy[silence_duration_ms]': WORDS,
  known_speaker_names: WORD_LIST,
  'known_speaker_names[]': WORD_LIST,
  known_speaker_references: WORD_LIST,
  'known_speaker_references[]': WORD_LIST,
};
/** Words that a model reads beside the sound. */
const PROMPTS = ['prompt', 'keywords', 'language', 'languages', 'known_speaker_names'] as const;

/** Tokens are what these are billed by; all others by the second. https://developers.openai.com/api/docs/models/gpt-4o-transcribe */
const BY_TOKENS = /^gpt-4o-/;
/** Longer sound is refused, and not billed: https://community.openai.com/t/1148374 */
const TOKENS_MODEL_SECONDS_MAX = 1_500;
/** Ten are published ($0.006 a minute and its words), and some more for what is put around them. */
const TOKENS_A_SECOND = 12;
const AROUND_TOKENS = 64;
/** The most that it puts out at once, and what speech makes at most where the sound is cut into chunks. */
const OUTPUT_TOKENS_MAX = 2_000;
const WORD_TOKENS_A_SECOND = 20;
/** The shortest chunk that the sound may be cut into, each with the words beside it. */
const CHUNK_SECONDS_MIN = 10;
const REFERENCES = 'known_speaker_references';
/** Four of ten seconds: https://developers.openai.com/api/docs/api-reference/audio/createTranscription */
const REFERENCE_SECONDS_MAX = 40;

export interface TranscriptionCall extends UnitCall {
  readonly form: FormFields;
  /** null: nothing bounds it. */
  readonly seconds: number | null;
  readonly promptBytes: number;
  readonly isChunked: boolean;
  /** Sounds of speakers go with it. */
  readonly hasReferences: boolean;
  readonly answers: string;
}

const read = (body: Uint8Array, type: string): TranscriptionCall => {
  const form = readForm(body, type, FORM);
  const file = oneFile(form, 'file');
  const model = oneWord(form, 'model') ?? '';
  if (model === '' || model.length > 256) throw broken('is missing: a string', 'model');
  return {
    model,
    form,
    seconds: secondsBound(file.bytes),
    promptBytes: PROMPTS.flatMap((name) => form.words.get(name) ?? []).reduce(
      (sum, words) => sum + Buffer.byteLength(words),
      0,
    ),
    isChunked: form.words.has('chunking_strategy'),
    hasReferences: form.words.has(REFERENCES),
    answers: oneWord(form, 'response_format') ?? 'json',
    unpriced: foreignParts(form),
    fields: shownFields(form),
  };
};

const wireAt = (path: string): UnitWire<TranscriptionCall> => ({
  kind: 'transcription',
  route: `POST /v1${path}`,
  beside: 'openai-chat',
  read,
  bound,
  endpoint: (account, headers) => openaiEndpoint(path, account, headers),
  body: ({ form }, model) => formBody(withModel(form, model)),
  shownHeaders: () => ({}),
  members: ['type', 'usage', 'duration', 'error'],
  isLast: (_call, told) => told.at(-1)?.['type'] === 'transcript.text.done',
  isJson: ({ answers }) => answers.endsWith('json'),
  sound: () => null,
  counts,
});

/** What was said in a file, in its own language, billed by tokens or by the second. */
export const openaiTranscriptions = wireAt('/audio/transcriptions');
/** The same in English. */
export const openaiTranslations = wireAt('/audio/translations');

function bound(call: TranscriptionCall, model: string): UnitBound {
  if (BY_TOKENS.test(model)) {
    const seconds = Math.min(call.seconds ?? Infinity, TOKENS_MODEL_SECONDS_MAX);
    return { counts: tokenBound(call, seconds), unpriced: [] };
  }
  // Who is paid by the second names no price for those of speakers.
  const unpriced = call.hasReferences ? [{ path: REFERENCES, name: REFERENCES }] : [];
  if (call.seconds === null)
    return { counts: NO_TOKENS, unpriced: [...unpriced, { path: 'file', name: 'file.length' }] };
  return { counts: secondsOf(call.seconds), unpriced };
}

/** A begun one counts whole. */
const secondsOf = (seconds: number): TokenUsage => ({
  ...NO_TOKENS,
  seconds: Math.ceil(seconds),
});

/** Each chunk is read with all that stands beside the sound. */
const tokenBound = (
  { promptBytes, isChunked, hasReferences }: TranscriptionCall,
  seconds: number,
): TokenUsage => {
  const chunks = isChunked ? Math.max(1, Math.ceil(seconds / CHUNK_SECONDS_MIN)) : 1;
  const beside = hasReferences ? REFERENCE_SECONDS_MAX * chunks : 0;
  const words = isChunked ? Math.ceil(seconds * WORD_TOKENS_A_SECOND) : 0;
  return {
    ...NO_TOKENS,
    input: (promptBytes + AROUND_TOKENS) * chunks,
    audioInput: Math.ceil((seconds + beside) * TOKENS_A_SECOND),
    output: Math.max(OUTPUT_TOKENS_MAX, words),
  };
};

function counts(call: TranscriptionCall, seen: SeenAnswer, model: string): UnitCounts | null {
  const told = seen.told.at(-1) ?? {};
  const usage = fieldsOf(told['usage']);
  return BY_TOKENS.test(model)
    ? tokensOf(call, seen, usage)
    : secondsTold(call, usage['seconds'] ?? told['duration']);
}

const secondsTold = ({ seconds }: TranscriptionCall, told: unknown): UnitCounts | null => {
  const number = Number(told);
  if (told !== null && told !== undefined && number > 0)
    return { tokens: secondsOf(number), isEstimate: false };
  return seconds === null ? null : { tokens: secondsOf(seconds), isEstimate: true };
};

const tokensOf = (
  call: TranscriptionCall,
  seen: SeenAnswer,
  usage: ReturnType<typeof fieldsOf>,
): UnitCounts | null => {
  const input = countOf(usage['input_tokens']);
  const output = countOf(usage['output_tokens']);
  if (input !== null && output !== null && input > 0) {
    const details = fieldsOf(usage['input_token_details']);
    const words = Math.min(input, countOf(details['text_tokens']) ?? 0);
    return {
      tokens: { ...NO_TOKENS, input: words, audioInput: input - words, output },
      isEstimate: false,
    };
  }
  if (!seen.isWhole || call.seconds === null) return null;
  const bounded = tokenBound(call, Math.min(call.seconds, TOKENS_MODEL_SECONDS_MAX));
  // A token of words has at least one byte.
  return {
    tokens: { ...bounded, output: Math.min(bounded.output, seen.bytes) },
    isEstimate: true,
  };
};
