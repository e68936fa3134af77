import { expect, test } from 'vitest';
import { takeTurns } from '../../../lambdas/threads/adapters/threads/take-turns.ts';

test('work of one key is done in the order it came, of two keys at once; a failure fails nobody else', async () => {
  const inTurn = takeTurns();
  const log: string[] = [];
  const gate = Promise.withResolvers<undefined>();
  const first = inTurn('a', async () => {
    log.push('first begins');
    await gate.promise;
    log.push('first ends');
    throw new Error('broke');
  });
  const second = inTurn('a', async () => {
    log.push('second');
    return 2;
  });
  await inTurn('b', async () => log.push('other key'));
  expect(log).toEqual(['first begins', 'other key']);
  gate.resolve(undefined);
  await expect(first).rejects.toThrow('broke');
  expect(await second).toBe(2);
  expect(log).toEqual(['first begins', 'other key', 'first ends', 'second']);
});
