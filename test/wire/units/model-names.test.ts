import { afterAll, beforeEach, expect, test } from 'vitest';
import { elevenSpeech } from '../../../lambdas/inference/wires/elevenlabs/speech.ts';
import { elevenTranscriptions } from '../../../lambdas/inference/wires/elevenlabs/transcriptions.ts';
import { openaiSpeech } from '../../../lambdas/inference/wires/openai-audio/speech.ts';
import { openaiEmbeddings } from '../../../lambdas/inference/wires/openai-embeddings/wire.ts';
import { openaiImages } from '../../../lambdas/inference/wires/openai-images/wire.ts';
import { openaiModerations } from '../../../lambdas/inference/wires/openai-moderations/wire.ts';
import type { UnitWire } from '../../../lambdas/inference/wires/unit-wire.ts';
import { silentWave } from '../../support/sounds.ts';
import { unitRoom, type UnitRoom } from '../../support/unit-room.ts';

let room: UnitRoom;
beforeEach(async () => {
  room?.stop();
  room = await unitRoom();
});
afterAll(() => room.stop());

const SPEAK = { method: 'POST', path: '/v1/text-to-speech/voice', query: {} };
const HEAR = { method: 'POST', path: '/v1/speech-to-text', query: {} };
const WIRES: Readonly<Record<string, (model: string) => readonly [UnitWire, object]>> = {
  embeddings: (model) => [openaiEmbeddings, { model, input: 'a' }],
  moderations: (model) => [openaiModerations, { model, input: 'a' }],
  speech: (model) => [openaiSpeech, { model, input: 'a', voice: 'alloy' }],
  images: (model) => [openaiImages, { model, prompt: 'a' }],
  'speech of ElevenLabs': (model) => [elevenSpeech(SPEAK), { text: 'a', model_id: model }],
};
/** A name is written to headers and the ledger. */
const UNSAFE = ['a\r\nset-cookie: b', 'a b', 'é', 'a\u0000', 'a\u007f'];

test.each(Object.entries(WIRES))(
  '%s: a model whose name is not safe in a header is nobody’s, also where no cap asks for a price',
  async (_what, asked) => {
    await room.mint({ capNanoUsd: null });
    for (const name of UNSAFE) {
      const [wire, body] = asked(name);
      await expect(room.ask(wire, body), name).rejects.toMatchObject({ code: 'model_not_found' });
    }
    expect(room.calls).toEqual([]);
  },
);

test('a form of ElevenLabs names its model alike', async () => {
  await room.mint({ capNanoUsd: null });
  for (const name of UNSAFE) {
    const form = new FormData();
    form.append('file', new Blob([new Uint8Array(silentWave(1))]), 'a.wav');
    form.append('model_id', name);
    const sent = new Response(form);
    const headers = { 'content-type': sent.headers.get('content-type') ?? '' };
    const body = new Uint8Array(await sent.arrayBuffer());
    await expect(
      room.ask(elevenTranscriptions(HEAR), body, { headers }),
      name,
    ).rejects.toMatchObject({ code: 'model_not_found' });
  }
  expect(room.calls).toEqual([]);
});
