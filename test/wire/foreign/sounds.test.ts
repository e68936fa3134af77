import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { engineRoom, textOf } from '../../support/engine-room.ts';
import { WAV } from '../../support/foreign/features.ts';
import { ROUTES, startForeignRoom, type ForeignRoom } from '../../support/foreign/foreign-room.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../../support/scripted-upstream.ts';

const GEMINI = 'gemini-2.5-flash';
const heard = (format: 'wav' | 'mp3', data = WAV) => ({
  type: 'input_audio' as const,
  input_audio: { data, format },
});
const inline = (mimeType: string) => ({ inlineData: { mimeType, data: WAV } });

describe('a sound', () => {
  let room: ForeignRoom;
  beforeAll(async () => void (room = await startForeignRoom({ capNanoUsd: null })));
  afterAll(() => room.stop());

  test.each([
    ['wav', 'audio/wav'],
    ['mp3', 'audio/mp3'],
  ] as const)('in %s, of the OpenAI SDK, is what Gemini hears', async (format, mimeType) => {
    room.say({ words: ['Hello'] });
    const openai = new OpenAI({ baseURL: `${room.url}/v1`, apiKey: 'k', maxRetries: 0 });
    const { choices } = await openai.chat.completions.create({
      model: GEMINI,
      messages: [
        { role: 'user', content: [{ type: 'text', text: 'What is said?' }, heard(format)] },
      ],
    });
    expect(choices[0]?.message.content).toBe('Hello');
    expect(room.asked()['contents']).toEqual([
      { role: 'user', parts: [{ text: 'What is said?' }, inline(mimeType)] },
    ]);
  });

  test.each([
    ['audio/mp3', 'mp3'],
    ['audio/mpeg', 'mp3'],
    ['audio/x-wav', 'wav'],
  ])('of the type %s, in Google’s words, is what a model of OpenAI hears', async (type, format) => {
    room.say({ words: ['Hello'] });
    const told = await ask(room, 'gpt-audio', [{ text: 'What is said?' }, inline(type)]);
    expect(told.status).toBe(200);
    expect(room.asked()['messages']).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is said?' },
          { type: 'input_audio', input_audio: { data: WAV, format } },
        ],
      },
    ]);
  });

  test.each([
    ['gpt-audio', 'audio/ogg'],
    ['gpt-4o-mini', 'audio/wav'],
    ['claude-sonnet-4-5', 'audio/wav'],
    ['gpt-audio', 'video/mp4'],
  ])('that %s does not hear (%s) is refused by its place', async (model, type) => {
    const told = await ask(room, model, [inline(type)]);
    expect([told.status, await told.text()]).toEqual([
      400,
      expect.stringMatching(/"param":"contents\.0\.parts/),
    ]);
  });
});

const ask = async (room: ForeignRoom, model: string, parts: readonly object[]): Promise<Response> =>
  await fetch(`${room.url}/v1beta/models/${model}:generateContent`, {
    method: 'POST',
    body: JSON.stringify({ contents: [{ role: 'user', parts }] }),
  });

describe('what a sound may cost', () => {
  let upstream: ScriptedUpstream;
  let room: ReturnType<typeof engineRoom>;
  beforeAll(async () => void (upstream = await startScriptedUpstream()));
  beforeEach(() => void (room = engineRoom(upstream.url)));
  afterAll(() => upstream.stop());

  const call = async (model: string, fields: object = {}) =>
    await room.call({
      model,
      max_tokens: 100,
      messages: [{ role: 'user', content: [heard('wav')] }],
      ...fields,
    });
  /** Of gpt-audio, nano-USD a token, and all that it reads. */
  const HEARD_RATE = 32_000;
  const WINDOW = 128_000;

  test('is held as all that the model can read, at the price of what is heard', async () => {
    await room.mint({ capNanoUsd: WINDOW * HEARD_RATE });
    await expect(call('gpt-audio')).rejects.toMatchObject({ status: 402 });
    expect(upstream.requests).toEqual([]);
    room = engineRoom(upstream.url);
    await room.mint({ capNanoUsd: (WINDOW + 2_000) * HEARD_RATE });
    upstream.script = {
      type: 'application/json',
      chunks: [
        JSON.stringify({
          choices: [{ index: 0, message: { content: 'Hello' }, finish_reason: 'stop' }],
          usage: {
            prompt_tokens: 120,
            completion_tokens: 3,
            prompt_tokens_details: { audio_tokens: 100 },
          },
        }),
      ],
    };
    await textOf(await call('gpt-audio'));
    expect(await room.last()).toMatchObject({
      estimated: false,
      tokens: { input: 20, audioInput: 100, output: 3 },
      costNanoUsd: 100 * HEARD_RATE + 20 * 2_500 + 3 * 10_000,
    });
    expect((await room.state()).heldNanoUsd).toBe(0);
  });

  test('is refused by name where nobody knows it, in whatever words it is asked', async () => {
    await room.mint();
    const known = upstream.requests.length;
    await expect(call('gpt-4o-audio-preview')).rejects.toMatchObject({
      code: 'feature_not_priced',
      facts: { param: 'messages.0.content.0' },
    });
    const dialect = ROUTES[':generateContent']?.dialect;
    if (dialect === undefined) throw new Error('no dialect');
    const body = { contents: [{ role: 'user', parts: [inline('audio/wav')] }] };
    const foreign = room.send(Buffer.from(JSON.stringify(body)), {
      wire: 'gemini',
      path: { model: 'gpt-4o-audio-preview', isStream: false },
      dialect: async () => await Promise.resolve(dialect),
    });
    await expect(foreign).rejects.toMatchObject({
      code: 'feature_not_priced',
      facts: { param: 'contents.0.parts.0.inlineData' },
    });
    expect(upstream.requests.length).toBe(known);
  });

  test('a part that says more than a sound has no price, whatever the model', async () => {
    await room.mint();
    const odd = { type: 'input_audio', input_audio: { url: 'https://sounds.example/1.wav' } };
    await expect(
      call('gpt-audio', { messages: [{ role: 'user', content: [odd] }] }),
    ).rejects.toMatchObject({ code: 'feature_not_priced' });
  });

  test('is charged as heard where its caller left before the count', async () => {
    await room.mint({ capNanoUsd: null });
    upstream.script = {
      chunks: ['data: {"choices":[{"index":0,"delta":{"content":"Hel"}}]}\n\n'],
      ending: 'hang',
    };
    const { body } = await call('gpt-audio', { stream: true });
    if (body instanceof Uint8Array) throw new Error('no stream');
    const pieces = body[Symbol.asyncIterator]();
    await pieces.next();
    await pieces.return?.();
    const last = await room.last();
    expect(last).toMatchObject({ estimated: true, tokens: { input: 0 } });
    expect(last?.tokens.audioInput).toBeGreaterThanOrEqual(WINDOW);
  });
});
