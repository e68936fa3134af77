import { marshall } from '@aws-sdk/util-dynamodb';
import type { AttributeValue, DynamoDBRecord } from 'aws-lambda';
import { beforeEach, describe, expect, test } from 'vitest';
import { tableConnections } from '../../../lambdas/threads/sockets/adapters/table-connections.ts';
import { tableThreadChanges } from '../../../lambdas/threads/adapters/threads/table-thread-changes.ts';
import { tableThreadStore } from '../../../lambdas/threads/adapters/threads/table-thread-store.ts';
import { metaKey } from '../../../lambdas/threads/adapters/threads/thread-keys.ts';
import { threadChangeOf } from '../../../lambdas/threads/adapters/threads/thread-change.ts';
import { fanOut } from '../../../lambdas/threads/sockets/usecases/fan-out.ts';
import { MemoryTables } from '../../support/memory-tables.ts';
import { newTurn, PLACE, runEnd, thread } from '../../support/thread-rows.ts';

const NOW_MS = Date.UTC(2026, 10, 24);
const HOUR_MS = 3_600_000;

const room = async () => {
  const tables = new MemoryTables();
  const timers = { nowMs: () => NOW_MS, sleep: async () => undefined };
  const store = tableThreadStore({ tables, timers, random: () => 0.5 });
  const connections = tableConnections(tables);
  const posts: (readonly [string, Record<string, unknown>])[] = [];
  const closed: string[] = [];
  const answers = new Map<string, 'posted' | 'gone' | 'failed'>();
  await store.create(thread(NOW_MS));
  const meta = async () => ({ ...(await tables.get('threads', metaKey(PLACE))) });
  return {
    store,
    connections,
    posts,
    closed,
    answers,
    open: async (connectionId: string, endsAtMs = NOW_MS + HOUR_MS) => {
      const whose = { keyId: 'k', secretHash: 'h', projectId: 'p#1', endUserId: 'ada#T#_' };
      await connections.open({ connectionId, ...whose, isAdmin: false, endsAtMs });
      await connections.subscribe({
        connectionId,
        threadId: PLACE.threadId,
        subscription: 's',
        cursor: { seq: 0, index: 0 },
        state: 'live',
        endsAtMs,
      });
    },
    /** The record that the stream has of a write. */
    changed: async (write: () => Promise<unknown>) => {
      const before = await meta();
      await write();
      return recordOf(before, await meta());
    },
    told: async (record: DynamoDBRecord): Promise<number> => {
      const change = threadChangeOf(record);
      if (change === null) throw new Error('no change of a thread');
      return await fanOut(
        {
          connections,
          changes: tableThreadChanges(tables),
          poster: {
            post: async (connectionId, text) => {
              const answer = answers.get(connectionId) ?? 'posted';
              if (answer === 'posted') posts.push([connectionId, JSON.parse(text)]);
              return await Promise.resolve(answer);
            },
            close: async (connectionId) => void closed.push(connectionId),
          },
          timers,
          report: () => undefined,
        },
        change,
      );
    },
  };
};

/** As the Lambda service gives it: binary values are Base64, nothing else differs for these items. */
const imageOf = (item: Record<string, unknown>): Record<string, AttributeValue> =>
  JSON.parse(JSON.stringify(marshall(item)));
const recordOf = (
  before: Record<string, unknown>,
  after: Record<string, unknown>,
): DynamoDBRecord => ({
  eventName: 'MODIFY',
  dynamodb: { OldImage: imageOf(before), NewImage: imageOf(after) },
});

describe('sockets that watch a thread', () => {
  let cloud: Awaited<ReturnType<typeof room>>;
  beforeEach(async () => {
    cloud = await room();
    await cloud.open('tab1');
    await cloud.open('tab2');
  });
  const types = (connectionId: string): readonly unknown[] =>
    cloud.posts.flatMap(([id, frame]) => (id === connectionId ? [frame['type']] : []));

  test('are told what happened, each of them, in order', async () => {
    const opened = await cloud.changed(
      async () => await cloud.store.openTurn(newTurn('r1', NOW_MS)),
    );
    expect(await cloud.told(opened)).toBe(2);
    const run = await cloud.store.run({ ...PLACE, seq: 2 });
    if (run === null) throw new Error('no run');
    const ended = await cloud.changed(
      async () =>
        await cloud.store.endRun(run, { epoch: 1, nonce: 'post' }, runEnd(run, NOW_MS + 5)),
    );
    expect(threadChangeOf(ended)?.writtenAtMs).toBe(NOW_MS + 5);
    await cloud.told(ended);
    const named = await cloud.changed(
      async () => await cloud.store.patch(PLACE, { title: 'other' }),
    );
    expect(threadChangeOf(named)?.writtenAtMs).toBeNull();
    await cloud.told(named);
    for (const tab of ['tab1', 'tab2'])
      expect(types(tab)).toEqual([
        'message.created',
        'message.created',
        'run.started',
        'run.ended',
        'thread.updated',
      ]);
    expect(cloud.posts.at(-1)?.[1]).toMatchObject({
      thread_id: PLACE.threadId,
      thread: { title: 'other' },
      id: expect.stringMatching(/^2-\d+-1-3$/),
    });
  });

  test('know what is told again by its id, though the thread has moved on', async () => {
    const opened = await cloud.changed(
      async () => await cloud.store.openTurn(newTurn('r1', NOW_MS)),
    );
    await cloud.told(opened);
    const first = [...cloud.posts];
    await cloud.store.patch(PLACE, { title: 'other' });
    await cloud.store.openTurn(newTurn('r2', NOW_MS));
    cloud.posts.length = 0;
    await cloud.told(opened);
    expect(cloud.posts).toEqual(first);
  });

  test('never go back to a title before: changes that follow at once come in their order, also when they come again', async () => {
    const records: DynamoDBRecord[] = [];
    for (const change of [
      { title: 'one' },
      { metadata: { colour: 'red' } },
      { title: 'two' },
      { title: null, metadata: { colour: null } },
      { title: 'three' },
    ])
      records.push(await cloud.changed(async () => await cloud.store.patch(PLACE, change)));
    // The function that was told of all of them died before it said so.
    for (const record of [...records, ...records]) await cloud.told(record);
    const seen = new Set<unknown>();
    const states = cloud.posts.flatMap(([tab, { id, thread: now }]) => {
      if (tab !== 'tab1' || seen.has(id)) return [];
      seen.add(id);
      return [now];
    });
    expect(states).toMatchObject([
      { title: 'one', metadata: { a: '1' } },
      { title: 'one', metadata: { a: '1', colour: 'red' } },
      { title: 'two', metadata: { a: '1', colour: 'red' } },
      { title: null, metadata: { a: '1' } },
      { title: 'three', metadata: { a: '1' } },
    ]);
    expect(await cloud.store.get(PLACE)).toMatchObject({ title: 'three', metadata: { a: '1' } });
  });

  test('that are gone are forgotten, that cannot be reached are cut, and the others are told', async () => {
    await cloud.open('late', NOW_MS - 1);
    cloud.answers.set('tab1', 'gone');
    await cloud.open('tab3');
    cloud.answers.set('tab3', 'failed');
    const change = await cloud.changed(
      async () => await cloud.store.patch(PLACE, { title: 'other' }),
    );
    expect(await cloud.told(change)).toBe(3);
    expect(cloud.posts.map(([id]) => id)).toEqual(['tab2']);
    expect(cloud.closed).toEqual(['tab3']);
    const left = await cloud.connections.viewers(PLACE.threadId);
    expect(left.map(({ connectionId }) => connectionId)).toEqual(['late', 'tab2']);
  });

  test('of another thread are not told, and neither is anybody of what is no change of a thread', async () => {
    expect(threadChangeOf({ eventName: 'INSERT', dynamodb: { NewImage: {} } })).toBeNull();
    const item = { pk: 'P#p#T#thread_x', sk: 'META' };
    expect(threadChangeOf(recordOf(item, item))).toBeNull();
    const removed = await cloud.changed(async () => await cloud.store.remove(PLACE, NOW_MS));
    expect(await cloud.told(removed)).toBe(2);
    expect(cloud.posts.at(-1)?.[1]).toMatchObject({ type: 'thread.updated', deleted: true });
    const again = await cloud.changed(async () => undefined);
    expect(threadChangeOf(again)).toBeNull();
  });
});
