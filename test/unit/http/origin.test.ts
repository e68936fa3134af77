import { expect, test } from 'vitest';
import { isOriginKnown } from '../../../lambdas/http/origin.ts';

test.each([
  ['*', undefined, true],
  ['*', 'http://localhost:6274', true],
  ['*', 'http://127.0.0.1:4000', true],
  ['*', 'http://[::1]:4000', true],
  // By another name of this address, as a page that rebinds its own does.
  ['*', 'https://evil.example', false],
  ['*', 'http://localhost.evil.example', false],
  ['*', 'http://127.0.0.1.evil.example', false],
  ['*', 'null', false],
  ['*', '', false],
  ['https://ops.example, https://other.example', 'https://other.example', true],
  ['https://ops.example', 'https://ops.example.evil', false],
  ['https://ops.example', undefined, true],
])('of origins %s, %s: %s', (origins, origin, isKnown) => {
  expect(isOriginKnown(origins, origin)).toBe(isKnown);
});
