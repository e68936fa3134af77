import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { HttpRequest } from '../../../lambdas/http/request.ts';
import { bodyOf, chatRoom } from '../../support/chat-room.ts';
import { startUpstream, type Upstream } from '../../support/upstream.ts';

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(() => upstream.stop());

const threadView = z.looseObject({ id: z.string() });

const openThread = async (options = {}) => {
  const room = await chatRoom(upstream.url, options);
  const { id } = threadView.parse((await room.ask('POST /v1/threads', {})).body);
  const params = { thread_id: id };
  const { ask: askRoute } = room;
  const ask = async (what: string, body: object, headers: HttpRequest['headers'] = {}) => {
    const route = `POST /v1/threads/{thread_id}/messages${what}`;
    const seq = /\d+/.exec(what)?.[0] ?? '';
    const named = route.replace(/\/\d+\//, '/{seq}/');
    return await askRoute(
      named,
      { model: 'gpt-4o-mini', max_tokens: 100, ...body },
      {
        params: { ...params, ...(seq === '' ? {} : { seq }) },
        headers,
      },
    );
  };
  const calls = upstream.bodies.length;
  return { ...room, askRoute, id, ask, calls: () => upstream.bodies.length - calls };
};

describe('the answer of a turn', () => {
  test('says where its run is read again, and that it is simulated where it is', async () => {
    const { ask, id } = await openThread();
    const told = await ask('', { content: 'hello' });
    const run = `${id.replace('thread_', 'run_')}_2`;
    expect(told.headers).toMatchObject({
      location: `/v1/runs/${run}/stream`,
      'x-sluice-run-id': run,
    });
    expect(told.headers).not.toHaveProperty('x-sluice-simulated');
    await bodyOf(told);
  });

  test.each([true, false])(
    'says that its provider is simulated, streamed: %s, and when it is read again',
    async (stream) => {
      const room = await openThread({ isSimulated: true });
      const told = await room.ask('', { content: 'hello', stream });
      await bodyOf(told);
      expect(told.headers).toMatchObject({ 'x-sluice-simulated': 'true' });
      const params = { run_id: told.headers?.['x-sluice-run-id'] ?? '' };
      const again = await room.askRoute('GET /v1/runs/{run_id}/stream', {}, { params });
      await bodyOf(again);
      expect(again.headers).toMatchObject({ 'x-sluice-simulated': 'true' });
    },
  );

  test('begins behind the cursor that a repeated POST brings along', async () => {
    const { ask, calls } = await openThread();
    const turn = { content: 'hello', request_id: 'once' };
    const whole = await bodyOf(await ask('', turn));
    const ids = [...whole.matchAll(/^id: (\S+)$/gm)].map(([, cursor = '']) => cursor);
    for (const at of [0, 3, ids.length - 2]) {
      const rest = await bodyOf(await ask('', turn, { 'last-event-id': ids[at] ?? '' }));
      expect(rest).toBe(whole.slice(whole.indexOf(`id: ${ids[at + 1]}`)));
    }
    for (const none of ['0', '-1', '', 'nonsense', '0000000009.00000001'])
      expect(await bodyOf(await ask('', turn, { 'last-event-id': none }))).toBe(whole);
    expect(calls()).toBe(1);
  });
});

describe('one request id', () => {
  test('is one turn, whether its text is said as such or as a block', async () => {
    const { ask, calls } = await openThread();
    const as = (content: unknown) => ({ content, request_id: 'once' });
    const first = await bodyOf(await ask('', as('x')));
    expect(await bodyOf(await ask('', as([{ type: 'text', text: 'x' }])))).toBe(first);
    expect(calls()).toBe(1);
    await expect(ask('', as([{ type: 'text', text: 'y' }]))).rejects.toMatchObject({
      code: 'request_id_reused',
    });
  });

  test('in header and body may only be the same', async () => {
    const { ask } = await openThread();
    const turn = { content: 'hello', request_id: 'a' };
    await expect(ask('', turn, { 'idempotency-key': 'b' })).rejects.toMatchObject({ status: 400 });
    expect((await ask('', turn, { 'idempotency-key': 'a' })).status).toBe(200);
  });
});

test.each([
  ['white space', { content: ' \n\t' }, 'content'],
  ['blocks of white space', { content: [{ type: 'text', text: ' ' }] }, 'content'],
  [
    'two tools of one name',
    {
      content: 'x',
      tools: ['a', 'b', 'a'].map((name) => ({ name, input_schema: { type: 'object' } })),
    },
    'tools.2.name',
  ],
])('%s is a 400 before anything is written or paid', async (_kind, turn, param) => {
  const { ask, calls, deps, room, id } = await openThread();
  await expect(ask('', turn)).rejects.toMatchObject({ status: 400, facts: { param } });
  const thread = await deps.store.get({
    projectId: 'project_default',
    endUserId: null,
    threadId: id,
  });
  expect([thread?.lastSeq, calls(), (await room.state()).holdCount]).toEqual([0, 0, 0]);
});

test.each([
  ['a turn that interrupts', '', { content: 'never mind', concurrency: 'interrupt' }],
  ['an edit', '/1/edit', { content: 'never mind' }],
  ['another answer', '/2/regenerate', {}],
])('%s ends a run that waits for somebody, and is answered at once', async (_kind, what, turn) => {
  const { ask, deps, id } = await openThread();
  const tools = [{ name: 'look', input_schema: { type: 'object' } }];
  await bodyOf(await ask('', { content: 'look', tools }));
  const place = { projectId: 'project_default', endUserId: null, threadId: id };
  expect(await bodyOf(await ask(what, turn))).toContain('run.completed');
  expect(await deps.store.run({ ...place, seq: 2 })).toMatchObject({ status: 'cancelled' });
  expect(await deps.store.get(place)).toMatchObject({ activeRun: null, queue: [] });
});
