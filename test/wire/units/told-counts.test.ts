import { afterAll, beforeEach, expect, test } from 'vitest';
import { elevenSpeech } from '../../../lambdas/inference/wires/elevenlabs/speech.ts';
import { openaiTranscriptions } from '../../../lambdas/inference/wires/openai-audio/transcriptions.ts';
import { openaiEmbeddings } from '../../../lambdas/inference/wires/openai-embeddings/wire.ts';
import { openaiImages } from '../../../lambdas/inference/wires/openai-images/wire.ts';
import { silentWave } from '../../support/sounds.ts';
import { bytesOf, unitRoom, type UnitRoom } from '../../support/unit-room.ts';

/** What a provider bills is settled, however far it is above what was held; what nobody can bill is no count. */
let room: UnitRoom;
beforeEach(async () => {
  room?.stop();
  room = await unitRoom();
});
afterAll(() => room.stop());

const hear = async (model: string, seconds: number): Promise<void> => {
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(silentWave(seconds))]), 'a.wav');
  form.append('model', model);
  const sent = new Response(form);
  const headers = { 'content-type': sent.headers.get('content-type') ?? '' };
  const body = new Uint8Array(await sent.arrayBuffer());
  await bytesOf(await room.ask(openaiTranscriptions, body, { headers }));
};
const embed = async (): Promise<void> => {
  const body = { model: 'text-embedding-3-small', input: 'a' };
  await bytesOf(await room.ask(openaiEmbeddings, body));
};
const SPEAK = { method: 'POST', path: '/v1/text-to-speech/voice', query: {} };

test('a count far above the hold is settled in full and reported, and refuses the next call', async () => {
  await room.mint({ capNanoUsd: 50_000 });
  room.json({ data: [], usage: { prompt_tokens: 10_000_000, total_tokens: 10_000_000 } });
  await embed();
  // $0.02 a million.
  expect(await room.last()).toMatchObject({ estimated: false, costNanoUsd: 200_000_000 });
  expect(room.reports).toEqual(['cost above hold']);
  expect((await room.state()).availableNanoUsd).toBe(50_000 - 200_000_000);
  await expect(embed()).rejects.toMatchObject({ code: 'key_cap_exceeded' });
});

test('seconds are settled as they are told, up to a day', async () => {
  await room.mint();
  room.json({ text: '', usage: { type: 'duration', seconds: 86_400 } });
  await hear('whisper-1', 1);
  expect(await room.last()).toMatchObject({ estimated: false, tokens: { seconds: 86_400 } });
  expect(room.reports).toEqual(['cost above hold']);
});

test.each([86_401, 1e12, 1e300])('%d seconds are no count, and are reported', async (seconds) => {
  await room.mint();
  room.json({ text: '', usage: { type: 'duration', seconds } });
  await hear('whisper-1', 1);
  expect(await room.last()).toMatchObject({ estimated: true, tokens: { seconds: 2 } });
  expect(room.reports).toEqual(['impossible count']);
});

test('characters that no text has are no count', async () => {
  await room.mint();
  room.answers((response) => {
    response.writeHead(200, { 'content-type': 'audio/mpeg', 'character-cost': '10000001' });
    response.end('sound');
  });
  const body = { text: 'hello', model_id: 'eleven_multilingual_v2' };
  await bytesOf(await room.ask(elevenSpeech(SPEAK), body));
  expect(await room.last()).toMatchObject({ estimated: true, tokens: { characters: 25 } });
  expect(room.reports).toEqual(['impossible count']);
});

test('a kind that is small is no excuse for another, and none that is told makes the call cheaper than its hold', async () => {
  await room.mint();
  const usage = { type: 'tokens', input_tokens: 1, output_tokens: 10_000_001 };
  room.json({ text: '', usage });
  await hear('gpt-4o-transcribe', 1);
  const odd = await room.last();
  expect(room.reports).toEqual(['impossible count']);
  room.answers((response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end('[]');
  });
  await expect(hear('gpt-4o-transcribe', 1)).rejects.toThrow();
  expect(odd).toMatchObject({ estimated: true, tokens: (await room.last())?.tokens });
});

test('sums of what is put out hold where one of them is no count', async () => {
  await room.mint({ capNanoUsd: 1_000_000_000_000 });
  const usage = {
    input_tokens: 10,
    output_tokens: 10_000_001,
    output_tokens_details: { text_tokens: 5_000_001 },
  };
  room.json({ data: [{}], usage });
  const body = { model: 'gpt-image-1', prompt: 'a', size: '1024x1024', quality: 'low' };
  await bytesOf(await room.ask(openaiImages, body));
  const { tokens, costNanoUsd } = (await room.last()) ?? {};
  expect(tokens).toMatchObject({ imageOutput: 5_000_000, output: 5_000_000 });
  expect(costNanoUsd).toBeGreaterThan(0);
  expect(room.reports).toEqual(['impossible count', 'cost above hold']);
});
