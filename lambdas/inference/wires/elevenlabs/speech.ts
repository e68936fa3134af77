import * as z from 'zod';
import { checked, countValues, parseJsonObject } from '../../../http/body.ts';
import { utf8Text } from '../../../shared/utf8.ts';
import { NO_TOKENS } from '../../../ledger/domain/usage.ts';
import { exactJson } from '../exact-json.ts';
import { unknownFields } from '../unpriced.ts';
import type { UnitCall, UnitCounts, UnitWire } from '../unit-wire.ts';
import { elevenEndpoint, foreignQuery, shownHeaders, type ElevenPath } from './endpoint.ts';

/** https://elevenlabs.io/docs/api-reference/text-to-speech/convert */
const USUAL_MODEL = 'eleven_multilingual_v2';
const fields = z.looseObject({
  text: z.string().min(1).max(100_000),
  model_id: z.string().min(1).max(256).nullish(),
});
const KNOWN: ReadonlySet<string> = new Set([
  'apply_language_text_normalization',
  'apply_text_normalization',
  'language_code',
  'model_id',
  'next_request_ids',
  'next_text',
  'previous_request_ids',
  'previous_text',
  'pronunciation_dictionary_locators',
  'seed',
  'text',
  'use_pvc_as_ivc',
  'voice_settings',
]);
const QUERY: ReadonlySet<string> = new Set([
  'enable_logging',
  'optimize_streaming_latency',
  'output_format',
]);
/**
 * Their header counts credits, half a one for a character, and their price is for characters:
 * https://elevenlabs.io/docs/overview/models
 */
const HALF_CREDITS = /flash|turbo/;
/**
 * The owner of a voice in the library may ask for a rate of his own, a multiple of the characters (`rate` of its SDK's
 * `LibraryVoiceResponse`). ElevenLabs publishes no highest one; multiples of 2 and 3 are what its pages show, so this is a guess
 * on the safe side, and all that is held where the voice is not known.
 */
const RATE_MAX = 5;

interface ElevenSpeechCall extends UnitCall {
  readonly text: string;
  readonly isNamed: boolean;
  readonly sent: Readonly<Record<string, unknown>>;
}

/** Texts read aloud on the vendor's own wire, billed by their characters. */
export const elevenSpeech = (at: ElevenPath): UnitWire<ElevenSpeechCall> => ({
  kind: 'speech',
  route: 'POST /elevenlabs/v1/text-to-speech/{voice_id}',
  beside: null,
  provider: 'elevenlabs',
  read: (bytes) => {
    const json = utf8Text(bytes);
    const body = parseJsonObject(json);
    countValues(body);
    const { text, model_id } = checked(fields, body);
    return {
      model: model_id ?? USUAL_MODEL,
      text,
      isNamed: model_id != null,
      unpriced: [...unknownFields(body, KNOWN), ...foreignQuery(at, QUERY)],
      fields: body,
      sent: exactJson(json) ?? body,
    };
  },
  bound: ({ text }) => ({
    counts: { ...NO_TOKENS, characters: text.length * RATE_MAX },
    unpriced: [],
  }),
  endpoint: (account) => elevenEndpoint(at, account),
  body: ({ sent, isNamed }, model) => ({
    type: 'application/json',
    bytes: Buffer.from(
      JSON.stringify(isNamed || model !== USUAL_MODEL ? { ...sent, model_id: model } : sent),
    ),
  }),
  shownHeaders,
  members: ['detail'],
  isLast: () => false,
  isJson: () => false,
  sound: () => '',
  counts: ({ text }, { headers }, model) => countsOf(text, headers['character-cost'], model),
});

/** The header says what was billed, the voice's rate in it; without one the text says the least. */
const countsOf = (text: string, told: string | undefined, model: string): UnitCounts => {
  const credits = told !== undefined && /^\d{1,9}$/.test(told) ? Number(told) : 0;
  const characters = credits > 0 ? charactersOf(text, credits, model) : text.length;
  return { tokens: { ...NO_TOKENS, characters }, isEstimate: credits === 0 };
};

/** Half credits are told as whole ones: what the text rounded up comes to is its own length. */
const charactersOf = (text: string, credits: number, model: string): number => {
  if (!HALF_CREDITS.test(model)) return credits;
  return credits > Math.ceil(text.length / 2) ? credits * 2 : text.length;
};
