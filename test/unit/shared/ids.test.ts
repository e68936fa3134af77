import { expect, test } from 'vitest';
import { holdIdsFrom, newHoldId } from '../../../lambdas/shared/ids.ts';

test('ids of holds begin with their time, from the first millisecond to the last', () => {
  const times = [0, 1, Date.UTC(2026, 10, 24), Date.UTC(2126, 0, 1), 2 ** 48 - 1];
  const places = times.map(holdIdsFrom);
  expect(places.toSorted((left, right) => (left < right ? -1 : 1))).toEqual(places);
  expect(places[0]).toBe('0000000000');
  for (const timeMs of times.slice(1))
    expect(newHoldId(timeMs).startsWith(holdIdsFrom(timeMs))).toBe(true);
});
