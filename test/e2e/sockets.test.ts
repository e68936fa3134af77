import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import * as z from 'zod';
import { laptopSuite } from '../support/deployed-stage.ts';
import { sharedE2e } from '../support/e2e.ts';
import { said, SocketTab, socketUrl, ticketFor, wordsOf } from '../support/socket-client.ts';
import { allFrames, textOfRow, threadClient } from '../support/thread-client.ts';
import { socketKeyTests } from './sockets-keys.ts';
import { socketResumeTests } from './sockets-resume.ts';

const e2e = sharedE2e();
const tabs: SocketTab[] = [];
beforeAll(async () => await e2e.start());
afterEach(() => {
  for (const tab of tabs.splice(0)) tab.cut();
});
afterAll(async () => await e2e.stop());

const client = async (userId = 'ada', fields: object = {}) => {
  const key = await e2e.mint({ user_id: userId, ...fields });
  return { ...threadClient(e2e, key.secret), keyId: key.id };
};
const tabOf = async (secret: string): Promise<SocketTab> => {
  const tab = await SocketTab.withKey(e2e, secret);
  tabs.push(tab);
  return tab;
};
const accepted = z.looseObject({ run_id: z.string(), seq: z.number(), status: z.string() });
const refusal = async (...args: ConstructorParameters<typeof WebSocket>): Promise<number> => {
  const [, response] = z.tuple([z.unknown(), z.looseObject({ statusCode: z.number() })]).parse(
    await once(
      new WebSocket(...args).on('error', () => undefined),
      'unexpected-response',
    ),
  );
  return response.statusCode;
};

test('a socket opened by a ticket sends turns and watches them; one that comes back gets the rest', async () => {
  const ada = await client();
  const thread = await ada.open();
  const byTicket = async (): Promise<SocketTab> => {
    const tab = await SocketTab.withTicket(e2e, ada.secret);
    tabs.push(tab);
    return tab;
  };
  const [first, second] = [await byTicket(), await byTicket()];
  await first.subscribe(thread);
  await second.subscribe(thread);
  const { run_id: runId } = accepted.parse(
    await first.ask(said(thread, 'hello', 'r1'), 'accepted'),
  );
  const told = await first.whole(runId);
  expect(await second.whole(runId)).toEqual(told);
  const third = await byTicket();
  await third.subscribe(thread, told[1]?.cursor);
  expect(await third.whole(runId)).toEqual(told.slice(2));
  const { data } = await ada.messages(thread);
  expect([data[1]?.status, textOfRow(data[1])]).toEqual(['complete', wordsOf(told)]);
  expect(await first.ask('no JSON', 'error')).toMatchObject({ code: 'invalid_json' });
  await first.ask({ type: 'unsubscribe', thread_id: thread }, 'unsubscribed');
  await first.ask({ type: 'ping' }, 'pong');
});

laptopSuite(
  'sockets on the local host',
  'the emulator answers a handshake without a subprotocol and without the status of a refusal',
  () => {
    describe('a handshake', () => {
      test('with a key as a subprotocol is answered with ours alone, at the address that the stack tells', async () => {
        const ada = await client();
        const url = await socketUrl(e2e, ada.secret);
        const file = readFileSync(join(e2e.stack.stateDir, 'local.json'), 'utf8');
        expect(JSON.parse(file)).toMatchObject({ websocket_url: url });
        const tab = await tabOf(ada.secret);
        expect(tab.protocol).toBe('sluice.v1');
        expect(await tab.ask({ type: 'ping' }, 'pong')).toEqual({ type: 'pong' });
      });

      test('with a ticket opens one socket, and no second one', async () => {
        const ada = await client();
        const { url, expires_at: expiresAtMs } = await ticketFor(e2e, ada.secret);
        expect(expiresAtMs - Date.now()).toBeGreaterThan(50_000);
        const socket = new WebSocket(url);
        await once(socket, 'open');
        expect(await refusal(url)).toBe(401);
        socket.terminate();
      });

      test('without a key, with a wrong one or one that was revoked is refused', async () => {
        const ada = await client();
        const url = await socketUrl(e2e, ada.secret);
        const late = (await ticketFor(e2e, ada.secret)).url;
        await e2e.admin('DELETE', `/v1/keys/${ada.keyId}`);
        const wrong = ada.secret.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
        for (const [where, protocols] of [
          [url, []],
          [url, ['sluice.v1']],
          [url, ['sluice.v1', `bearer.${wrong}`]],
          [url, ['sluice.v1', `bearer.${ada.secret}`]],
          [`${url}?ticket=slt_never`, []],
          [late, []],
        ] as const)
          expect(await refusal(where, [...protocols])).toBe(401);
        expect(await refusal(url, [`bearer.${ada.secret}`])).toBe(400);
      });
    });

    describe('a turn over a socket', () => {
      test('is seen by every tab as it comes, and is what history and HTTP have', async () => {
        const ada = await client();
        const thread = await ada.open();
        const [first, second] = [await tabOf(ada.secret), await tabOf(ada.secret)];
        await first.subscribe(thread);
        await second.subscribe(thread);
        const { run_id: runId, seq } = accepted.parse(
          await first.ask(said(thread, 'hello', 'r1'), 'accepted'),
        );
        expect(seq).toBe(2);
        const told = await first.whole(runId);
        expect(await second.whole(runId)).toEqual(told);
        const http = await allFrames(await ada.api('GET', `/v1/runs/${runId}/stream`));
        expect(told.map(({ cursor, event }) => [cursor, event])).toEqual(
          http.map(({ id, data }) => [id, data]),
        );
        const { data } = await ada.messages(thread);
        expect(textOfRow(data[1])).toBe(wordsOf(told));
        expect(data[1]?.cost_micros).toBe(14);
        expect([first.doubles, second.doubles]).toEqual([0, 0]);
      });

      test('sent again is the same turn, over HTTP too; with other words it is refused', async () => {
        const ada = await client();
        const thread = await ada.open();
        const tab = await tabOf(ada.secret);
        await tab.subscribe(thread);
        const message = said(thread, 'once', 'r1');
        const { run_id: runId } = accepted.parse(await tab.ask(message, 'accepted'));
        await tab.whole(runId);
        expect(await tab.ask(message, 'accepted')).toMatchObject({ run_id: runId });
        const again = await ada.post(thread, 'once', { request_id: 'r1' });
        expect(again.headers.get('x-sluice-run-id')).toBe(runId);
        await again.text();
        const other = said(thread, 'other', 'r1');
        expect(await tab.ask(other, 'error')).toMatchObject({
          code: 'request_id_reused',
          thread_id: thread,
          request_id: 'r1',
        });
        expect((await ada.messages(thread)).data).toHaveLength(2);
      });

      test('that the cap does not carry is an error frame with the figures, and writes nothing', async () => {
        const poor = await client('ada', { max_spend_usd: 0.000001 });
        const thread = await poor.open();
        const tab = await tabOf(poor.secret);
        expect(await tab.ask(said(thread, 'hello', 'r1'), 'error')).toMatchObject({
          code: 'request_exceeds_budget',
          cap_micros: 1,
          request_id: 'r1',
        });
        expect((await poor.messages(thread)).data).toEqual([]);
      });

      test('is stopped from another socket', async () => {
        const ada = await client();
        const thread = await ada.open();
        const [first, second] = [await tabOf(ada.secret), await tabOf(ada.secret)];
        await first.subscribe(thread);
        const { run_id: runId } = accepted.parse(
          await first.ask(said(thread, 'slow one', 'r1'), 'accepted'),
        );
        await first.has(({ event }) => event.type === 'content_block_delta');
        await second.ask({ type: 'cancel', run_id: runId }, 'accepted');
        const told = await first.whole(runId);
        expect(told.at(-1)?.event.type).toBe('run.cancelled');
        const { data } = await ada.messages(thread);
        expect([data[1]?.status, textOfRow(data[1])]).toEqual(['cancelled', wordsOf(told)]);
      });

      test('that waits for its client goes on for whoever watches, also who came while it waited', async () => {
        const ada = await client();
        const thread = await ada.open();
        const early = await tabOf(ada.secret);
        await early.subscribe(thread);
        const tools = [{ name: 'look', input_schema: { type: 'object' } }];
        const { run_id: runId } = accepted.parse(
          await early.ask(said(thread, 'look', 'r1', { tools }), 'accepted'),
        );
        await early.has(({ event }) => event.type === 'run.requires_action');
        const late = await tabOf(ada.secret);
        await late.subscribe(thread);
        await late.has(({ event }) => event.type === 'run.requires_action');
        // More than one frame holds: both are told where it is read.
        const content = 'x'.repeat(30_000);
        await ada.api('POST', `/v1/threads/${thread}/tool-results/call_1`, { content });
        for (const tab of [early, late]) {
          await tab.has(({ event }) => event.type === 'run.completed');
          const [found] = tab.references;
          const read = await allFrames(await ada.api('GET', found?.reference ?? ''));
          const large = read.find(({ id }) => id === found?.cursor);
          expect(large).toMatchObject({ event: 'tool_result', data: { block: { content } } });
          expect(read.indexOf(large ?? { id: '', event: '', data: {} })).toBe(0);
        }
        expect(early.of(runId)).toEqual(late.of(runId));
        expect([early.doubles, late.doubles]).toEqual([0, 0]);
      });
    });

    socketResumeTests({ client, tabOf, hurry: () => e2e.upstream.hurry() });

    socketKeyTests({ e2e, client, tabOf });

    test('a frame that is wrong is told so with its code, and the socket goes on', async () => {
      const ada = await client();
      const thread = await ada.open();
      const tab = await tabOf(ada.secret);
      for (const [message, code, param] of [
        ['no JSON', 'invalid_json', undefined],
        ['[]', 'invalid_request', 'type'],
        ['{"type":7}', 'invalid_request', 'type'],
        ['{"type":"shout"}', 'invalid_request', 'type'],
        ['{"type":"ping","loud":true}', 'invalid_request', 'loud'],
        ['{"type":"subscribe"}', 'invalid_request', 'thread_id'],
        [{ type: 'subscribe', thread_id: thread, after: 'x' }, 'cursor_invalid', 'after'],
        [
          { type: 'subscribe', thread_id: thread, after: '0000000009.00000000' },
          'cursor_invalid',
          'after',
        ],
        [{ type: 'send', thread_id: thread, model: 'gpt-4o-mini' }, 'invalid_request', 'content'],
        [said(thread, 'x', 'r', { stream: true }), 'invalid_request', 'stream'],
        [said(thread, 'x', 'r', { model: 'nobody-4' }), 'model_not_found', undefined],
        [{ type: 'cancel', run_id: 'run_x' }, 'not_found', undefined],
      ] as const) {
        const error = await tab.askAndGoOn(message, 'error');
        expect(error['code'], JSON.stringify(message)).toBe(code);
        if (param !== undefined) expect(error['param']).toBe(param);
      }
    });

    test('the 101st thread of a socket is refused, and makes room when another is left', async () => {
      const ada = await client();
      const threads = await Promise.all(Array.from({ length: 101 }, async () => await ada.open()));
      const [last = '', first = ''] = [threads.at(-1), threads[0]];
      const tab = await tabOf(ada.secret);
      for (const thread of threads.slice(0, 100)) await tab.subscribe(thread);
      expect(await tab.ask({ type: 'subscribe', thread_id: last }, 'error')).toMatchObject({
        code: 'too_many_subscriptions',
        thread_id: last,
      });
      await tab.subscribe(first);
      await tab.ask({ type: 'unsubscribe', thread_id: first }, 'unsubscribed');
      await tab.subscribe(last);
    });

    test('whose producer died with its machine gets what was stored and the end, once', async () => {
      const ada = await client();
      const thread = await ada.open();
      const before = await tabOf(ada.secret);
      await before.subscribe(thread);
      const { run_id: runId } = accepted.parse(
        await before.ask(said(thread, 'slow words', 'r1'), 'accepted'),
      );
      await before.has(({ event }) => event.type === 'content_block_delta');
      await e2e.stack.kill();
      const heard = before.of(runId);
      await e2e.restart();
      const tab = await tabOf(ada.secret);
      await tab.subscribe(thread, heard.at(-1)?.cursor);
      // Whoever reads the run finds its lease run out, and ends it.
      const http = await allFrames(await ada.api('GET', `/v1/runs/${runId}/stream`));
      const all = [...heard, ...(await tab.whole(runId))];
      // A reader who waits ten seconds for the lease to run out gets a ping, which has no id.
      const events = http.filter(({ event }) => event !== 'ping');
      expect(all.map(({ cursor }) => cursor)).toEqual(events.map(({ id }) => id));
      expect(all.at(-1)?.event.type).toBe('run.interrupted');
      const { data } = await ada.messages(thread);
      expect([data[1]?.status, textOfRow(data[1])]).toEqual(['incomplete', wordsOf(all)]);
      expect(tab.doubles).toBe(0);
    });
  },
);
