import type { PricedModel, Rates } from './rates.ts';

const by =
  (provider: string) =>
  (id: string, pattern: string, rates: Rates): PricedModel => ({
    provider,
    id,
    pattern,
    prices: [{ rates }],
  });
const openai = by('openai');
const google = by('google');
const elevenlabs = by('elevenlabs');

/**
 * What is sold by other units than tokens, or has no entry in the price data: nano-USD a million tokens, characters or
 * seconds. Each line has its source and the day on which it was read.
 */
export const UNIT_PRICES: readonly PricedModel[] = [
  // $15 and $30 a million characters: https://developers.openai.com/api/docs/models/tts-1, 30 November 2026.
  openai('tts-1', '^tts-1(?:-1106)?$', { characters: 15_000_000_000 }),
  // https://developers.openai.com/api/docs/models/tts-1-hd, 30 November 2026.
  openai('tts-1-hd', '^tts-1-hd(?:-1106)?$', { characters: 30_000_000_000 }),
  // Snapshots of what the price data knows by its plain name.
  // https://developers.openai.com/api/docs/models/gpt-4o-mini-tts, 30 November 2026.
  openai('gpt-4o-mini-tts', '^gpt-4o-mini-tts(?:-\\d{4}-\\d{2}-\\d{2})?$', {
    input: 600_000_000,
    output: 12_000_000_000,
  }),
  // https://developers.openai.com/api/docs/models/gpt-4o-mini-transcribe, 30 November 2026.
  openai('gpt-4o-mini-transcribe', '^gpt-4o-mini-transcribe-\\d{4}-\\d{2}-\\d{2}$', {
    input: 1_250_000_000,
    output: 5_000_000_000,
    audioInput: 3_000_000_000,
  }),
  // Free: https://developers.openai.com/api/docs/guides/moderation, 30 November 2026.
  openai('moderation', '^(?:omni|text)-moderation-', {}),
  // $0.15 a million tokens, and $0.20 of text: https://ai.google.dev/gemini-api/docs/pricing as quoted by
  // https://tokencost.app/blog/gemini-embedding-2-pricing, November 2026. Pictures and sounds have prices of their own.
  google('gemini-embedding-001', '^gemini-embedding-001$', { input: 150_000_000 }),
  google('gemini-embedding-2', '^gemini-embedding-2(?:-preview(?:-\\d{2}-\\d{4})?)?$', {
    input: 200_000_000,
  }),
  // $0.05 and $0.10 a thousand characters, $0.22 an hour, on every plan: https://elevenlabs.io/pricing/api as quoted by
  // https://developer.puter.com/tutorials/elevenlabs-api-pricing/, June 2026.
  elevenlabs('eleven-flash', '^eleven_(?:flash|turbo)_v\\d(?:_5)?$', {
    characters: 50_000_000_000,
  }),
  elevenlabs('eleven-multilingual', '^eleven_(?:multilingual_v[12]|monolingual_v1|v3)$', {
    characters: 100_000_000_000,
  }),
  elevenlabs('scribe', '^scribe_v[12]$', { seconds: 61_111_111_112 }),
];
