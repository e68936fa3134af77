import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { E2e } from '../support/e2e.ts';
import { allFrames, frames } from '../support/thread-client.ts';

const made = z.looseObject({ id: z.string() });
const page = z.looseObject({
  data: z.array(z.looseObject({ seq: z.number(), role: z.string() })),
  has_more: z.boolean(),
  next_after_seq: z.number().nullable(),
  next_before_seq: z.number().nullable(),
});
const threadList = z.looseObject({
  data: z.array(z.looseObject({ id: z.string(), end_user_id: z.string().nullable() })),
  has_more: z.boolean(),
});
const MODEL = 'gpt-4o-mini';

/** What an app does that was written for that API, as its published clients do it: by `x-api-key`, with their bodies. */
export const qlaudSessionTests = (e2e: E2e): void => {
  const call = async (key: string, method: string, path: string, body?: unknown) =>
    await fetch(`${e2e.stack.baseUrl}${path}`, {
      method,
      headers: { 'x-api-key': key, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const json = async (answer: Response, status = 200): Promise<unknown> => {
    const text = await answer.text();
    expect([answer.status, text]).toEqual([status, expect.anything()]);
    return JSON.parse(text);
  };
  /** A key of one user, as such an app makes it at sign-up: bound to nobody. */
  const signUp = async () => {
    const body = { name: 'user_1', scope: 'standard', max_spend_usd: 5 };
    const minted = await call(e2e.stack.adminKey, 'POST', '/v1/keys', body);
    const key = z
      .looseObject({ id: z.string(), name: z.string(), prefix: z.string(), secret: z.string() })
      .parse(await json(minted, 201));
    expect(key).toMatchObject({ name: 'user_1', scope: 'standard' });
    return key.secret;
  };
  const open = async (key: string, body: object) =>
    await json(await call(key, 'POST', '/v1/threads', body), 201);

  describe('a session of its app', () => {
    test('signs up, opens a thread with what the app knows of it, and lists it by its user', async () => {
      const key = await signUp();
      const metadata = {
        workspace: { path: '/w', open: [1, 2] },
        pinned: true,
        title: 'Door',
        n: 3,
      };
      const fields = {
        kind: 'chat',
        default_mode: 'build',
        default_model: MODEL,
        workspace_id: 'w_1',
      };
      const thread = await open(key, { end_user_id: 'clerk_1', metadata, ...fields });
      const { id } = made.parse(thread);
      expect(thread).toMatchObject({
        object: 'thread',
        end_user_id: 'clerk_1',
        metadata,
        ...fields,
      });
      await open(key, { end_user_id: 'clerk_2', metadata: null });
      const list = async (query: string) =>
        threadList.parse(await json(await call(key, 'GET', `/v1/threads?${query}`))).data;
      expect(await list('end_user_id=clerk_1&limit=20')).toEqual([thread]);
      expect((await list('end_user_id=clerk_2&limit=1')).map((row) => row.end_user_id)).toEqual([
        'clerk_2',
      ]);
      expect((await list('limit=200')).map((row) => row.id)).toContain(id);
      expect(await json(await call(key, 'GET', `/v1/threads/${id}`))).toEqual(thread);
      const patch = { metadata: { pinned: null, n: { deep: 4 } } };
      const patched = await json(await call(key, 'PATCH', `/v1/threads/${id}`, patch));
      const { pinned: _pinned, ...rest } = metadata;
      expect(patched).toMatchObject({ metadata: { ...rest, n: { deep: 4 } }, ...fields });
      expect(made.parse(patched)).not.toHaveProperty('metadata.pinned');
    });

    test('chats: a stream when it asks for one, else one answer, by the thread’s own model', async () => {
      const key = await signUp();
      const { id } = made.parse(await open(key, { default_model: MODEL }));
      const path = `/v1/threads/${id}/messages`;
      const cache_control = { type: 'ephemeral' };
      const system = [{ type: 'text', text: 'Be kind.', cache_control }];
      const asked = { max_tokens: 100, content: 'hello', system, enabled: undefined };
      const streamed = await call(key, 'POST', path, { ...asked, stream: true });
      const told = await allFrames(streamed);
      expect(told.map(({ event }) => event)).toContain('qlaud.done');
      expect(e2e.upstream.bodies.at(-1)).toMatchObject({
        model: MODEL,
        messages: [
          { role: 'system', content: 'Be kind.' },
          { role: 'user', content: 'hello' },
        ],
      });
      const whole = await call(key, 'POST', path, { ...asked, content: 'again' });
      expect(whole.headers.get('content-type')).toContain('application/json');
      expect(await json(whole)).toMatchObject({
        type: 'message',
        role: 'assistant',
        seq: 4 * 128,
        content: [{ type: 'text' }],
        stop_reason: 'end_turn',
      });
      const failed = await allFrames(
        await call(key, 'POST', path, { ...asked, content: 'fail', stream: true }),
      );
      expect(
        failed.map(({ event }) => event).filter((event) => event.startsWith('qlaud.')),
      ).toEqual(['qlaud.error', 'qlaud.done']);
    });

    test('pages through its history both ways, reloads in mid-answer, and deletes', async () => {
      const key = await signUp();
      const { id } = made.parse(await open(key, {}));
      const path = `/v1/threads/${id}/messages`;
      for (const content of ['one', 'two'])
        await json(await call(key, 'POST', path, { model: MODEL, max_tokens: 100, content }));
      const read = async (query: string) =>
        page.parse(await json(await call(key, 'GET', `${path}?${query}`)));
      const all = await read('limit=200&order=asc');
      expect(all.data.map(({ seq, role }) => [seq, role])).toEqual([
        [128, 'user'],
        [256, 'assistant'],
        [384, 'user'],
        [512, 'assistant'],
      ]);
      expect(all).toMatchObject({ has_more: false, next_after_seq: null, next_before_seq: null });
      const newest = await read('limit=2&order=desc');
      expect(newest).toMatchObject({ has_more: true, next_after_seq: null, next_before_seq: 384 });
      const older = await read(`limit=2&order=desc&before_seq=${newest.next_before_seq}`);
      expect([...newest.data, ...older.data]).toEqual(all.data.toReversed());
      expect(older).toMatchObject({ has_more: false, next_before_seq: null });
      const oldest = await read('limit=2&order=asc');
      expect(oldest).toMatchObject({ has_more: true, next_after_seq: 256, next_before_seq: null });

      const slow = await call(key, 'POST', path, {
        model: MODEL,
        max_tokens: 100,
        content: 'slow',
        stream: true,
      });
      for await (const { event } of frames(slow)) if (event === 'content_block_delta') break;
      const reload = async (from: Record<string, string>) => {
        const resumed = await fetch(`${e2e.stack.baseUrl}/v1/threads/${id}/stream`, {
          headers: { 'x-api-key': key, ...from },
        });
        e2e.upstream.hurry();
        return await allFrames(resumed);
      };
      const fromStart = await reload({ 'last-event-id': '0' });
      expect(fromStart.map(({ event }) => event).slice(0, 1)).toEqual(['message_start']);
      expect(fromStart.map(({ event }) => event)).toContain('qlaud.done');

      const gone = await call(key, 'DELETE', `/v1/threads/${id}`);
      expect(await json(gone)).toMatchObject({ id, deleted: true });
      expect((await call(key, 'GET', path)).status).toBe(404);
      expect((await call(key, 'DELETE', `/v1/threads/${id}`)).status).toBe(404);
    });

    test('answers a call of its own too late, and hears that there is none', async () => {
      const key = await signUp();
      const { id } = made.parse(await open(key, {}));
      const late = await call(key, 'POST', `/v1/threads/${id}/tool-results/call_1`, {
        output: 'seen',
        is_error: false,
      });
      expect([late.status, await late.json()]).toMatchObject([
        404,
        { error: { code: 'not_found' } },
      ]);
    });
  });
};
