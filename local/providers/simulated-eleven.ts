import * as z from 'zod';
import { silence } from './silence.ts';

type Answer = (body: Buffer, type: string) => object | Promise<object>;

const spoken = z.object({ text: z.string(), model_id: z.string().nullish() });
const HALF_CREDITS = /flash|turbo/;
const VOICE = { voice_id: 'simulated', name: 'Simulated', category: 'premade' };
const SECONDS_A_CHARACTER = 0.06;

const soundOf = (body: Buffer) => {
  const { text, model_id } = spoken.parse(JSON.parse(body.toString('utf8')));
  const credits = HALF_CREDITS.test(model_id ?? '') ? Math.ceil(text.length / 2) : text.length;
  return {
    text,
    headers: { 'character-cost': String(credits), 'request-id': 'simulated' },
    sound: silence('mp3', text.length * SECONDS_A_CHARACTER),
  };
};

/** Silence, as long as the text would be. */
const speech: Answer = (body) => {
  const { sound, headers } = soundOf(body);
  return { ...sound, headers };
};

const timed: Answer = (body) => {
  const { text, sound } = soundOf(body);
  const characters = Array.from(text);
  return {
    audio_base64: sound.bytes.toString('base64'),
    alignment: {
      characters,
      character_start_times_seconds: characters.map((_one, at) => at * SECONDS_A_CHARACTER),
      character_end_times_seconds: characters.map((_one, at) => (at + 1) * SECONDS_A_CHARACTER),
    },
  };
};

const heard: Answer = () => ({
  language_code: 'en',
  language_probability: 1,
  text: 'Nobody listened: this transcription is simulated.',
  words: [],
  audio_duration_secs: 1,
});

/** The vendor's own API, as far as it is simulated. */
export const elevenAnswer = (path: string): Answer | undefined => {
  if (/\/v1\/text-to-speech\/.*with-timestamps$/.test(path)) return timed;
  if (path.includes('/v1/text-to-speech/')) return speech;
  if (path.endsWith('/v1/speech-to-text')) return heard;
  if (/\/v[12]\/voices$/.test(path)) return () => ({ voices: [VOICE], has_more: false });
  return undefined;
};
