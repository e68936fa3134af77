import { BadRequestError, toFile } from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { laptopTest } from '../support/deployed-stage.ts';
import { sharedE2e } from '../support/e2e.ts';
import { silentMp3, silentWave } from '../support/sounds.ts';
import { eventually } from '../support/stack.ts';

/** Calls that are no conversation, by the official SDK: what it gets, what its provider was sent, what the key paid. */
const e2e = sharedE2e();
beforeAll(async () => await e2e.start());
afterAll(async () => await e2e.stop());

const { mint, openai, own } = e2e;
const sent = () => {
  const last = e2e.upstream.units.at(-1);
  if (last === undefined) throw new Error('nothing was sent');
  return last;
};

test('vectors come as the SDK asks for them, and cost their tokens', async () => {
  const key = await mint();
  const model = 'text-embedding-3-small';
  const { data, response } = await openai(key.secret)
    .embeddings.create({ model, input: ['a', 'b'], dimensions: 3 })
    .withResponse();
  expect(data.data.map(({ embedding }) => embedding)).toEqual([
    [0.25, -0.5, 1],
    [0.25, -0.5, 1],
  ]);
  // The SDK asks for base64 by itself.
  expect(JSON.parse(sent().body.toString('utf8'))).toEqual({
    model,
    input: ['a', 'b'],
    dimensions: 3,
    encoding_format: 'base64',
  });
  expect(sent().headers['authorization']).toBe('Bearer sk-upstream');
  expect(response.headers.get('x-sluice-cost-micros')).toBe('1');
  const floats = await openai(key.secret).embeddings.create({
    model,
    input: 'a',
    encoding_format: 'float',
  });
  expect(floats.data[0]?.embedding).toEqual([0.25, -0.5, 1]);
  // 30 tokens at $0.02 a million: 0.6 micro-USD.
  expect(await own(key.secret)).toMatchObject({ spent_micros: 1, held_micros: 0 });
});

test('a judgement is free, and counted', async () => {
  const key = await mint();
  const { results } = await openai(key.secret).moderations.create({
    input: ['harm', { type: 'text', text: 'good' }].map((one) =>
      typeof one === 'string' ? one : one.text,
    ),
  });
  expect(results.map(({ flagged }) => flagged)).toEqual([true, false]);
  expect(await own(key.secret)).toMatchObject({ spent_micros: 0, held_micros: 0 });
  const refused = openai(key.secret, 0).moderations.create({ input: [] });
  await expect(refused).rejects.toThrow(BadRequestError);
});

test('speech comes as bytes or as events, and costs its characters or its tokens', async () => {
  const key = await mint();
  const { speech } = openai(key.secret).audio;
  const said = { input: 'hello', voice: 'alloy' } as const;
  const sound = await speech.create({ ...said, model: 'tts-1' });
  expect(sound.headers.get('content-type')).toBe('audio/mpeg');
  expect(Buffer.from(await sound.arrayBuffer()).equals(silentMp3(1))).toBe(true);
  // 5 characters at $15 a million.
  await eventually(async () =>
    expect(await own(key.secret)).toMatchObject({ spent_micros: 75, held_micros: 0 }),
  );
  const events = await speech.create({ ...said, model: 'gpt-4o-mini-tts', stream_format: 'sse' });
  expect(await events.text()).toContain('"type":"speech.audio.done"');
  // And 4 and 21 tokens at $0.60 and $12 a million.
  expect((await own(key.secret)).spent_micros).toBe(75 + 255);
});

test('who leaves while speech is made pays its characters, and nothing is held', async () => {
  const key = await mint();
  const said = { input: 'slow words', voice: 'alloy', model: 'tts-1' } as const;
  const leaving = new AbortController();
  const sound = await openai(key.secret, 0).audio.speech.create(said, { signal: leaving.signal });
  const reader = sound.body?.getReader();
  expect((await reader?.read())?.value?.length).toBeGreaterThan(0);
  leaving.abort();
  await expect(reader?.read()).rejects.toThrow();
  // 10 characters at $15 a million.
  await eventually(async () =>
    expect(await own(key.secret)).toMatchObject({ spent_micros: 150, held_micros: 0 }),
  );
});

test('a file is heard, whole or in events, and costs its seconds or its tokens', async () => {
  const key = await mint();
  const { transcriptions, translations } = openai(key.secret).audio;
  const file = await toFile(silentWave(2), 'said.wav');
  const heard = await transcriptions.create({ file, model: 'whisper-1', language: 'en' });
  expect(heard.text).toBe('The sluice is open.');
  expect((await own(key.secret)).spent_micros).toBe(200);
  expect((await translations.create({ file, model: 'whisper-1' })).text).toBe(heard.text);
  const stream = await transcriptions.create({
    file,
    model: 'gpt-4o-transcribe',
    stream: true,
    include: ['logprobs'],
    chunking_strategy: { type: 'server_vad', threshold: 0.4 },
  });
  const types: string[] = [];
  for await (const event of stream) types.push(event.type);
  expect(types).toEqual(['transcript.text.delta', 'transcript.text.done']);
  // 4, 20 and 6 tokens at $2.50, $6 and $10 a million.
  expect((await own(key.secret)).spent_micros).toBe(400 + 190);
});

laptopTest(
  'a file that passes an event of the front door is a 413 that says how much fits',
  'the emulator has no limit of an event',
  async () => {
    const { secret } = await mint();
    // Behind the event of a function, and behind what the front door takes: OpenAI's own limit of a file.
    for (const bytes of [5_000_000, 25 * 1_048_576]) {
      const sound = Buffer.concat([silentWave(1), Buffer.alloc(bytes)]);
      const file = await toFile(sound, 'long.wav');
      const refused = openai(secret, 0).audio.transcriptions.create({ file, model: 'whisper-1' });
      await expect(refused).rejects.toMatchObject({
        status: 413,
        error: { code: 'body_too_large', message: expect.stringContaining('4.5 MB') },
      });
    }
    expect(await own(secret)).toMatchObject({ spent_micros: 0, held_micros: 0 });
  },
);

test('images are made and edited, whole or in events, and cost their tokens', async () => {
  const key = await mint({ max_spend_usd: 5 });
  const { images } = openai(key.secret);
  const asked = { model: 'gpt-image-1.5', prompt: 'a sluice', quality: 'low' } as const;
  const made = await images.generate({ ...asked, size: '1024x1024' });
  expect(made.data?.[0]?.b64_json).toBe(Buffer.from('a pixel').toString('base64'));
  // 10, 40 and 272 tokens at $5, $8 and $32 a million.
  const micros = 50 + 320 + 8_704;
  expect((await own(key.secret)).spent_micros).toBe(micros);
  const image = await toFile(Buffer.from('pixels'), 'a.png', { type: 'image/png' });
  await images.edit({ ...asked, image: [image, image], mask: image });
  expect((await own(key.secret)).spent_micros).toBe(2 * micros);
  const types: string[] = [];
  for await (const event of await images.generate({ ...asked, stream: true, partial_images: 1 }))
    types.push(event.type);
  for await (const event of await images.edit({ ...asked, image, stream: true }))
    types.push(event.type);
  expect(types).toEqual([
    'image_generation.partial_image',
    'image_generation.completed',
    'image_edit.partial_image',
    'image_edit.completed',
  ]);
  expect(await own(key.secret)).toMatchObject({ spent_micros: 4 * micros, held_micros: 0 });
});
