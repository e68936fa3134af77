import { expect, test } from 'vitest';
import * as z from 'zod';
import { WAITING_RUNS_MAX } from '../../lambdas/threads/domain/limits.ts';
import { laptopTest } from '../support/deployed-stage.ts';
import type { E2e } from '../support/e2e.ts';
import { allFrames, frames, threadClient } from '../support/thread-client.ts';

const MODEL = { model: 'gpt-4o-mini', max_tokens: 100 };
const BMP = Buffer.from('BM and its pixels').toString('base64');
const BMP_IMAGE = { type: 'image', source: { type: 'base64', media_type: 'image/bmp', data: BMP } };
/** As many as the runtime serves side by side without a queue of its own. */
const WAITERS_AT_ONCE = 5;
const queued = z.looseObject({ id: z.string().startsWith('resp_'), status: z.literal('queued') });
const blocks = (count: number) =>
  Array.from({ length: count }, () => ({ type: 'text', text: 'x' }));
const NOBODY = `run_${'0'.repeat(20)}_2`;

/** What threads refuse, each with its code, the thread unharmed. */
export const threadBadInputTests = (e2e: E2e): void => {
  const client = async (userId: string) =>
    threadClient(e2e, (await e2e.mint({ user_id: userId })).secret);
  type Client = Awaited<ReturnType<typeof client>>;
  const unharmed = async (ada: Client, thread: string, messages = 2): Promise<void> => {
    expect((await allFrames(await ada.post(thread, 'go on'))).at(-1)?.event).toBe('run.completed');
    expect((await ada.messages(thread)).data).toHaveLength(messages);
  };

  test("somebody else's thread and run answer the same 404 as those that never were", async () => {
    const [ada, eve] = [await client('ada'), await client('eve')];
    const thread = await ada.open();
    const answer = await ada.post(thread, 'mine');
    const run = answer.headers.get('x-sluice-run-id') ?? '';
    await allFrames(answer);
    const bodies: Record<string, Set<string>> = { threads: new Set(), runs: new Set() };
    const ask = async (kind: 'threads' | 'runs', method: string, path: string, body?: unknown) => {
      const refused = await eve.api(method, `/v1/${kind}/${path}`, body);
      expect(refused.status).toBe(404);
      bodies[kind]?.add((await refused.text()).replace(/req_\w+/, ''));
    };
    for (const id of [thread, `thread_${'0'.repeat(20)}`, 'nonsense']) {
      for (const path of ['', '/messages', '/stream']) await ask('threads', 'GET', `${id}${path}`);
      await ask('threads', 'POST', `${id}/messages`, { ...MODEL, content: 'let me in' });
      await ask('threads', 'POST', `${id}/tool-results/call_1`, { content: 'x' });
    }
    for (const id of [run, NOBODY, 'nonsense']) {
      for (const path of ['', '/stream']) await ask('runs', 'GET', `${id}${path}`);
      await ask('runs', 'POST', `${id}/cancel`);
    }
    expect([bodies['threads']?.size, bodies['runs']?.size]).toEqual([1, 1]);
    const admin = await e2e.admin('GET', `/v1/threads/${thread}`);
    expect(await admin.json()).toMatchObject({ id: thread, end_user_id: 'ada' });
    await unharmed(ada, thread, 4);
  });

  test.each<[string, string, unknown, number, string, string]>([
    ['GET', '/messages?cursor=zzz', undefined, 400, 'cursor_invalid', 'cursor'],
    ['GET', '/messages?limit=0', undefined, 400, 'invalid_request', 'limit'],
    ['GET', '/stream?after=zzz', undefined, 400, 'cursor_invalid', 'after'],
    ['GET', '/stream?after=0000000002.00000000', undefined, 400, 'cursor_invalid', 'after'],
    ['POST', '/messages', { ...MODEL, content: '' }, 400, 'invalid_request', 'content'],
    ['POST', '/messages', { ...MODEL, content: [] }, 400, 'invalid_request', 'content'],
    ['POST', '/messages', { ...MODEL, content: 'x', colour: 1 }, 400, 'invalid_request', 'colour'],
    ['POST', '/messages', { ...MODEL, content: 'x', model: 'nobody' }, 404, 'model_not_found', ''],
    [
      'POST',
      '/messages',
      { ...MODEL, content: 'x'.repeat(300_000) },
      400,
      'block_too_large',
      'content.0',
    ],
    [
      'POST',
      '/messages',
      { ...MODEL, content: blocks(10_000) },
      400,
      'invalid_request',
      'content: must have at most 1000 entries',
    ],
    [
      'POST',
      '/messages',
      { ...MODEL, content: [BMP_IMAGE] },
      400,
      'invalid_request',
      'content.0.source.media_type: ',
    ],
    [
      'POST',
      '/messages',
      { ...MODEL, content: [{ type: 'video' }] },
      400,
      'invalid_request',
      'content.0.type: ',
    ],
    ['POST', '/tool-results/call_1', { content: 'late' }, 409, 'run_ended', 'call_1'],
  ])('%s %s %j is a %d %s that names "%s"', async (method, path, body, status, code, named) => {
    const ada = await client('ada');
    const thread = await ada.open();
    const answer = await ada.api(method, `/v1/threads/${thread}${path}`, body);
    expect([answer.status, await answer.json()]).toEqual([
      status,
      { error: expect.objectContaining({ code, message: expect.stringContaining(named) }) },
    ]);
    await unharmed(ada, thread);
  });

  test('an idle thread has nothing to stream', async () => {
    const ada = await client('ada');
    expect((await ada.api('GET', `/v1/threads/${await ada.open()}/stream`)).status).toBe(204);
  });

  laptopTest(
    'a body over the event limit is a 413 with the limit',
    'the emulator has no limit of an event',
    async () => {
      const ada = await client('ada');
      const thread = await ada.open();
      const answer = await ada.post(thread, 'x'.repeat(6_300_000));
      expect([answer.status, await answer.json()]).toMatchObject([
        413,
        { error: { code: 'body_too_large', message: expect.stringContaining('6291456') } },
      ]);
      await unharmed(ada, thread);
    },
  );

  test('a cursor beyond the end of a run that is over is refused, and the stream goes on from its own', async () => {
    const ada = await client('ada');
    const thread = await ada.open();
    const answer = await ada.post(thread, 'hello');
    const run = answer.headers.get('x-sluice-run-id') ?? '';
    const told = await allFrames(answer);
    for (const path of [`threads/${thread}`, `runs/${run}`]) {
      const beyond = await ada.api('GET', `/v1/${path}/stream?after=0000000002.00009999`);
      expect([beyond.status, await beyond.json()]).toMatchObject([
        400,
        { error: { code: 'cursor_invalid', param: 'after' } },
      ]);
      const rest = await ada.api('GET', `/v1/${path}/stream?after=${told[0]?.id ?? ''}`);
      expect(await allFrames(rest)).toEqual(told.slice(1));
    }
    await unharmed(ada, thread, 4);
  });

  laptopTest(
    'a cursor beyond what a running answer has told is refused at once, and the answer goes on',
    'a buffered answer is over when it is read',
    async () => {
      const ada = await client('ada');
      const thread = await ada.open();
      const answer = await ada.post(thread, 'slow');
      const reader = frames(answer);
      const first = await reader.next();
      const beyond = await ada.api('GET', `/v1/threads/${thread}/stream?after=0000000002.00009999`);
      expect([beyond.status, await beyond.json()]).toMatchObject([
        400,
        { error: { code: 'cursor_invalid', param: 'after' } },
      ]);
      const after = first.done === true ? '' : first.value.id;
      const resumed = await ada.api('GET', `/v1/threads/${thread}/stream?after=${after}`);
      e2e.upstream.hurry();
      const told = await allFrames(resumed);
      expect(told.at(-1)?.event).toBe('run.completed');
      const own = [];
      for await (const frame of reader) own.push(frame);
      expect(told).toEqual(own);
    },
  );

  laptopTest(
    'behind 100 runs that wait another one is refused, writes nothing, and has its place when one is free',
    'an emulated function takes a second',
    async () => {
      const ada = await client('ada');
      const thread = await ada.open();
      const tools = [{ name: 'look', description: 'looks', input_schema: { type: 'object' } }];
      // A run that waits for its client keeps its thread busy, and asks nobody.
      const told = await allFrames(await ada.post(thread, 'look', { tools }));
      expect(told.at(-1)?.event).toBe('run.requires_action');
      const turn = { model: 'gpt-4o-mini', conversation: thread.replace('thread_', 'conv_') };
      const wait = async () =>
        await ada.api('POST', '/v1/responses', { ...turn, input: 'later', background: true });
      const waiting: string[] = [];
      while (waiting.length < WAITING_RUNS_MAX) {
        const answers = await Promise.all(Array.from({ length: WAITERS_AT_ONCE }, wait));
        for (const answer of answers)
          waiting.push(queued.parse(await answer.json()).id.replace('resp_', 'run_'));
      }
      const state = async () => {
        const meta: unknown = await (await ada.api('GET', `/v1/threads/${thread}`)).json();
        return meta;
      };
      const before = await state();
      expect(before).toMatchObject({ last_seq: 2 + 2 * WAITING_RUNS_MAX });
      const oneMore = async () => await ada.post(thread, 'one more', { request_id: 'one more' });
      for (const [answer, status, code] of [
        [await oneMore(), 429, 'thread_queue_full'],
        [await wait(), 429, 'thread_queue_full'],
        [await ada.post(thread, 'now', { concurrency: 'interrupt' }), 429, 'thread_queue_full'],
        [await ada.post(thread, 'now', { concurrency: 'reject' }), 409, 'thread_busy'],
      ] as const)
        expect([answer.status, await answer.json()]).toMatchObject([status, { error: { code } }]);
      expect(await state()).toEqual(before);
      await ada.api('POST', `/v1/runs/${waiting[50] ?? ''}/cancel`);
      expect((await wait()).status).toBe(200);
      expect((await oneMore()).status).toBe(429);
      expect((await ada.api('DELETE', `/v1/threads/${thread}`)).status).toBe(200);
      expect(e2e.upstream.bodies.filter((body) => JSON.stringify(body).includes('later'))).toEqual(
        [],
      );
    },
  );

  test('a result for a call that nobody made, or whose run is over, is refused', async () => {
    const ada = await client('ada');
    const thread = await ada.open();
    const tools = [{ name: 'look', description: 'looks', input_schema: { type: 'object' } }];
    const told = await allFrames(await ada.post(thread, 'look', { tools }));
    const path = `/v1/threads/${thread}/tool-results/call_1`;
    const other = await ada.api('POST', `${path}0`, { content: 'x' });
    expect([other.status, await other.json()]).toMatchObject([
      409,
      { error: { code: 'run_ended' } },
    ]);
    expect((await ada.api('POST', path, { content: 'a door' })).status).toBe(202);
    const after = told.at(-1)?.id ?? '';
    const rest = await allFrames(
      await ada.api('GET', `/v1/threads/${thread}/stream?after=${after}`),
    );
    expect(rest.at(-1)?.event).toBe('run.completed');
    const late = await ada.api('POST', path, { content: 'a window' });
    expect([late.status, await late.json()]).toMatchObject([409, { error: { code: 'run_ended' } }]);
    expect(JSON.stringify((await ada.messages(thread)).data[1])).not.toContain('window');
    await unharmed(ada, thread, 4);
  });
};
