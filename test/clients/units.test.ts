import { createOpenAI } from '@ai-sdk/openai';
import { ElevenLabsClient } from '@elevenlabs/elevenlabs-js';
import { OpenAIEmbeddings } from '@langchain/openai';
import { embed, embedMany, generateSpeech, transcribe, generateImage } from 'ai';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sharedE2e } from '../support/e2e.ts';
import { silentMp3, silentWave } from '../support/sounds.ts';
import { eventually } from '../support/stack.ts';

/** Calls that are no conversation, by clients that nobody here wrote. */
const e2e = sharedE2e();
beforeAll(async () => await e2e.start());
afterAll(async () => await e2e.stop());

const { mint, own } = e2e;
const sluice = (apiKey: string) => createOpenAI({ baseURL: `${e2e.stack.baseUrl}/v1`, apiKey });

test('the AI SDK makes vectors, speech, transcriptions and images', async () => {
  const key = await mint({ max_spend_usd: 5 });
  const openai = sluice(key.secret);
  const vector = await embed({ model: openai.embedding('text-embedding-3-small'), value: 'a' });
  expect(vector.embedding).toEqual([0.25, -0.5, 1]);
  const vectors = await embedMany({
    model: openai.embedding('text-embedding-3-small'),
    values: ['a', 'b'],
  });
  expect(vectors.usage.tokens).toBe(20);
  const speech = await generateSpeech({
    model: openai.speech('tts-1'),
    text: 'hello',
    voice: 'alloy',
  });
  expect(Buffer.from(speech.audio.uint8Array).equals(silentMp3(1))).toBe(true);
  const heard = await transcribe({
    model: openai.transcription('whisper-1'),
    audio: new Uint8Array(silentWave(2)),
  });
  expect(heard.text).toBe('The sluice is open.');
  const { image } = await generateImage({
    model: openai.image('gpt-image-1.5'),
    prompt: 'a sluice',
    size: '1024x1024',
    providerOptions: { openai: { quality: 'low' } },
  });
  expect(Buffer.from(image.uint8Array).toString('utf8')).toBe('a pixel');
  const { spent_micros, held_micros } = await own(key.secret);
  // Vectors (0.6), 5 characters (75), 2 seconds (200), an image (9,074).
  expect([spent_micros, held_micros]).toEqual([9_350, 0]);
});

test('LangChain makes vectors', async () => {
  const key = await mint();
  const vectors = await new OpenAIEmbeddings({
    model: 'text-embedding-3-small',
    apiKey: key.secret,
    configuration: { baseURL: `${e2e.stack.baseUrl}/v1` },
  }).embedDocuments(['a', 'b']);
  expect(vectors).toEqual([
    [0.25, -0.5, 1],
    [0.25, -0.5, 1],
  ]);
  expect(await own(key.secret)).toMatchObject({ spent_micros: 1, held_micros: 0 });
});

test("ElevenLabs' own client speaks, hears and lists voices, and learns nothing of the account", async () => {
  const key = await mint();
  const client = new ElevenLabsClient({
    apiKey: key.secret,
    baseUrl: `${e2e.stack.baseUrl}/elevenlabs`,
    maxRetries: 0,
  });
  const spoken = await client.textToSpeech
    .convert('voice', {
      text: 'hello',
      modelId: 'eleven_flash_v2_5',
      outputFormat: 'mp3_44100_128',
    })
    .withRawResponse();
  expect(spoken.rawResponse.headers.get('character-cost')).toBe('3');
  expect(spoken.rawResponse.headers.get('request-id')).toBe('their-request');
  expect((await buffer(spoken.data)).equals(silentMp3(1))).toBe(true);
  expect(e2e.upstream.units.at(-1)?.headers['xi-api-key']).toBe('xi-upstream');
  const timed = await client.textToSpeech.convertWithTimestamps('voice', {
    text: 'hi',
    modelId: 'eleven_v3',
  });
  expect(timed.audioBase64).toBe('AAAA');
  const heard = await client.speechToText.convert({
    file: new Blob([new Uint8Array(silentWave(2))]),
    modelId: 'scribe_v1',
  });
  expect(heard).toMatchObject({ text: 'The sluice is open.' });
  expect((await client.voices.getAll()).voices.length).toBe(1);
  // 5 and 2 characters at $0.05 and $0.10 a thousand, 2 seconds at $0.22 an hour.
  await eventually(async () =>
    expect(await own(key.secret)).toMatchObject({ spent_micros: 573, held_micros: 0 }),
  );
  await expect(client.user.get()).rejects.toMatchObject({ statusCode: 400 });
  await expect(client.textToSoundEffects.convert({ text: 'rain' })).rejects.toMatchObject({
    statusCode: 400,
    body: { detail: { status: 'feature_not_priced' } },
  });
});
