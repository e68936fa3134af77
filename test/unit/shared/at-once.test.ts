import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { eachAtOnce } from '../../../lambdas/shared/at-once.ts';

test('all are done, in their order, and never more at once than allowed', async () => {
  const begun: number[] = [];
  let running = 0;
  let most = 0;
  await eachAtOnce(
    Array.from({ length: 50 }, (_, index) => index),
    4,
    async (one) => {
      begun.push(one);
      running += 1;
      most = Math.max(most, running);
      for (let turns = one % 5; turns > 0; turns--) await turn();
      running -= 1;
    },
  );
  expect(begun).toEqual(begun.toSorted((left, right) => left - right));
  expect([begun.length, most]).toEqual([50, 4]);
});

test('one that fails keeps no other from being done, and is thrown', async () => {
  const done: number[] = [];
  const all = eachAtOnce([1, 2, 3, 4, 5], 2, async (one) => {
    await turn();
    if (one === 1) throw new Error('the first');
    done.push(one);
  });
  await expect(all).rejects.toThrow('the first');
  expect(done).toEqual([2, 3, 4, 5]);
});

test('nothing to do is done at once', async () => {
  await expect(eachAtOnce([], 4, async () => await turn())).resolves.toBeUndefined();
});
