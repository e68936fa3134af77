import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { laptopSuite } from '../support/deployed-stage.ts';
import { sharedE2e } from '../support/e2e.ts';
import { SocketTab } from '../support/socket-client.ts';
import { eventually } from '../support/stack.ts';
import { allFrames, frames, threadClient } from '../support/thread-client.ts';

const TYPES = ['message.created', 'thread.updated', 'run.started', 'run.ended'];

laptopSuite(
  'tabs of a thread',
  'the emulator resolves no name of an API, so functions cannot post to its connections',
  () => {
    const e2e = sharedE2e();
    const tabs: SocketTab[] = [];
    beforeAll(async () => await e2e.start());
    afterEach(() => {
      for (const tab of tabs.splice(0)) tab.cut();
    });
    afterAll(async () => await e2e.stop());

    const client = async (userId: string) => {
      const { secret } = await e2e.mint({ user_id: userId });
      return threadClient(e2e, secret);
    };
    /** A tab that watches a thread, and what it was told of it. */
    const watching = async (secret: string, thread: string) => {
      const tab = await SocketTab.withKey(e2e, secret);
      tabs.push(tab);
      await tab.subscribe(thread);
      return { tab, told: () => tab.told.filter(({ type }) => TYPES.includes(type)) };
    };

    test('each hear what another one does, as the stream of events tells it', async () => {
      const ada = await client('ada');
      const thread = await ada.open();
      const stream = frames(await ada.api('GET', `/v1/threads/${thread}/events`));
      await stream.next();
      const watchers = await Promise.all(
        [1, 2, 3].map(async () => await watching(ada.secret, thread)),
      );
      for (const words of ['one', 'two']) await allFrames(await ada.post(thread, words));
      await ada.api('PATCH', `/v1/threads/${thread}`, { title: 'a title' });
      const streamed: unknown[] = [];
      const until = async (count: number): Promise<void> => {
        while (streamed.length < count) {
          const { value, done } = await stream.next();
          if (done === true) throw new Error('the stream of events ended');
          streamed.push(value.data);
        }
      };
      await until(9);
      await ada.api('POST', `/v1/threads/${thread}/messages`, { run: false, content: 'a note' });
      await until(10);
      await stream.return(undefined);
      for (const { told } of watchers) {
        await eventually(async () => expect(told()).toHaveLength(10));
        expect(told().map(({ id: _id, ...data }) => data)).toEqual(streamed);
        expect(new Set(told().map(({ id }) => id)).size).toBe(10);
      }
      // An id of a socket is good for the stream.
      const middle = String(watchers[0]?.told()[4]?.['id']);
      const rest = frames(await ada.api('GET', `/v1/threads/${thread}/events?after=${middle}`));
      const next = await rest.next();
      expect(next.done === true ? null : next.value.data).toEqual(streamed[5]);
      await rest.return(undefined);
    });

    test('hear nothing of threads that they do not watch, and go on when another one is gone', async () => {
      const ada = await client('ada');
      const [watched, other] = [await ada.open(), await ada.open()];
      const gone = await watching(ada.secret, watched);
      const there = await watching(ada.secret, watched);
      const elsewhere = await watching(ada.secret, other);
      gone.tab.cut();
      await ada.api('PATCH', `/v1/threads/${watched}`, { title: 'mine' });
      await eventually(async () => expect(there.told()).toHaveLength(1));
      expect(there.told()).toMatchObject([{ type: 'thread.updated', thread: { title: 'mine' } }]);
      await ada.api('PATCH', `/v1/threads/${other}`, { title: 'other' });
      await eventually(async () => expect(elsewhere.told()).toHaveLength(1));
      expect(elsewhere.told()).toMatchObject([{ thread: { title: 'other' } }]);
    });

    test('hear of each change before the next one is made, one by one', async () => {
      const ada = await client('ada');
      const thread = await ada.open();
      const { told } = await watching(ada.secret, thread);
      const lagsMs: number[] = [];
      for (let count = 1; count <= 20; count++) {
        await ada.api('PATCH', `/v1/threads/${thread}`, { title: `title ${count}` });
        const doneAtMs = Date.now();
        await eventually(async () => expect(told()).toHaveLength(count));
        expect(told().at(-1)).toMatchObject({ thread: { title: `title ${count}` } });
        lagsMs.push(Date.now() - doneAtMs);
      }
      const median = lagsMs.toSorted((left, right) => left - right)[10] ?? Infinity;
      console.log(`fan-out on a laptop: median ${median} ms, longest ${Math.max(...lagsMs)} ms`);
    });
  },
);
