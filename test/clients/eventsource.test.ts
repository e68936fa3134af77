import { EventSource } from 'eventsource';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { laptopSuite } from '../support/deployed-stage.ts';
import { sharedE2e } from '../support/e2e.ts';
import { cutProxy, type Cut } from '../support/cut-proxy.ts';
import { eventually } from '../support/stack.ts';
import { allFrames, threadClient } from '../support/thread-client.ts';

const TYPES = ['message.created', 'thread.updated', 'run.started', 'run.ended'];
const TURNS = 4;
const said = z.looseObject({ seq: z.number().optional() });

laptopSuite('eventsource', 'a buffered stage has no stream to cut', () => {
  const e2e = sharedE2e();
  beforeAll(async () => await e2e.start());
  afterAll(async () => await e2e.stop());

  /** What `eventsource` heard of a thread with so many turns over connections that break like that. */
  const heardOver = async (cutOf: (connection: number) => Cut | null) => {
    const { secret } = await e2e.mint({ user_id: 'ada' });
    const ada = threadClient(e2e, secret);
    const thread = await ada.open();
    const proxy = await cutProxy(e2e.stack.baseUrl, cutOf);
    const source = new EventSource(`${proxy.url}/v1/threads/${thread}/events`, {
      fetch: async (input, init) =>
        await fetch(input, {
          ...init,
          headers: { ...init.headers, authorization: `Bearer ${secret}` },
        }),
    });
    const heard: string[] = [];
    for (const type of TYPES)
      source.addEventListener(type, ({ data }) => {
        const { seq } = said.parse(JSON.parse(String(data)));
        heard.push(seq === undefined ? type : `${type} ${seq}`);
      });
    await eventually(async () => expect(heard).toEqual(['thread.updated']));
    for (let turn = 0; turn < TURNS; turn++) await allFrames(await ada.post(thread, 'hello'));
    await ada.api('PATCH', `/v1/threads/${thread}`, { title: 'the end' });
    const isOver = () => heard.length > 1 && heard.at(-1) === 'thread.updated';
    await eventually(async () => expect(isOver()).toBe(true));
    const connections = proxy.heardBytes.length;
    source.close();
    proxy.stop();
    return { heard, connections };
  };

  const WHOLE = [
    'thread.updated',
    ...Array.from({ length: TURNS }, (_, turn) => [
      `message.created ${2 * turn + 1}`,
      `message.created ${2 * turn + 2}`,
      `run.started ${2 * turn + 2}`,
      `run.ended ${2 * turn + 2}`,
    ]).flat(),
    'thread.updated',
  ];

  test('hears every event of a thread once', async () => {
    const { heard, connections } = await heardOver(() => null);
    expect([heard, connections]).toEqual([WHOLE, 1]);
  });

  test('hears every event once over connections that break in an event, between two, and in an id', async () => {
    const { heard, connections } = await heardOver((connection) =>
      connection === 0
        ? { text: 'event: thread.updated', more: 700 }
        : connection < 8
          ? { text: 'id: ', more: [3, 60, 400, 700, 1_000, 333, 12][connection - 1] ?? 5 }
          : null,
    );
    expect(heard).toEqual(WHOLE);
    expect(connections).toBeGreaterThan(3);
  });

  test('stops for good when the thread is gone', async () => {
    const { secret } = await e2e.mint({ user_id: 'ada' });
    const ada = threadClient(e2e, secret);
    const thread = await ada.open();
    const source = new EventSource(`${e2e.stack.baseUrl}/v1/threads/${thread}/events`, {
      fetch: async (input, init) =>
        await fetch(input, {
          ...init,
          headers: { ...init.headers, authorization: `Bearer ${secret}` },
        }),
    });
    const heard: string[] = [];
    source.addEventListener('thread.updated', ({ data }) => heard.push(String(data)));
    await eventually(async () => expect(heard).toHaveLength(1));
    await ada.api('DELETE', `/v1/threads/${thread}`);
    await eventually(async () => expect(source.readyState).toBe(EventSource.CLOSED));
    expect(heard).toHaveLength(2);
    expect(heard[1]).toContain('"deleted":true');
  });
});
