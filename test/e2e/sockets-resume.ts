import { describe, expect, test } from 'vitest';
import { SocketTab, wordsOf } from '../support/socket-client.ts';
import { allFrames, textOf, textOfRow, threadClient } from '../support/thread-client.ts';
import { eventually } from '../support/stack.ts';

export interface SocketRoom {
  /** An end user's client, with a key of its own. */
  readonly client: (
    userId?: string,
    fields?: object,
  ) => Promise<ReturnType<typeof threadClient> & { readonly keyId: string }>;
  /** A tab with this key, cut when its test is over. */
  readonly tabOf: (secret: string) => Promise<SocketTab>;
}

/** Sockets that come back. */
export const socketResumeTests = ({
  client,
  tabOf,
  hurry,
}: SocketRoom & { /** Ends what is slow at once. */ readonly hurry: () => void }): void => {
  describe('a socket that comes back', () => {
    test.each([
      ['slow words', 3],
      ['hello', 4],
      ['cut', 3],
      ['fail', 1],
      ['tools', 6],
    ])(
      'after any event of a run that is asked to "%s" gets the rest, once',
      async (words, least) => {
        const ada = await client();
        const thread = await ada.open();
        const tools = [{ name: 'time', input_schema: { type: 'object' } }];
        const answer = ada.post(thread, words, words === 'tools' ? { tools } : {});
        const live = await tabOf(ada.secret);
        await live.subscribe(thread, '0000000000.00000000');
        if (words === 'slow words')
          await live.has(({ event }) => event.type === 'content_block_delta');
        hurry();
        const http = await allFrames(await answer);
        const last = http.at(-1)?.id ?? '';
        await live.has(({ cursor }) => cursor === last);
        const all = live.events.map(({ cursor }) => cursor);
        expect(all).toEqual(http.map(({ id }) => id));
        expect(all.length).toBeGreaterThanOrEqual(least);
        const places = [0, 1, all.length >> 1, all.length - 2, all.length - 1].filter(
          (place) => place >= 0 && place < all.length,
        );
        for (const place of new Set(places)) {
          const tab = await tabOf(ada.secret);
          const { cursor } = await tab.subscribe(thread, all[place]);
          expect(cursor).toBe(last);
          await eventually(async () =>
            expect(await Promise.resolve(tab.events.map((event) => event.cursor))).toEqual(
              all.slice(place + 1),
            ),
          );
          expect(tab.doubles).toBe(0);
        }
        const { data } = await ada.messages(thread);
        const row = data.findLast(({ role }) => role === 'assistant');
        expect(textOfRow(row)).toBe(wordsOf(live.events));
      },
    );

    test('again and again while the answer comes has it without a gap or a double', async () => {
      const ada = await client();
      const thread = await ada.open();
      const answer = await ada.post(thread, 'slow words');
      const runId = answer.headers.get('x-sluice-run-id') ?? '';
      const heard: { readonly cursor: string; readonly event: object }[] = [];
      let after = '0000000000.00000000';
      while (!heard.some(({ event }) => 'type' in event && event.type === 'run.completed')) {
        const tab = await tabOf(ada.secret);
        tab.say({ type: 'subscribe', thread_id: thread, after });
        await tab.has(({ cursor }) => cursor > after);
        tab.cut();
        heard.push(...tab.of(runId));
        after = heard.at(-1)?.cursor ?? after;
      }
      const http = await allFrames(answer);
      expect(heard.map(({ cursor }) => cursor)).toEqual(http.map(({ id }) => id));
      expect(heard.map(({ event }) => event)).toEqual(http.map(({ data }) => data));
      const { data } = await ada.messages(thread);
      expect(textOfRow(data[1])).toBe(textOf(http));
    });

    test('sees the turns of a thread one after the other, those that others post too', async () => {
      const ada = await client();
      const thread = await ada.open();
      const tab = await tabOf(ada.secret);
      await tab.subscribe(thread);
      const answers = await Promise.all(
        ['one', 'two', 'three'].map(async (words) => await ada.post(thread, words)),
      );
      const told = await Promise.all(answers.map(async (answer) => await allFrames(answer)));
      const wanted = told.flat().map(({ id }) => id);
      await eventually(async () =>
        expect(await Promise.resolve(tab.events.map(({ cursor }) => cursor))).toEqual(
          wanted.toSorted(),
        ),
      );
      expect(tab.doubles).toBe(0);
      await tab.ask({ type: 'unsubscribe', thread_id: thread }, 'unsubscribed');
      await (await ada.post(thread, 'four')).text();
      expect(tab.events).toHaveLength(wanted.length);
    });
  });
};
