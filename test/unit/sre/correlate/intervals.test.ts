import { expect, test } from 'vitest';
import { Intervals } from '../../../../lambdas/sre/correlate/intervals.ts';
import { seeded } from '../../../simulation/seeded.ts';

test('each moment of a time counts once, in whatever order its intervals come', () => {
  const random = seeded(7);
  const intervals = new Intervals();
  for (let round = 0; round < 300; round += 1) {
    const [fromMs, toMs] = [random.below(40), 40 + random.below(40)];
    const covered = new Set<number>();
    intervals.clear();
    for (let count = random.below(150); count > 0; count -= 1) {
      const startMs = random.below(80);
      const endMs = startMs + random.below(4);
      intervals.add(startMs, endMs);
      for (let ms = Math.max(startMs, fromMs); ms < Math.min(endMs, toMs); ms += 1) covered.add(ms);
    }
    expect(intervals.coveredMs(fromMs, toMs)).toBe(covered.size);
  }
});
