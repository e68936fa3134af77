import { expect, test } from 'vitest';
import { outputContent } from '../../../lambdas/threads/domain/output-content.ts';

const PNG = Buffer.from(`\x89PNG\r\n\x1a\n${'pixels '.repeat(20)}`, 'latin1').toString('base64');
const IMAGE = {
  type: 'image',
  source: { type: 'base64', media_type: 'image/png', data: PNG },
};
const ZIP = 'UEsD'.repeat(600);

test.each([
  ['a text', 'a door', 'a door'],
  ['nothing', null, 'null'],
  ['a record', { seen: 'a door', at: [1, 2] }, '{"seen":"a door","at":[1,2]}'],
  ['a short text in base64', { data: 'aGVsbG8=', mimeType: 'image/png' }, null],
  ['bytes of another kind', { zip: ZIP }, '{"zip":"[2400 characters of base64 left out]"}'],
  ['bytes as a text', ZIP, '[2400 characters of base64 left out]'],
  [
    'a recording',
    { data: ZIP, mediaType: 'audio/wav' },
    '{"data":"[2400 characters of base64 left out]","mediaType":"audio/wav"}',
  ],
])('%s is told as text', (_kind, output, text) => {
  expect(outputContent(output)).toBe(text ?? JSON.stringify(output));
});

test('an image alone is one', () => {
  expect(outputContent(`data:image/jpg;base64,${PNG}`)).toEqual([IMAGE]);
});

test.each([
  [
    'a data URL',
    { shot: `data:image/png;base64,${PNG}` },
    '{"shot":"[image 1: behind this text]"}',
  ],
  [
    'a part of MCP',
    { content: [{ type: 'image', data: PNG, mimeType: 'image/png' }] },
    '{"content":[{"type":"image","data":"[image 1: behind this text]","mimeType":"image/png"}]}',
  ],
  [
    'a part of the AI SDK',
    { type: 'content', value: [{ type: 'media', data: PNG, mediaType: 'image/*' }] },
    '{"type":"content","value":[{"type":"media","data":"[image 1: behind this text]","mediaType":"image/*"}]}',
  ],
])('%s in a record is told as an image, and the rest as text', (_kind, output, text) => {
  expect(outputContent(output)).toEqual([{ type: 'text', text }, IMAGE]);
});
