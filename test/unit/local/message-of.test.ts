import { expect, test } from 'vitest';
import { messageOf } from '../../../local/message-of.ts';
import { explain } from '../../../ops/explain.ts';

test('a fetch that fails says why', async () => {
  const error: unknown = await fetch('http://127.0.0.1:1').catch((caught: unknown) => caught);
  expect(messageOf(error)).toMatch(/^fetch failed: .*(bad port|ECONNREFUSED)/);
});

test('several tries say what the first of them met', () => {
  const tries = new AggregateError([new Error('connect ECONNREFUSED ::1:4000')]);
  expect(messageOf(new TypeError('fetch failed', { cause: tries }))).toBe(
    'fetch failed: connect ECONNREFUSED ::1:4000',
  );
});

test('a cause that the message has already said is not said twice, and a circle ends', () => {
  expect(messageOf(new Error('no: gone', { cause: new Error('gone') }))).toBe('no: gone');
  const error = new Error('round');
  error.cause = error;
  expect(messageOf(error)).toBe('round');
});

const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });

test.each([
  [named('CredentialsProviderError', 'Could not load'), 'There are no AWS credentials here'],
  [named('Error', 'Region is missing'), 'No AWS region is set: say --region'],
  [named('ExpiredTokenException', 'The security token'), 'The AWS credentials have expired'],
  [
    named('AccessDeniedException', 'User: x is not'),
    'These AWS credentials may not do that: User: x',
  ],
  [new TypeError('fetch failed', { cause: new Error('ENOTFOUND a') }), 'fetch failed: ENOTFOUND a'],
])('an operator reads what to do about %s', (error, words) =>
  expect(explain(error)).toContain(words),
);
