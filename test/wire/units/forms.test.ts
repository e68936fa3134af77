import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { elevenTranscriptions } from '../../../lambdas/inference/wires/elevenlabs/transcriptions.ts';
import { openaiTranscriptions } from '../../../lambdas/inference/wires/openai-audio/transcriptions.ts';
import { openaiImageEdits } from '../../../lambdas/inference/wires/openai-images/wire.ts';
import type { UnitWire } from '../../../lambdas/inference/wires/unit-wire.ts';
import { silentWave } from '../../support/sounds.ts';
import { bytesOf, unitRoom, type UnitRoom } from '../../support/unit-room.ts';

/** What is read of a form is what its provider reads: no field has a twin, and each is of one kind. */
let room: UnitRoom;
beforeEach(async () => {
  room?.stop();
  room = await unitRoom();
});
afterAll(() => room.stop());

type Field = readonly [name: string, value: string | Uint8Array, filename?: string];
const send = async (wire: UnitWire, ...fields: readonly Field[]) => {
  const form = new FormData();
  for (const [name, value, filename] of fields)
    if (filename === undefined) form.append(name, String(value));
    else form.append(name, new Blob([new Uint8Array(Buffer.from(value))]), filename);
  const sent = new Response(form);
  const headers = { 'content-type': sent.headers.get('content-type') ?? '' };
  return await room.ask(wire, new Uint8Array(await sent.arrayBuffer()), { headers });
};

interface FormWire {
  readonly wire: UnitWire;
  readonly base: readonly Field[];
  readonly words: readonly string[];
  readonly files: readonly string[];
  /** Of words, by all their names. */
  readonly lists: readonly string[];
  /** The model as another reader would not read it. */
  readonly model: string;
}

const WIRES: Readonly<Record<string, FormWire>> = {
  transcriptions: {
    wire: openaiTranscriptions,
    base: [
      ['file', silentWave(1), 'a.wav'],
      ['model', 'gpt-4o-transcribe'],
    ],
    words: [
      'language',
      'prompt',
      'response_format',
      'temperature',
      'stream',
      'chunking_strategy',
      'chunking_strategy[type]',
      'chunking_strategy[threshold]',
    ],
    files: ['file'],
    lists: [
      'languages[]',
      'keywords[]',
      'include[]',
      'timestamp_granularities[]',
      'known_speaker_names[]',
      'known_speaker_references[]',
    ],
    model: 'model',
  },
  'images that are edited': {
    wire: openaiImageEdits,
    base: [
      ['image[]', 'pixels', 'a.png'],
      ['model', 'gpt-image-1'],
      ['prompt', 'bluer'],
    ],
    words: ['n', 'size', 'quality', 'partial_images', 'input_fidelity', 'background', 'user'],
    files: ['mask', 'image', 'image[]'],
    lists: [],
    model: 'model',
  },
  'transcriptions of ElevenLabs': {
    wire: elevenTranscriptions({ method: 'POST', path: '/v1/speech-to-text', query: {} }),
    base: [
      ['file', silentWave(1), 'a.wav'],
      ['model_id', 'scribe_v2'],
    ],
    words: ['diarize', 'file_format', 'seed', 'temperature'],
    files: ['file'],
    lists: ['additional_formats'],
    model: 'model_id',
  },
};

describe.each(Object.entries(WIRES))('%s', (_what, { wire, base, words, files, lists, model }) => {
  const twins = [...words, model, 'file', 'mask']
    .filter((name) => !name.endsWith(']'))
    .flatMap((name) => [`${name}[]`, `${name}[0]`, `${name}[x]`, `${name}_`, name.toUpperCase()]);

  test('a field in brackets that its vendor does not have is unknown, and refused by its name', async () => {
    await room.mint();
    for (const name of [...twins, 'constructor', 'toString', '__proto__'])
      await expect(send(wire, ...base, [name, 'x']), name).rejects.toMatchObject({
        code: 'feature_not_priced',
        status: 400,
        facts: { param: name },
      });
    expect(room.calls).toEqual([]);
  });

  test('a list of models alone lets no twin through either', async () => {
    await room.mint({ capNanoUsd: null, allowedModels: [base[1]?.[1].toString() ?? ''] });
    await expect(send(wire, ...base, [`${model}[]`, 'x'])).rejects.toMatchObject({
      code: 'feature_not_priced',
      facts: { param: `${model}[]` },
    });
  });

  test('the model in brackets is not the model', async () => {
    await room.mint({ capNanoUsd: null });
    const twin = base.map(([name, ...rest]): Field => [
      name === model ? `${name}[]` : name,
      ...rest,
    ]);
    await expect(send(wire, ...twin)).rejects.toMatchObject({
      status: 400,
      facts: { param: model },
    });
  });

  test('a file where words belong, and words where a file does, are a 400 that names the field', async () => {
    await room.mint({ capNanoUsd: null });
    for (const name of [...words, ...lists])
      await expect(send(wire, ...base, [name, '1', 'a.txt']), name).rejects.toMatchObject({
        code: 'invalid_request',
        facts: { param: name },
      });
    for (const name of files)
      await expect(send(wire, ...base, [name, 'words']), name).rejects.toMatchObject({
        code: 'invalid_request',
        facts: { param: name },
      });
    expect(room.calls).toEqual([]);
  });

  test('a field with one value is said once, and a list as often as it has members', async () => {
    await room.mint({ capNanoUsd: null });
    for (const name of words)
      await expect(send(wire, ...base, [name, '1'], [name, '1']), name).rejects.toMatchObject({
        code: 'invalid_request',
        facts: { param: name },
      });
    for (const name of lists) {
      room.json({ text: '' });
      await bytesOf(await send(wire, ...base, [name, 'a'], [name, 'b']));
      const { body = Buffer.alloc(0), headers } = room.calls.at(-1) ?? {};
      const read = await new Response(new Uint8Array(body), {
        headers: { 'content-type': String(headers?.['content-type']) },
      }).formData();
      expect(read.getAll(name), name).toEqual(['a', 'b']);
    }
  });
});

test('what no cap asks about passes by its own name, and its provider refuses it', async () => {
  await room.mint({ capNanoUsd: null });
  room.json({ text: '' });
  const { base = [], wire = openaiTranscriptions } = WIRES['transcriptions'] ?? {};
  const answer = await send(wire, ...base, ['model[]', 'gpt-4o-transcribe-diarize']);
  expect(answer.status).toBe(400);
  expect(room.calls).toHaveLength(1);
});

test('the sounds of speakers are held with each piece that is read, and have no price by the second', async () => {
  await room.mint();
  const reference: Field = ['known_speaker_references[]', 'data:audio/wav;base64,AA'];
  const wave: Field = ['file', silentWave(25), 'a.wav'];
  room.answers((response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end('{"text":"hi"}');
  });
  const model: Field = ['model', 'gpt-4o-transcribe-diarize'];
  await bytesOf(await send(openaiTranscriptions, wave, model, ['chunking_strategy', 'auto']));
  const plain = (await room.last())?.tokens.audioInput ?? 0;
  await bytesOf(
    await send(openaiTranscriptions, wave, model, ['chunking_strategy', 'auto'], reference),
  );
  // Three pieces, each with forty seconds of 12 tokens.
  expect((await room.last())?.tokens.audioInput).toBe(plain + 3 * 40 * 12);
  await expect(
    send(openaiTranscriptions, wave, ['model', 'whisper-1'], reference),
  ).rejects.toMatchObject({
    code: 'feature_not_priced',
    facts: { param: 'known_speaker_references' },
  });
});
