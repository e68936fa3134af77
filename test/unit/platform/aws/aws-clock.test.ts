import { expect, test } from 'vitest';
import { awsClock } from '../../../../lambdas/platform/aws/aws-clock.ts';

const NOW = Date.UTC(2026, 10, 30, 12);
const OFF_MS = 600_000;

test('requests side by side that a wrong clock signed all learn of it, by one date', () => {
  const clock = awsClock(() => NOW - OFF_MS);
  const signed = [clock.nowMs(), clock.nowMs(), clock.nowMs()];
  const answer = { date: new Date(NOW).toUTCString() };
  expect(signed.map((signedAtMs) => clock.learn(answer, signedAtMs))).toEqual([true, true, true]);
  expect(clock.nowMs()).toBe(NOW);
  expect(clock.learn(answer, clock.nowMs())).toBe(false);
});

test('an answer out of a cache says nothing about the time', () => {
  const clock = awsClock(() => NOW - OFF_MS);
  expect(clock.learn({ date: new Date(NOW).toUTCString(), age: '60' }, NOW - OFF_MS)).toBe(false);
  expect(clock.nowMs()).toBe(NOW - OFF_MS);
});
