import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { plainData } from '../../../lambdas/inference/turn/media-types.ts';

test.each([
  ['data:image/png;base64,QUJD', '', 'QUJD', 'image/png'],
  ['DATA:image/JPG;name=a.jpg;BASE64,QUI', '', 'QUI=', 'image/jpeg'],
  ['data:;base64,QQ', '', 'QQ==', ''],
  ['data:image/png;base64,QUJD', 'image/gif', 'QUJD', 'image/gif'],
  ['Q_-J\r\nD===', 'image/png', 'Q/+JD===', 'image/png'],
])('%j of the type %j', (told, type, data, mediaType) => {
  expect(plainData(told, type)).toEqual({ data, mediaType });
});

test('the head of a data URL ends at its first comma, and is one only where it says base64', () => {
  const letter = fc.constantFrom('data:', ';base64', ',', ';', ':', 'a', '=', ';BASE64,');
  fc.assert(
    fc.property(fc.array(letter), fc.boolean(), (letters, hasScheme) => {
      const told = `${hasScheme ? 'data:' : ''}${letters.join('')}`;
      const [head = '', type = ''] = /^data:([^;,]*)[^,]*;base64,/i.exec(told) ?? [];
      const bare = told.slice(head.length).replace(/=+$/, '');
      const { data, mediaType } = plainData(told, '');
      expect([data.replace(/=+$/, ''), mediaType]).toEqual([bare, type]);
    }),
  );
});

test.each([
  ['a head that never ends', `data:${':'.repeat(1_000_000)}`],
  ['a head of parameters', `data:${';base64'.repeat(150_000)}`],
  ['padding before its end', `data:a/b;base64,${'='.repeat(1_000_000)}!`],
  ['nothing but blanks', ' '.repeat(1_000_000)],
])('%s is gone over once, however long it is', (_what, told) => {
  expect(plainData(told, 'a/b').mediaType).toBe('a/b');
});
