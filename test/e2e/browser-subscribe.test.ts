import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sluiceClient } from '../../clients/browser/sluice.ts';
import { BrowserReader, socketsThrough } from '../support/browser-reader.ts';
import { cutProxy } from '../support/cut-proxy.ts';
import { laptopSuite } from '../support/deployed-stage.ts';
import { sharedE2e } from '../support/e2e.ts';
import { allFrames, threadClient } from '../support/thread-client.ts';

/** A cursor may lie at most 100 runs back. */
const RUNS_TOO_MANY = 103;

laptopSuite('a subscription of the browser client', 'an emulated stage buffers answers', () => {
  const e2e = sharedE2e();
  let secret = '';
  let ada: ReturnType<typeof threadClient>;
  beforeAll(async () => {
    await e2e.start();
    ({ secret } = await e2e.mint({ user_id: 'ada' }));
    ada = threadClient(e2e, secret);
  });
  afterAll(async () => await e2e.stop());

  const clientOf = (fields: object = {}) =>
    sluiceClient({ baseUrl: e2e.stack.baseUrl, key: secret, backoffMs: 10, ...fields });
  const say = async (thread: string, words: string): Promise<void> =>
    void (await (await ada.post(thread, words)).text());

  /** From `arm` on, the thread is deleted before each request of such a path. */
  const deletedBefore = (thread: string, path: RegExp) => {
    let isArmed = false;
    const late: typeof fetch = async (...args) => {
      const { pathname } = new URL(new Request(...args).url);
      if (isArmed && path.test(pathname)) await ada.api('DELETE', `/v1/threads/${thread}`);
      return await fetch(...args);
    };
    return { fetch: late, arm: () => void (isArmed = true) };
  };

  /** What is shown is what history stores, message by message. */
  const expectStored = async (reader: BrowserReader, thread: string, afterSeq = 0) => {
    const { data } = await ada.messages(thread);
    const rows = data.filter(({ seq }) => seq > afterSeq);
    expect([...reader.shown.entries()].toSorted(([left], [right]) => left - right)).toEqual(
      rows.map(({ seq, content }) => [seq, content]),
    );
  };

  describe.each([
    ['a socket', {}],
    ['HTTP', { webSocket: null }],
  ])('over %s', (_way, fields) => {
    test('tells what was missed as rows, then what comes, whoever asks for it', async () => {
      const thread = await ada.open();
      await say(thread, 'hello');
      await say(thread, 'hello again');
      const reader = new BrowserReader(clientOf(fields), thread, 2);
      await reader.has(({ outline }) => outline.length === 2);
      const said = say(thread, 'slow words');
      await reader.has(({ seen }) => seen.length > 4);
      e2e.upstream.hurry();
      await said;
      await reader.has(({ outline }) => outline.length === 4);
      expect(reader.outline).toEqual([
        'user 3 complete',
        'assistant 4 complete',
        'user 5 complete',
        'run.completed',
      ]);
      await expectStored(reader, thread, 2);
      // The answer came word by word, each once, as the stream has it.
      const whole = await allFrames(
        await ada.api('GET', `/v1/runs/${reader.seen[0]?.runId}/stream`),
      );
      expect(reader.seen.map(({ cursor, event }) => [cursor, event])).toEqual(
        whole.map(({ id, data }) => [id, data]),
      );
      await reader.leave();
    });

    test('tells of a new title, and ends with its thread', async () => {
      const thread = await ada.open();
      const reader = new BrowserReader(clientOf(fields), thread);
      await say(thread, 'hello');
      await reader.has(({ shown }) => shown.size === 2);
      await ada.api('PATCH', `/v1/threads/${thread}`, { title: 'Greetings' });
      await reader.has(({ told }) =>
        told.some((one) => 'thread' in one && one.thread.title === 'Greetings'),
      );
      await ada.api('DELETE', `/v1/threads/${thread}`);
      await reader.reading;
      const ids = reader.told.flatMap((one) => ('thread_id' in one && 'id' in one ? [one.id] : []));
      expect(new Set(ids).size).toBe(ids.length);
    });

    test('ends with its thread, also when that is deleted while its rows are asked for', async () => {
      const thread = await ada.open();
      const fetchAfter = deletedBefore(thread, /\/messages$/);
      const reader = new BrowserReader(clientOf({ ...fields, fetch: fetchAfter.fetch }), thread);
      await say(thread, 'hello');
      await reader.has(({ shown }) => shown.size === 2);
      fetchAfter.arm();
      await say(thread, 'hello again');
      await reader.reading;
      expect(reader.told.at(-1)).toMatchObject({ deleted: true });
    });

    test('tells of a turn that was stopped while it waited', async () => {
      const thread = await ada.open();
      const reader = new BrowserReader(clientOf(fields), thread);
      const first = ada.post(thread, 'slow words');
      await reader.has(({ seen }) => seen.length > 2);
      const second = await ada.post(thread, 'hello');
      await clientOf().stop(second.headers.get('x-sluice-run-id') ?? '');
      e2e.upstream.hurry();
      await (await first).text();
      await reader.has(({ outline }) => outline.length === 4);
      expect(reader.outline.toSorted()).toEqual([
        'assistant 4 cancelled',
        'run.completed',
        'user 1 complete',
        'user 3 complete',
      ]);
      await expectStored(reader, thread);
      await reader.leave();
    });

    test('is refused for a thread that is not its own', async () => {
      const reader = new BrowserReader(clientOf(fields), 'thread_00000000000000000000');
      await expect(reader.reading).rejects.toMatchObject({ status: 404, code: 'not_found' });
    });
  });

  test('ends with its thread, also when that is deleted while its answer is asked for', async () => {
    const thread = await ada.open();
    const fetchAfter = deletedBefore(thread, /^\/v1\/runs\//);
    fetchAfter.arm();
    const client = clientOf({ webSocket: null, fetch: fetchAfter.fetch });
    const reader = new BrowserReader(client, thread);
    const said = ada.post(thread, 'slow words');
    await reader.reading;
    e2e.upstream.hurry();
    await (await said).text();
    expect(reader.told.at(-1)).toMatchObject({ deleted: true });
  });

  test('two tabs, one on a socket and one without, show the same', async () => {
    const thread = await ada.open();
    const tabs = [{}, { webSocket: null }].map(
      (fields) => new BrowserReader(clientOf(fields), thread),
    );
    const said = Promise.all([
      say(thread, 'slow words'),
      say(thread, 'hello'),
      say(thread, 'again'),
    ]);
    for (const tab of tabs) await tab.has(({ seen }) => seen.length > 4);
    e2e.upstream.hurry();
    await said;
    for (const tab of tabs) {
      await tab.has(({ shown }) => shown.size === 6);
      await tab.has(
        ({ outline }) => outline.filter((told) => !told.startsWith('user')).length === 3,
      );
      await expectStored(tab, thread);
      await tab.leave();
    }
  });

  test('a socket that breaks again and again, and requests that fail, leave no event out and double none', async () => {
    const thread = await ada.open();
    const proxy = await cutProxy(e2e.stack.baseUrl, (number) => ({
      bytes: 900 + number * 1_200,
    }));
    const webSocket = socketsThrough(proxy.url);
    let asked = 0;
    const flaky: typeof fetch = async (...args) => {
      if (asked++ % 2 === 1) throw new TypeError('the network is away');
      return await fetch(...args);
    };
    const reader = new BrowserReader(clientOf({ webSocket, fetch: flaky, triesMax: 30 }), thread);
    await reader.has(() => (proxy.heardBytes[0] ?? 0) > 0);
    await say(thread, 'slow words that go on and on, until the wire has broken some times');
    await reader.has(({ outline }) => outline.length === 2);
    expect(proxy.heardBytes.length).toBeGreaterThan(3);
    const cursors = reader.seen.map(({ cursor }) => cursor);
    expect(cursors).toEqual([...new Set(cursors)].toSorted());
    await expectStored(reader, thread);
    await reader.leave();
    proxy.stop();
  });

  test('a run that waits for its page goes on for every tab, with a result that no frame holds', async () => {
    const thread = await ada.open();
    const tabs = [{}, { webSocket: null }].map(
      (fields) => new BrowserReader(clientOf(fields), thread),
    );
    const tools = [{ name: 'look', description: 'Looks', input_schema: { type: 'object' } }];
    await (await ada.post(thread, 'look', { tools })).text();
    for (const tab of tabs)
      await tab.has(({ seen }) => seen.some(({ event }) => event.type === 'run.requires_action'));
    await clientOf().toolResult(thread, 'call_1', { content: 'a door '.repeat(6_000) });
    for (const tab of tabs) {
      await tab.has(({ outline }) => outline.includes('run.completed'));
      await expectStored(tab, thread);
      const cursors = tab.seen.map(({ cursor }) => cursor);
      expect(cursors).toEqual([...new Set(cursors)].toSorted());
      await tab.leave();
    }
  });

  test('a reader that was away for more runs than a cursor reaches back has them all', async () => {
    const thread = await ada.open();
    let isCut = false;
    const proxy = await cutProxy(
      e2e.stack.baseUrl,
      () => (isCut ? null : { text: 'run.completed', more: 0 }),
      { holds: true },
    );
    void proxy.wasCut.then(() => (isCut = true));
    const webSocket = socketsThrough(proxy.url);
    const reader = new BrowserReader(clientOf({ webSocket, triesMax: 1_000 }), thread);
    await ada.api('POST', `/v1/threads/${thread}/messages`, { run: false, content: 'first' });
    await reader.has(({ shown }) => shown.size === 1);
    await say(thread, 'hello');
    await proxy.wasCut;
    for (let run = 0; run < RUNS_TOO_MANY; run++) await say(thread, `hello ${run}`);
    proxy.release();
    const last = 1 + 2 * (RUNS_TOO_MANY + 1);
    await reader.has(({ shown }) => shown.size === last);
    const { data } = await clientOf().messages(thread, { after_seq: last - 1 });
    expect(data).toHaveLength(1);
    expect(reader.shown.get(last)).toEqual(data[0]?.content);
    await reader.leave();
    proxy.stop();
  });

  test('a network that lets no socket through gets the same by HTTP', async () => {
    const thread = await ada.open();
    const proxy = await cutProxy(e2e.stack.baseUrl, () => ({ bytes: 0 }));
    const webSocket = socketsThrough(proxy.url);
    const reader = new BrowserReader(clientOf({ webSocket }), thread);
    await say(thread, 'hello');
    await reader.has(({ shown }) => shown.size === 2);
    await reader.has(({ outline }) => outline.length === 2);
    expect(proxy.heardBytes.length).toBeGreaterThan(1);
    await expectStored(reader, thread);
    await reader.leave();
    proxy.stop();
  });

  test('a key that ends closes the subscription with its refusal', async () => {
    const eve = await e2e.mint({ user_id: 'eve' });
    const own = threadClient(e2e, eve.secret);
    const thread = await own.open();
    const reader = new BrowserReader(clientOf({ key: eve.secret }), thread);
    await (await own.post(thread, 'hello')).text();
    await reader.has(({ shown }) => shown.size === 2);
    await e2e.admin('DELETE', `/v1/keys/${eve.id}`);
    await expect(reader.reading).rejects.toMatchObject({ status: 401 });
  });
});
