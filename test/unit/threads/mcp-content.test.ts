import { expect, test } from 'vitest';
import { mcpContent } from '../../../lambdas/threads/tools/adapters/mcp-content.ts';

/** Its last byte but one and two make padding and both letters of the other alphabet. */
const PNG = Buffer.concat([
  Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
  Buffer.from([0xfb, 0xef, 0xff, 0xff, 0x01]),
]);
const data = PNG.toString('base64');
const image = {
  type: 'image',
  source: { type: 'base64', media_type: 'image/png', data },
};

test.each([
  ['as base64', { data, mimeType: 'image/png' }],
  ['without padding', { data: data.replace(/=+$/, ''), mimeType: 'image/png' }],
  ['in the alphabet of URLs', { data: PNG.toString('base64url'), mimeType: 'image/png' }],
  ['in lines', { data: data.replaceAll(/(.{4})/g, '$1\r\n'), mimeType: 'image/png' }],
  ['as a URL of data', { data: `data:image/png;base64,${data}`, mimeType: 'image/png' }],
  ['as one with a parameter', { data: `data:image/png;name=a.png;base64,${data}` }],
  ['without a type', { data }],
  ['with none', { data, mimeType: null }],
])('an image that comes %s is one', (_how, part) => {
  expect(data).toMatch(/[+/].*=$/);
  expect(mcpContent({ content: [{ type: 'image', ...part }] })).toEqual([image]);
});

test('what has no word is told by its structure', () => {
  const structuredContent = { temperature: 21 };
  for (const content of [[], [{ type: 'text', text: '' }], [{ type: 'text', text: ' ' }]])
    expect(mcpContent({ content, structuredContent })).toBe('{"temperature":21}');
  const content = [{ type: 'text', text: 'warm' }];
  expect(mcpContent({ content, structuredContent })).toEqual(content);
  expect(mcpContent({ content: [{ type: 'text', text: '' }] })).toBe('');
});
