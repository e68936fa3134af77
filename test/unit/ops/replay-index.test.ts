import { describe, expect, test } from 'vitest';
import { memoryUsageStore } from '../../support/memory-usage-store.ts';
import { replayObject } from '../../../ops/usecases/replay.ts';

const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:LogIndexindexlogs12AB:$LATEST';
const RECORDS = [{ eventName: 'INSERT', dynamodb: { NewImage: { sk: { S: 'a' } } } }];
const OBJECT = JSON.stringify({
  requestContext: { functionArn: ARN },
  payload: JSON.stringify({ Records: RECORDS }),
});

const never = async (): Promise<never> => await Promise.reject(new Error('not of the ledger'));

const replay = async (invoke: (name: string, event: object) => Promise<void>, object = OBJECT) => {
  const removed: string[] = [];
  const outcome = await replayObject(
    {
      usage: memoryUsageStore(),
      spendEvents: { tell: never },
      projects: { shards: never },
      clock: { nowMs: () => 0 },
      pause: never,
      failedRecords: {
        list: never,
        read: async () => await Promise.resolve(object),
        remove: async (name) => await Promise.resolve(void removed.push(name)),
      },
      functions: { invoke },
    },
    'object',
  );
  return { outcome, removed };
};

describe('a replay of blocks that were not indexed', () => {
  test('gives them to the function that failed on them, and removes the object', async () => {
    const asked: unknown[] = [];
    const { outcome, removed } = await replay(async (...call) => {
      await Promise.resolve(asked.push(call));
    });
    expect(asked).toEqual([[ARN, { Records: RECORDS }]]);
    expect(outcome).toMatchObject({ repaired: 1, failure: null });
    expect(removed).toEqual(['object']);
  });

  test('keeps the object when the function fails again', async () => {
    const { outcome, removed } = await replay(
      async () => await Promise.reject(new Error('still down')),
    );
    expect(outcome.failure).toBe('still down');
    expect(removed).toEqual([]);
  });
});

describe('a replay of an event that nobody waited for', () => {
  const EVENT = { 'detail-type': 'KeyCapWarned', detail: { event_id: 'key_1#1' } };
  const objectOf = (name: string): string =>
    JSON.stringify({
      version: '1.0',
      requestContext: {
        functionArn: `arn:aws:lambda:us-east-1:000000000000:function:${name}:$LATEST`,
        condition: 'RetriesExhausted',
      },
      requestPayload: EVENT,
    });

  test('gives it to the function that sends notices, and removes the object', async () => {
    const asked: unknown[] = [];
    const { outcome, removed } = await replay(
      async (_, event) => await Promise.resolve(void asked.push(event)),
      objectOf('NoticessendnoticesCB4BC0F0'),
    );
    expect(asked).toEqual([EVENT]);
    expect(outcome).toMatchObject({ repaired: 1, failure: null });
    expect(removed).toEqual(['object']);
  });

  test('keeps one of another function, and names it', async () => {
    const { outcome, removed } = await replay(never, objectOf('Threadsrunturn1A2B'));
    expect(outcome.failure).toBe('no way to replay events of Threadsrunturn1A2B');
    expect(removed).toEqual([]);
  });
});
