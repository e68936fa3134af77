import * as z from 'zod';
import { checked, countValues, parseJsonObject } from '../../../http/body.ts';
import { utf8Text } from '../../../shared/utf8.ts';
import { NO_TOKENS, type TokenUsage } from '../../../ledger/domain/usage.ts';
import { exactJson } from '../exact-json.ts';
import { countOf, fieldsOf } from '../fields.ts';
import { unknownFields } from '../unpriced.ts';
import type { SeenAnswer, UnitCall, UnitCounts, UnitWire } from '../unit-wire.ts';
import { openaiEndpoint } from '../units/openai-endpoint.ts';

const fields = z.looseObject({
  model: z.string().min(1).max(256),
  input: z.string().min(1).max(100_000),
  instructions: z.string().max(100_000).nullish(),
  voice: z.union([z.string().min(1), z.looseObject({ id: z.string() })]).nullish(),
  response_format: z.string().nullish(),
  speed: z.number().min(0.25).max(4).nullish(),
  stream_format: z.enum(['audio', 'sse']).nullish(),
});
const KNOWN: ReadonlySet<string> = new Set([
  'model',
  'input',
  'instructions',
  'voice',
  'response_format',
  'speed',
  'stream_format',
]);

/** These are paid by the character: https://developers.openai.com/api/docs/models/tts-1 */
const BY_CHARACTERS = /^tts-1/;
/** $0.015 a minute at $12 a million tokens: https://developers.openai.com/api/docs/models/gpt-4o-mini-tts */
const TOKENS_A_SECOND = 21;
/**
 * What a text may sound, in tokens of sound a byte: 1.4 was measured of English (https://github.com/sanand0/blog, openai-tts-cost,
 * 2 November 2025); digits are read as words, and instructions may ask for slowness.
 */
const SOUND_TOKENS_A_BYTE = 8;
const SOUND_TOKENS_MIN = 1_000;
const TEMPLATE_TOKENS = 32;

export interface SpeechCall extends UnitCall {
  readonly asked: z.output<typeof fields>;
  readonly sent: Readonly<Record<string, unknown>>;
}

/** Texts read aloud, billed by their characters or by the tokens of the sound. */
export const openaiSpeech: UnitWire<SpeechCall> = {
  kind: 'speech',
  route: 'POST /v1/audio/speech',
  beside: 'openai-chat',
  read: (bytes) => {
    const json = utf8Text(bytes);
    const body = parseJsonObject(json);
    countValues(body);
    const asked = checked(fields, body);
    return {
      model: asked.model,
      asked,
      unpriced: unknownFields(body, KNOWN),
      fields: body,
      sent: exactJson(json) ?? body,
    };
  },
  bound: (call, model) => ({ counts: boundOf(call, model), unpriced: [] }),
  endpoint: (account, headers) => openaiEndpoint('/audio/speech', account, headers),
  body: ({ sent }, model) => ({
    type: 'application/json',
    bytes: Buffer.from(JSON.stringify({ ...sent, model })),
  }),
  shownHeaders: () => ({}),
  members: ['type', 'usage', 'error'],
  isLast: (_call, told) => told.at(-1)?.['type'] === 'speech.audio.done',
  isJson: () => false,
  sound: ({ asked }) =>
    asked.stream_format === 'sse' ? null : (asked.response_format ?? USUAL_FORM),
  counts: countsOf,
};

const USUAL_FORM = 'mp3';

/** As JavaScript counts them, which is never fewer than they are. */
const charactersOf = ({ asked }: SpeechCall): TokenUsage => ({
  ...NO_TOKENS,
  characters: asked.input.length,
});

const textBytes = ({ asked: { input, instructions } }: SpeechCall): number =>
  Buffer.byteLength(input) + Buffer.byteLength(instructions ?? '');

const boundOf = (call: SpeechCall, model: string): TokenUsage => {
  if (BY_CHARACTERS.test(model)) return charactersOf(call);
  const slowness = 1 / Math.min(1, call.asked.speed ?? 1);
  const sound = Math.ceil(
    Buffer.byteLength(call.asked.input) * SOUND_TOKENS_A_BYTE * slowness + SOUND_TOKENS_MIN,
  );
  return {
    ...NO_TOKENS,
    input: textBytes(call) + TEMPLATE_TOKENS,
    output: sound,
    audioOutput: sound,
  };
};

/** Sound without a count is counted by how long it is; of a text that was taken up every character is paid. */
function countsOf(call: SpeechCall, seen: SeenAnswer, model: string): UnitCounts | null {
  if (BY_CHARACTERS.test(model)) return { tokens: charactersOf(call), isEstimate: false };
  const usage = fieldsOf(seen.told.at(-1)?.['usage']);
  const input = countOf(usage['input_tokens']);
  const output = countOf(usage['output_tokens']);
  if (output !== null && output > 0)
    return {
      tokens: { ...NO_TOKENS, input: input ?? textBytes(call), output, audioOutput: output },
      isEstimate: false,
    };
  if (seen.seconds === null || seen.seconds === 0) return null;
  const sound = Math.ceil(seen.seconds * TOKENS_A_SECOND);
  return {
    tokens: { ...NO_TOKENS, input: textBytes(call), output: sound, audioOutput: sound },
    isEstimate: true,
  };
}
