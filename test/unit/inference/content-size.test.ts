import { describe, expect, test } from 'vitest';
import { pixelsOf, sizeOfBlock } from '../../../lambdas/inference/turn/content-size.ts';

const base64 = (...parts: readonly (string | readonly number[])[]): string =>
  Buffer.concat(
    parts.map((part) =>
      typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part),
    ),
  ).toString('base64');
const rest = Array.from({ length: 40 }, () => 0);

const PNG = base64('\x89PNG\r\n\x1a\n', [0, 0, 0, 13], 'IHDR', [0, 0, 4, 0, 0, 0, 3, 0], rest);

describe('the pixels of an image', () => {
  test.each([
    ['PNG', PNG, 1_024 * 768],
    ['GIF', base64('GIF89a', [0, 4, 0, 3], rest), 1_024 * 768],
    [
      'JPEG behind other segments',
      base64(
        [0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xc4, 0, 3, 9],
        [0xff, 0xc2, 0, 17, 8, 3, 0, 4, 0],
        rest,
      ),
      1_024 * 768,
    ],
    [
      'WebP',
      base64(
        'RIFF',
        [0, 0, 0, 0],
        'WEBPVP8 ',
        [0, 0, 0, 0, 0, 0, 0, 0x9d, 1, 0x2a, 0, 4, 0, 3],
        rest,
      ),
      1_024 * 768,
    ],
    [
      'WebP without loss',
      base64('RIFF', [0, 0, 0, 0], 'WEBPVP8L', [0, 0, 0, 0, 0x2f, 0xff, 0xc3, 0xbf, 0], rest),
      1_024 * 768,
    ],
    [
      'WebP of parts',
      base64(
        'RIFF',
        [0, 0, 0, 0],
        'WEBPVP8X',
        [0, 0, 0, 0, 0, 0, 0, 0, 0xff, 3, 0, 0xff, 2, 0],
        rest,
      ),
      1_024 * 768,
    ],
    ['nothing', '', null],
    ['no image', base64('hello', rest), null],
    ['a JPEG that is cut', base64([0xff, 0xd8, 0xff, 0xe0, 0xff, 0xff], rest), null],
  ])('are read from a %s', (_kind, data, pixels) => {
    expect(pixelsOf(data)).toBe(pixels);
  });

  test('are what it costs, whatever its length, as long as it is not made smaller', () => {
    const image = (data: string) =>
      sizeOfBlock({ type: 'image', source: { type: 'base64', media_type: 'image/png', data } });
    expect(image(PNG + 'A'.repeat(200_000))).toMatchObject({ tokens: 1_049, media: 1 });
    expect(image('A'.repeat(200_000)).tokens).toBe(1_600);
  });
});

test('words cost bytes, so that a script of many bytes a letter is not taken for a short one', () => {
  const latin = sizeOfBlock({ type: 'text', text: 'a'.repeat(3_000) }).tokens;
  const chinese = sizeOfBlock({ type: 'text', text: '日'.repeat(3_000) }).tokens;
  expect(chinese).toBeGreaterThan(2.5 * latin);
});

test('an image in the result of a tool is an image', () => {
  const source = {
    type: 'base64',
    media_type: 'image/png',
    data: PNG + 'A'.repeat(200_000),
  } as const;
  const block = {
    type: 'tool_result',
    tool_use_id: 'a',
    content: [{ type: 'image', source }],
  } as const;
  expect(sizeOfBlock(block)).toMatchObject({ tokens: expect.closeTo(1_070, -2), media: 1 });
});

test('a block is measured once, however often its size is asked for', () => {
  let reads = 0;
  const block = {
    type: 'text' as const,
    get text() {
      reads++;
      return 'words';
    },
  };
  expect(sizeOfBlock(block)).toEqual(sizeOfBlock(block));
  expect(reads).toBe(1);
});
