import * as fc from 'fast-check';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { imageTokens } from '../../../lambdas/inference/wires/openai-images/tokens.ts';
import {
  openaiImageEdits,
  openaiImages,
} from '../../../lambdas/inference/wires/openai-images/wire.ts';
import { bytesOf, unitRoom, type UnitRoom } from '../../support/unit-room.ts';

let room: UnitRoom;
beforeEach(async () => {
  room?.stop();
  room = await unitRoom();
});
afterAll(() => room.stop());

const draw = async (body: object = {}) =>
  await room.ask(openaiImages, { model: 'gpt-image-1.5', prompt: 'a sluice', ...body });

test('an image costs its tokens, those of images at their own price', async () => {
  await room.mint();
  room.json({
    data: [{ b64_json: 'x'.repeat(2_000_000) }],
    usage: {
      input_tokens: 50,
      input_tokens_details: { text_tokens: 10, image_tokens: 40 },
      output_tokens: 1_100,
      output_tokens_details: { image_tokens: 1_056, text_tokens: 44 },
    },
  });
  await bytesOf(await draw({ size: '1024x1024', quality: 'medium', background: 'opaque' }));
  expect(await room.last()).toMatchObject({
    // $5, $8, $10 and $32 a million.
    costNanoUsd: 10 * 5_000 + 40 * 8_000 + 44 * 10_000 + 1_056 * 32_000,
    estimated: false,
    tokens: { input: 10, imageInput: 40, output: 1_100, imageOutput: 1_056, images: 1 },
  });
});

test.each([
  [{ size: '1024x1024', quality: 'low' }, 272],
  [{ size: '1536x1024', quality: 'high' }, 6_208],
  [{ size: null, quality: null }, 6_240],
  [{ size: 'auto', quality: 'medium' }, 1_584],
])('the first models put out for %j what their page says', (wish, output) => {
  expect(imageTokens('gpt-image-1', wish)).toMatchObject({ output, unpriced: [] });
});

test.each([
  ['1024x1024', 7_024],
  ['1536x1024', 5_488],
  ['1792x1024', 5_063],
  ['3584x2048', 12_329],
])('GPT Image 2 puts out for %s at high quality what its calculator says', (size, output) => {
  expect(imageTokens('gpt-image-2', { size, quality: 'high' })).toMatchObject({ output });
});

const SIZES = fc.oneof(
  fc.tuple(fc.nat(5_000), fc.nat(5_000)).map(([width, height]) => `${width}x${height}`),
  fc.constantFrom('00x00', '0x0', '16x0', '015x15', '1e3x16', '16x16x16', '3072x1024', '1024x3073'),
  fc.string(),
);

test('every size has a count of tokens above zero, or none at all', () => {
  fc.assert(
    fc.property(SIZES, fc.constantFrom('low', 'high', null), (size, quality) => {
      for (const model of ['gpt-image-1', 'gpt-image-2']) {
        const { output, unpriced } = imageTokens(model, { size, quality });
        expect(output > 0 && Number.isSafeInteger(output)).toBe(unpriced.length === 0);
      }
    }),
  );
});

test.each(['00x00', '0x1024', '15x15', '16x3840', '3088x1024'])(
  'GPT Image 2 draws no image of %s, and a capped key is refused it',
  async (size) => {
    await room.mint();
    await expect(draw({ model: 'gpt-image-2', size })).rejects.toMatchObject({
      code: 'feature_not_priced',
      facts: { param: 'size' },
    });
    expect(room.calls).toEqual([]);
  },
);

test('an answer without a count costs what was held, for each of its images', async () => {
  await room.mint();
  room.json({ data: [{}, {}] });
  await bytesOf(await draw({ n: 2, size: '1024x1024', quality: 'low' }));
  expect(await room.last()).toMatchObject({
    estimated: true,
    tokens: { images: 2, imageOutput: 544 },
  });
});

test('each finished image of a stream is paid, and one that is shown before it is done', async () => {
  await room.mint();
  const usage = { input_tokens: 10, output_tokens: 372 };
  room.answers((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: {"type":"image_generation.partial_image","b64_json":"AA"}\n\n');
    for (let image = 0; image < 2; image++)
      response.write(
        `data: ${JSON.stringify({ type: 'image_generation.completed', b64_json: 'AA', usage })}\n\n`,
      );
    response.end();
  });
  await bytesOf(await draw({ n: 2, stream: true, partial_images: 1, quality: 'low' }));
  expect(await room.last()).toMatchObject({
    estimated: false,
    tokens: { input: 20, imageOutput: 744, images: 2 },
  });
});

test.each([
  [{ size: '999999x999999' }, 'size'],
  [{ quality: 'max' }, 'quality'],
  [{ model: 'gpt-image-2', size: '4000x4000' }, 'size'],
  [{ upscale: 4 }, 'upscale'],
])('what %j asks for has no bound on a capped key', async (body, param) => {
  await room.mint();
  await expect(draw(body)).rejects.toMatchObject({
    code: 'feature_not_priced',
    facts: { param },
  });
});

test.each(['dall-e-3', 'gpt-image-2.6-flare'])(
  '%s has no price here, and a capped key is refused it',
  async (model) => {
    await room.mint();
    await expect(draw({ model })).rejects.toMatchObject({ code: 'model_not_priced' });
  },
);

test.each([
  [{ n: 11 }, 'n'],
  [{ partial_images: 4 }, 'partial_images'],
  [{ prompt: 1 }, 'prompt'],
])('%j is a 400 that names its field', async (body, param) => {
  await room.mint();
  await expect(draw(body)).rejects.toMatchObject({ status: 400, facts: { param } });
});

type Field = readonly [name: string, value: string | Uint8Array, filename?: string];
const form = async (...fields: readonly Field[]) => {
  const data = new FormData();
  for (const [name, value, filename] of fields)
    if (filename === undefined) data.append(name, String(value));
    else data.append(name, new Blob([new Uint8Array(Buffer.from(value))]), filename);
  const request = new Response(data);
  return {
    body: Buffer.from(await request.arrayBuffer()),
    headers: { 'content-type': request.headers.get('content-type') ?? '' },
  };
};
const edit = async (...fields: readonly Field[]) => {
  const { body, headers } = await form(...fields);
  return await room.ask(openaiImageEdits, body, { headers });
};
const PIXELS: Field = ['image[]', 'pixels', 'a.png'];
const ASKED: readonly Field[] = [
  ['model', 'gpt-image-1'],
  ['prompt', 'bluer'],
  ['size', '1024x1024'],
  ['quality', 'low'],
];

test('a form is held for each of its images, whatever comes first', async () => {
  await room.mint();
  room.json({ data: [{}] });
  await bytesOf(await edit(['mask', 'm', 'm.png'], PIXELS, PIXELS, ...ASKED, ['n', '2']));
  expect(await room.last()).toMatchObject({
    tokens: { imageInput: 2 * 3 * 8_000, imageOutput: 544, images: 2 },
  });
});

test('JSON with images is held alike', async () => {
  await room.mint();
  room.json({ data: [{}] });
  await bytesOf(
    await room.ask(openaiImageEdits, {
      model: 'gpt-image-1',
      prompt: 'bluer',
      images: [{ file_id: 'file-1' }, { image_url: 'data:image/png;base64,AA' }],
      quality: 'low',
    }),
  );
  expect(await room.last()).toMatchObject({ tokens: { imageInput: 16_000 } });
});

test.each([
  ['no image', [...ASKED], 'image'],
  ['two prompts', [PIXELS, ...ASKED, ['prompt', 'x']], 'prompt'],
  ['a count of words', [PIXELS, ...ASKED, ['n', 'many']], 'n'],
  ['no model', [PIXELS, ['prompt', 'x']], 'model'],
] satisfies [string, Field[], string][])(
  'a form with %s is a 400 that names it',
  async (...row) => {
    const [, fields, param] = row;
    await room.mint();
    await expect(edit(...fields)).rejects.toMatchObject({ status: 400, facts: { param } });
    expect(room.calls).toEqual([]);
  },
);
