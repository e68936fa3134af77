import { broken, formBody } from '../../../http/multipart.ts';
import { NO_TOKENS, type TokenUsage } from '../../../ledger/domain/usage.ts';
import type { UnitCall, UnitWire } from '../unit-wire.ts';
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
import { secondsBound } from '../units/sound-bound.ts';
import { elevenEndpoint, foreignQuery, shownHeaders, type ElevenPath } from './endpoint.ts';

/** https://elevenlabs.io/docs/api-reference/speech-to-text/convert; what adds to its price is not known. */
const SINGLE = [
  'diarization_threshold',
  'diarize',
  'file_format',
  'language_code',
  'model_id',
  'num_speakers',
  'seed',
  'tag_audio_events',
  'temperature',
  'timestamps_granularity',
];
const FORM: FormTable = {
  ...Object.fromEntries(SINGLE.map((name) => [name, WORDS])),
  file: FILE,
  additional_formats: WORD_LIST,
};
const QUERY: ReadonlySet<string> = new Set(['enable_logging']);
/** 16,000 samples a second of two bytes: `pcm_s16le_16`. */
const RAW_BYTES_A_SECOND = 32_000;

interface ElevenHeardCall extends UnitCall {
  readonly form: FormFields;
  readonly seconds: number | null;
}

/** What was said in a file, on the vendor's own wire, billed by the second. */
export const elevenTranscriptions = (at: ElevenPath): UnitWire<ElevenHeardCall> => ({
  kind: 'transcription',
  route: 'POST /elevenlabs/v1/speech-to-text',
  beside: null,
  provider: 'elevenlabs',
  read: (body, type) => {
    const form = readForm(body, type, FORM);
    const model = oneWord(form, 'model_id');
    if (model === null || model === '') throw broken('is missing: a string', 'model_id');
    const { bytes } = oneFile(form, 'file');
    const isRaw = oneWord(form, 'file_format') === 'pcm_s16le_16';
    return {
      model,
      form,
      seconds: isRaw ? bytes.length / RAW_BYTES_A_SECOND : secondsBound(bytes),
      unpriced: [...foreignParts(form), ...foreignQuery(at, QUERY)],
      fields: shownFields(form),
    };
  },
  bound: ({ seconds }) =>
    seconds === null
      ? { counts: NO_TOKENS, unpriced: [{ path: 'file', name: 'file.length' }] }
      : { counts: secondsOf(seconds), unpriced: [] },
  endpoint: (account) => elevenEndpoint(at, account),
  body: ({ form }, model) => formBody(withModel(form, model, 'model_id')),
  shownHeaders,
  members: ['audio_duration_secs', 'detail'],
  isLast: () => false,
  isJson: () => true,
  sound: () => null,
  counts: ({ seconds }, { told }) => {
    const heard = told[0]?.['audio_duration_secs'];
    if (typeof heard === 'number' && heard > 0)
      return { tokens: secondsOf(heard), isEstimate: false };
    return seconds === null ? null : { tokens: secondsOf(seconds), isEstimate: true };
  },
});

/** A begun one counts whole. */
const secondsOf = (seconds: number): TokenUsage => ({
  ...NO_TOKENS,
  seconds: Math.ceil(seconds),
});
