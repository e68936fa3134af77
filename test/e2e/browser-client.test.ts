import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fold, NOTHING } from '../../clients/browser/fold.ts';
import { SluiceError } from '../../clients/browser/connection.ts';
import { sluiceClient } from '../../clients/browser/sluice.ts';
import type { RunEvent, SeenEvent } from '../../clients/browser/types.ts';
import { cutProxy, type Cut } from '../support/cut-proxy.ts';
import { laptopSuite } from '../support/deployed-stage.ts';
import { sharedE2e } from '../support/e2e.ts';
import { allFrames, threadClient } from '../support/thread-client.ts';

const ASK = { model: 'gpt-4o-mini', max_tokens: 100 };
const CUTS = 40;

laptopSuite('the browser client', 'an emulated stage buffers: nothing can be cut', () => {
  const e2e = sharedE2e();
  let secret = '';
  let ada: ReturnType<typeof threadClient>;
  beforeAll(async () => {
    await e2e.start();
    ({ secret } = await e2e.mint({ user_id: 'ada' }));
    ada = threadClient(e2e, secret);
  });
  afterAll(async () => await e2e.stop());

  const clientOf = (baseUrl: string, fields: object = {}) =>
    sluiceClient({ baseUrl, key: secret, backoffMs: 10, ...fields });

  const collect = async (
    events: AsyncIterable<SeenEvent>,
    onFirst: () => void = () => undefined,
  ): Promise<SeenEvent[]> => {
    const all: SeenEvent[] = [];
    for await (const seen of events) if (all.push(seen) === 1) onFirst();
    return all;
  };

  /** Every event once, in order, as the whole stream has them, and folded to what history stores. */
  const expectWhole = async (thread: string, seen: readonly SeenEvent[]): Promise<void> => {
    const runId = seen[0]?.runId ?? '';
    const whole = await allFrames(await ada.api('GET', `/v1/runs/${runId}/stream`));
    expect(seen.map(({ cursor, event }) => [cursor, event])).toEqual(
      whole.map(({ id, data }) => [id, data]),
    );
    const { data } = await ada.messages(thread);
    expect(contentOf(seen)).toEqual(data.at(-1)?.content);
  };

  const contentOf = (seen: readonly SeenEvent[]) =>
    seen.map(({ event }) => event).reduce(fold, NOTHING).content;

  /** One message over a wire that breaks; the bytes of each connection. */
  const sendOver = async (words: string, cutOf: (connection: number) => Cut | null) => {
    const proxy = await cutProxy(e2e.stack.baseUrl, cutOf);
    const thread = await ada.open();
    const seen = await collect(clientOf(proxy.url).send(thread, { ...ASK, content: words }));
    proxy.stop();
    await expectWhole(thread, seen);
    const { data } = await ada.messages(thread);
    expect(data.map(({ role }) => role)).toEqual(['user', 'assistant']);
    return proxy.heardBytes;
  };

  test('gets every event once, wherever the connection of a finished answer breaks', async () => {
    const [length = 0] = await sendOver('hello', () => null);
    for (let cut = 0; cut <= CUTS; cut++) {
      const bytes = Math.round((length * cut) / CUTS);
      const heard = await sendOver('hello', (connection) => (connection === 0 ? { bytes } : null));
      expect(heard[0]).toBeLessThanOrEqual(bytes);
    }
  });

  test('gets every event once of a running answer, though each connection breaks after some bytes', async () => {
    const heard = await Promise.all(
      [1_600, 1_900, 2_501].map(
        async (bytes) => await sendOver('slow', (number) => ({ bytes: bytes + number * 7 })),
      ),
    );
    for (const connections of heard) expect(connections.length).toBeGreaterThan(2);
  });

  test('resumes after a reload from its cursor, or from the start, and ends at once when nothing runs', async () => {
    const client = clientOf(e2e.stack.baseUrl);
    const thread = await ada.open();
    const before: SeenEvent[] = [];
    for await (const seen of client.send(thread, { ...ASK, content: 'slow' })) {
      before.push(seen);
      if (before.length === 8) break;
    }
    const after = before.at(-1)?.cursor ?? '';
    let begun = 0;
    const begins = (): void => {
      if (++begun === 2) e2e.upstream.hurry();
    };
    const [rest, all] = await Promise.all([
      collect(client.resume(thread, { after }), begins),
      collect(client.resume(thread), begins),
    ]);
    await expectWhole(thread, [...before, ...rest]);
    await expectWhole(thread, all);
    expect(await collect(client.resume(thread))).toEqual([]);
    expect(await collect(client.resume(thread, { after: all.at(-1)?.cursor ?? '' }))).toEqual([]);
  });

  test('stops a run, and sees its end', async () => {
    const client = clientOf(e2e.stack.baseUrl);
    const thread = await ada.open();
    const seen: SeenEvent[] = [];
    for await (const one of client.send(thread, { ...ASK, content: 'slow' })) {
      seen.push(one);
      if (seen.length === 6) await client.stop(one.runId);
    }
    expect(seen.at(-1)?.event.type).toBe('run.cancelled');
    await expectWhole(thread, seen);
  });

  test('runs a tool of the page, and goes on behind it', async () => {
    const client = clientOf(e2e.stack.baseUrl);
    const thread = await ada.open();
    const tools = [{ name: 'look', description: 'Looks', input_schema: { type: 'object' } }];
    const asked = await collect(client.send(thread, { ...ASK, content: 'look', tools }));
    const waiting = asked.at(-1);
    const event = waiting?.event;
    if (event?.type !== 'run.requires_action') throw new Error('the run does not wait');
    await client.toolResult(thread, event.tool_use_ids[0] ?? '', { content: 'a door' });
    const rest = await collect(client.resume(thread, { after: waiting?.cursor ?? '' }));
    await expectWhole(thread, [...asked, ...rest]);
    expect(contentOf([...asked, ...rest]).map(({ type }) => type)).toContain('tool_result');
  });

  describe('gives up', () => {
    test('at once on a refusal, with its code', async () => {
      const refused = collect(clientOf(e2e.stack.baseUrl).resume('thread_00000000000000000000'));
      await expect(refused).rejects.toMatchObject({ status: 404, code: 'not_found' });
      await expect(refused).rejects.toBeInstanceOf(SluiceError);
    });

    test('after so many attempts in a row that bring nothing', async () => {
      const proxy = await cutProxy(e2e.stack.baseUrl, () => ({ bytes: 0 }));
      const client = clientOf(proxy.url, { backoffMs: 1, triesMax: 3 });
      const lost = collect(client.send(await ada.open(), { ...ASK, content: 'hello' }));
      await expect(lost).rejects.toThrow();
      expect(proxy.heardBytes).toHaveLength(4);
      proxy.stop();
    });

    test('when its signal aborts, in mid-answer', async () => {
      const leaving = new AbortController();
      const client = clientOf(e2e.stack.baseUrl);
      const types: RunEvent['type'][] = [];
      const reading = (async () => {
        const wish = { signal: leaving.signal };
        for await (const { event } of client.send(
          await ada.open(),
          { ...ASK, content: 'slow' },
          wish,
        )) {
          types.push(event.type);
          if (types.length === 4) leaving.abort(new Error('left'));
        }
      })();
      await expect(reading).rejects.toThrow('left');
      // What came in the same piece of the stream is still shown.
      expect(types.length).toBeGreaterThanOrEqual(4);
      expect(types).not.toContain('run.completed');
    });
  });

  test('takes a silent connection for dead, and comes back without a gap', async () => {
    const thread = await ada.open();
    const bytes = 1_500;
    const proxy = await cutProxy(e2e.stack.baseUrl, (one) => (one < 3 ? { bytes } : null), {
      isSilent: true,
    });
    // A slow machine takes a connection for dead that is not: it comes back more often.
    const client = clientOf(proxy.url, { silenceMs: 1_000, triesMax: 50 });
    const seen = await collect(client.send(thread, { ...ASK, content: 'slow' }));
    expect(proxy.heardBytes.length).toBeGreaterThan(3);
    expect(proxy.heardBytes[0]).toBe(bytes);
    proxy.stop();
    await expectWhole(thread, seen);
  });
});
