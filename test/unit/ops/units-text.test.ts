import { expect, test } from 'vitest';
import { unitsText } from '../../../ops/commands/read-usage.ts';

test('a row of usage names the units that were billed, and no other', () => {
  expect(unitsText({ characters: 12, seconds: 0, images: 3 })).toBe('12 characters, 3 images');
  expect(unitsText({ characters: 0, seconds: 0, images: 0 })).toBe('');
});
