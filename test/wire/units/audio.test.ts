import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { openaiSpeech } from '../../../lambdas/inference/wires/openai-audio/speech.ts';
import { openaiTranscriptions } from '../../../lambdas/inference/wires/openai-audio/transcriptions.ts';
import { formBytes, type FormField } from '../../support/form-bytes.ts';
import { opusSound, silentMp3, silentWave } from '../../support/sounds.ts';
import { bytesOf, unitRoom, type UnitRoom } from '../../support/unit-room.ts';

let room: UnitRoom;
beforeEach(async () => {
  room?.stop();
  room = await unitRoom();
});
afterAll(() => room.stop());

const sound = (type: string, ...pieces: readonly (string | Uint8Array)[]) =>
  room.answers((response) => {
    response.writeHead(200, { 'content-type': type });
    for (const piece of pieces) response.write(piece);
    response.end();
  });

describe('speech', () => {
  const say = async (body: object = {}) =>
    await room.ask(openaiSpeech, { model: 'tts-1', input: 'hello', voice: 'alloy', ...body });

  test('is paid by the character where its model is, and passes byte for byte', async () => {
    await room.mint();
    const bytes = silentMp3(2);
    sound('audio/mpeg', bytes.subarray(0, 1_000), bytes.subarray(1_000));
    const answer = await say({ response_format: 'mp3', speed: 2 });
    expect(answer.headers['content-type']).toBe('audio/mpeg');
    expect((await bytesOf(answer)).equals(bytes)).toBe(true);
    // 5 characters at $15 a million.
    expect(await room.last()).toMatchObject({
      costNanoUsd: 75_000,
      estimated: false,
      tokens: { characters: 5, output: 0 },
    });
  });

  test.each([
    ['mp3', silentMp3(3)],
    ['wav', silentWave(9)],
    ['pcm', Buffer.alloc(144_000)],
  ])('of %s without a count is paid by how long it is', async (response_format, bytes) => {
    await room.mint();
    sound('audio/x', bytes.subarray(0, 7), bytes.subarray(7, 4_321), bytes.subarray(4_321));
    await bytesOf(await say({ model: 'gpt-4o-mini-tts', response_format }));
    const { tokens, costNanoUsd, estimated } = (await room.last()) ?? {};
    expect(estimated).toBe(true);
    // Three seconds of 21 tokens at $12 a million, and 5 tokens at $0.60.
    expect(tokens?.output).toBeGreaterThanOrEqual(63);
    expect(tokens?.output).toBeLessThanOrEqual(65);
    expect(costNanoUsd).toBe((tokens?.output ?? 0) * 12_000 + 3_000);
  });

  test('in events is paid by what its last event reports', async () => {
    await room.mint();
    const events = [
      'data: {"type":"speech.audio.delta","audio":"AAAA"}\n\n',
      'data: {"type":"speech.audio.done","usage":{"input_tokens":4,"output_tokens":50,"total_tokens":54}}\n\n',
    ];
    sound('text/event-stream', ...events);
    const answer = await say({ model: 'gpt-4o-mini-tts', stream_format: 'sse' });
    expect((await bytesOf(answer)).toString('utf8')).toBe(events.join(''));
    expect(await room.last()).toMatchObject({
      estimated: false,
      costNanoUsd: 602_400,
      tokens: { input: 4, output: 50, audioOutput: 50 },
    });
  });

  test('whose client has stopped reading is paid all the same', async () => {
    await room.mint();
    sound('audio/mpeg', silentMp3(1));
    const { body } = await say();
    if (body instanceof Uint8Array) throw new Error('sound comes in pieces');
    for await (const _piece of body) break;
    expect(await room.last()).toMatchObject({ costNanoUsd: 75_000 });
    expect((await room.state()).heldNanoUsd).toBe(0);
  });

  test('that breaks off is paid, and its client sees no end', async () => {
    await room.mint();
    room.answers((response) => {
      response.writeHead(200, { 'content-type': 'audio/mpeg' });
      response.write('half', () => response.destroy());
    });
    await expect(bytesOf(await say())).rejects.toThrow();
    expect(await room.last()).toMatchObject({ status: 'provider_error', costNanoUsd: 75_000 });
  });

  test('is held for at least what it may sound', async () => {
    await room.mint({ capNanoUsd: 10_000_000 });
    await expect(say({ model: 'gpt-4o-mini-tts', input: 'x'.repeat(4_000) })).rejects.toMatchObject(
      { code: 'request_exceeds_budget' },
    );
    expect(room.calls).toEqual([]);
  });

  test('with an unknown field is refused by its name', async () => {
    await room.mint();
    await expect(say({ loops: 9 })).rejects.toMatchObject({
      code: 'feature_not_priced',
      facts: { param: 'loops' },
    });
  });
});

const BOUNDARY = 'x-boundary';
const form = (...fields: readonly FormField[]): Buffer => formBytes(BOUNDARY, fields);
const headers = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` };
const transcribe = async (...fields: readonly FormField[]) =>
  await room.ask(openaiTranscriptions, form(...fields), { headers });

const WAVE: FormField = ['file', silentWave(3), 'a.wav'];
const WHISPER: FormField = ['model', 'whisper-1'];

describe('transcriptions', () => {
  test('are paid by the second that is reported, whatever the order of the fields', async () => {
    await room.mint();
    room.json({ text: 'hello', usage: { type: 'duration', seconds: 3 } });
    for (const fields of [
      [WAVE, WHISPER],
      [WHISPER, ['language', 'en'], WAVE],
    ] satisfies FormField[][]) {
      const answer = await transcribe(...fields);
      expect(JSON.parse((await bytesOf(answer)).toString('utf8'))).toMatchObject({ text: 'hello' });
      // $0.006 a minute.
      expect(await room.last()).toMatchObject({
        costNanoUsd: 300_000,
        estimated: false,
        tokens: { seconds: 3 },
      });
    }
    const sent = await new Response(new Uint8Array(room.calls.at(-1)?.body ?? []), {
      headers: { 'content-type': String(room.calls.at(-1)?.headers['content-type']) },
    }).formData();
    const file = sent.get('file');
    expect(sent.get('model')).toBe('whisper-1');
    expect(
      file instanceof File && Buffer.from(await file.arrayBuffer()).equals(silentWave(3)),
    ).toBe(true);
  });

  test('are paid by tokens where their model is', async () => {
    await room.mint();
    room.json({
      text: 'hello',
      usage: {
        type: 'tokens',
        input_tokens: 34,
        input_token_details: { text_tokens: 4, audio_tokens: 30 },
        output_tokens: 5,
      },
    });
    await bytesOf(await transcribe(WAVE, ['model', 'gpt-4o-transcribe'], ['stream', 'false']));
    expect(await room.last()).toMatchObject({
      costNanoUsd: 4 * 2_500 + 30 * 6_000 + 5 * 10_000,
      tokens: { input: 4, audioInput: 30, output: 5 },
    });
  });

  test('in events are paid by what the last one reports', async () => {
    await room.mint();
    sound(
      'text/event-stream',
      'event: transcript.text.delta\ndata: {"type":"transcript.text.delta","delta":"hel"}\n\n',
      'event: transcript.text.done\ndata: {"type":"transcript.text.done","text":"hel","usage":{"type":"tokens","input_tokens":30,"output_tokens":2}}\n\n',
    );
    await bytesOf(await transcribe(WAVE, ['model', 'gpt-4o-transcribe'], ['stream', 'true']));
    expect(await room.last()).toMatchObject({ estimated: false, tokens: { audioInput: 30 } });
  });

  test('as plain text report nothing, and cost the length of their file', async () => {
    await room.mint();
    sound('text/plain', 'hello\n');
    await bytesOf(await transcribe(WAVE, WHISPER, ['response_format', 'text']));
    expect(await room.last()).toMatchObject({ estimated: true, tokens: { seconds: 4 } });
  });

  test('are held by what is in the file, not by what its header says', async () => {
    await room.mint({ capNanoUsd: 1_000_000 });
    const lying = silentWave(60, { saysSeconds: 1 });
    await expect(transcribe(['file', lying, 'a.wav'], WHISPER)).rejects.toMatchObject({
      code: 'request_exceeds_budget',
    });
    // MP3 whose frames are hidden between bytes of nothing is held as if they were sound.
    const hidden = Buffer.concat([silentMp3(1), Buffer.alloc(100_000)]);
    await expect(transcribe(['file', hidden, 'a.mp3'], WHISPER)).rejects.toMatchObject({
      code: 'request_exceeds_budget',
    });
    const silence: FormField = ['file', opusSound(60, { says: 1 }), 'a.ogg'];
    await expect(transcribe(silence, WHISPER)).rejects.toMatchObject({
      code: 'request_exceeds_budget',
    });
    expect(room.calls).toEqual([]);
    room.json({ text: 'hello' });
    await bytesOf(await transcribe(['file', opusSound(5), 'a.ogg'], WHISPER));
    expect(await room.last()).toMatchObject({ estimated: true, tokens: { seconds: 6 } });
  });

  test('of a file whose length nothing bounds are refused where they are paid by the second', async () => {
    await room.mint();
    const flac: FormField = ['file', 'fLaC----', 'a.flac'];
    await expect(transcribe(flac, WHISPER)).rejects.toMatchObject({
      code: 'feature_not_priced',
      facts: { param: 'file' },
    });
    room.json({ text: '', usage: { input_tokens: 9, output_tokens: 1 } });
    // Its model takes 1,500 seconds at most.
    await bytesOf(await transcribe(flac, ['model', 'gpt-4o-transcribe']));
    expect(room.calls.length).toBe(1);
  });

  test.each([
    ['no file', [WHISPER], 'file'],
    ['a file without a name', [WHISPER, ['file', 'words']], 'file'],
    ['an empty file', [WHISPER, ['file', '', 'a.wav']], 'file'],
    ['two files', [WHISPER, WAVE, WAVE], 'file'],
    ['no model', [WAVE], 'model'],
    ['two models', [WAVE, WHISPER, ['model', 'gpt-4o-transcribe']], 'model'],
    ['a model that is a file', [WAVE, ['model', 'whisper-1', 'a.txt']], 'model'],
  ] satisfies [string, FormField[], string][])(
    'with %s are a 400 that names it',
    async (...row) => {
      const [, fields, param] = row;
      await room.mint();
      await expect(transcribe(...fields)).rejects.toMatchObject({ status: 400, facts: { param } });
      expect(room.calls).toEqual([]);
    },
  );

  test.each([
    ['no boundary', 'multipart/form-data', 'content-type'],
    ['JSON', 'application/json', 'content-type'],
    ['another boundary', 'multipart/form-data; boundary=other', 'body'],
  ])('with %s are a 400 that says so', async (_what, type, param) => {
    await room.mint();
    await expect(
      room.ask(openaiTranscriptions, form(WAVE, WHISPER), { headers: { 'content-type': type } }),
    ).rejects.toMatchObject({ status: 400, facts: { param } });
  });

  test('whose body breaks off are a 400', async () => {
    await room.mint();
    const whole = form(WAVE, WHISPER);
    await expect(
      room.ask(openaiTranscriptions, whole.subarray(0, whole.length - 30), { headers }),
    ).rejects.toMatchObject({ status: 400, facts: { param: 'body' } });
  });

  test('send what was read, and not what a file pretends', async () => {
    await room.mint();
    room.json({ text: '', usage: { seconds: 1 } });
    const inside = Buffer.concat([
      silentWave(1),
      Buffer.from('\r\n--other\r\ncontent-disposition: form-data; name="model"\r\n\r\nx\r\n'),
    ]);
    await bytesOf(await transcribe(['file', inside, 'a\\".wav'], WHISPER));
    const { body = Buffer.alloc(0), headers: sent } = room.calls.at(-1) ?? {};
    const read = await new Response(new Uint8Array(body), {
      headers: { 'content-type': String(sent?.['content-type']) },
    }).formData();
    expect(read.getAll('model')).toEqual(['whisper-1']);
    expect(read.getAll('file')).toHaveLength(1);
  });

  test('with an unknown field are refused by its name', async () => {
    await room.mint();
    await expect(transcribe(WAVE, WHISPER, ['passes', '9'])).rejects.toMatchObject({
      code: 'feature_not_priced',
      facts: { param: 'passes' },
    });
  });
});
