import { afterAll, beforeAll, expect, test } from 'vitest';
import { deployedStage, laptopSuite } from '../support/deployed-stage.ts';
import { sharedE2e } from '../support/e2e.ts';
import { allFrames, frames, threadClient, type Frame } from '../support/thread-client.ts';

const e2e = sharedE2e();
beforeAll(async () => await e2e.start());
afterAll(async () => await e2e.stop());

const client = async (userId: string) =>
  threadClient(e2e, (await e2e.mint({ user_id: userId })).secret);
type Client = Awaited<ReturnType<typeof client>>;

const named = ({ event, data }: Frame): string =>
  event === 'thread.updated' ? event : `${event} ${String(data['seq'])}`;

/** A tab that watches a thread: its events so far, and when there are so many. */
const watch = async (by: Client, thread: string, query = '') => {
  const answer = await by.api('GET', `/v1/threads/${thread}/events${query}`);
  expect(answer.status).toBe(200);
  const source = frames(answer);
  return {
    next: async (count: number): Promise<readonly Frame[]> => {
      const told: Frame[] = [];
      while (told.length < count) {
        const { value, done } = await source.next();
        if (done === true) throw new Error(`the events ended after ${told.map(named).join()}`);
        told.push(value);
      }
      return told;
    },
    ended: async (): Promise<boolean> => (await source.next()).done === true,
    leave: async (): Promise<void> => void (await source.return(undefined)),
  };
};

laptopSuite('a watched thread', 'a buffered stage tells events when there are any', () => {
  test('tells a tab what another one does, with where the answer is read', async () => {
    const ada = await client('ada');
    const thread = await ada.open({ title: 'first' });
    const tab = await watch(ada, thread);
    expect(await tab.next(1)).toMatchObject([
      { event: 'thread.updated', data: { thread_id: thread, thread: { title: 'first' } } },
    ]);
    const answer = await ada.post(thread, 'hello', { request_id: 'mine' });
    const run = answer.headers.get('x-sluice-run-id');
    const last = (await allFrames(answer)).at(-1);
    expect(await tab.next(4)).toMatchObject([
      {
        event: 'message.created',
        data: { seq: 1, role: 'user', run_id: null, request_id: 'mine', status: 'complete' },
      },
      {
        event: 'message.created',
        data: { seq: 2, role: 'assistant', run_id: run, status: 'streaming' },
      },
      { event: 'run.started', data: { run_id: run, seq: 2 } },
      {
        event: 'run.ended',
        data: { run_id: run, status: 'complete', stop_reason: 'end_turn', cursor: last?.id },
      },
    ]);
    await ada.api('PATCH', `/v1/threads/${thread}`, { title: 'second' });
    expect(await tab.next(1)).toMatchObject([{ data: { thread: { title: 'second' } } }]);
    await ada.api('DELETE', `/v1/threads/${thread}`);
    expect(await tab.next(1)).toMatchObject([{ event: 'thread.updated', data: { deleted: true } }]);
    expect(await tab.ended()).toBe(true);
    expect((await ada.api('GET', `/v1/threads/${thread}/events`)).status).toBe(404);
  });

  test('tells of waiting runs, edits and messages without a run', async () => {
    const ada = await client('ada');
    const thread = await ada.open();
    const tab = await watch(ada, thread);
    const answers = [await ada.post(thread, 'slow'), await ada.post(thread, 'next')];
    e2e.upstream.hurry();
    for (const answer of answers) await allFrames(answer);
    await allFrames(
      await ada.api('POST', `/v1/threads/${thread}/messages/3/edit`, {
        model: 'gpt-4o-mini',
        content: 'other',
      }),
    );
    await ada.api('POST', `/v1/threads/${thread}/messages`, { run: false, content: 'a note' });
    const told = await tab.next(14);
    expect(told.map(named)).toEqual([
      'thread.updated',
      'message.created 1',
      'message.created 2',
      'run.started 2',
      'message.created 3',
      'message.created 4',
      'run.ended 2',
      'run.started 4',
      'run.ended 4',
      'message.created 5',
      'message.created 6',
      'run.started 6',
      'run.ended 6',
      'message.created 7',
    ]);
    expect(told[5]?.data).toMatchObject({ status: 'queued' });
    expect(told[9]?.data).toMatchObject({ supersedes_from: 3 });
    await tab.leave();
  });

  test('goes on behind any cursor, by query or by header, without a gap or a repetition', async () => {
    const ada = await client('ada');
    const thread = await ada.open();
    const tab = await watch(ada, thread);
    for (const words of ['one', 'two']) await allFrames(await ada.post(thread, words));
    await ada.api('PATCH', `/v1/threads/${thread}`, { metadata: { a: '1' } });
    const told = await tab.next(10);
    await tab.leave();
    for (const [index, { id }] of told.slice(0, -1).entries()) {
      const rest = told.slice(index + 1).map(named);
      const again = await watch(ada, thread, `?after=${id}`);
      expect((await again.next(rest.length)).map(named)).toEqual(rest);
      await again.leave();
      const byHeader = await fetch(`${e2e.stack.baseUrl}/v1/threads/${thread}/events`, {
        headers: { authorization: `Bearer ${ada.secret}`, 'last-event-id': id },
      });
      const first = await frames(byHeader).next();
      expect(first.done === true ? null : named(first.value)).toBe(rest[0]);
    }
    for (const start of ['0', '-1', '']) {
      const again = await watch(ada, thread, `?after=${start}`);
      expect((await again.next(1)).map(named)).toEqual(told.slice(0, 1).map(named));
      await again.leave();
    }
  });
});

test('a thread of somebody else has no events, and a foreign cursor is refused', async () => {
  const ada = await client('ada');
  const eve = await client('eve');
  const thread = await ada.open();
  expect((await eve.api('GET', `/v1/threads/${thread}/events`)).status).toBe(404);
  for (const after of ['0000000001.00000000', 'x', '5-1-0-1', '0-9-0-1', '0-1-9-1']) {
    const answer = await ada.api('GET', `/v1/threads/${thread}/events?after=${after}`);
    expect([answer.status, await answer.text()]).toEqual([
      400,
      expect.stringContaining('cursor_invalid'),
    ]);
  }
});

test('a client learns how soon to come back, and a buffered stage answers as soon as there is something', async () => {
  const ada = await client('ada');
  const thread = await ada.open();
  const answer = await ada.api('GET', `/v1/threads/${thread}/events?after=`);
  expect(answer.headers.get('content-type')).toContain('text/event-stream');
  if (deployedStage === null) {
    const { value } = (await answer.body?.getReader().read()) ?? {};
    expect(new TextDecoder().decode(value)).toMatch(/^retry: 1000\n/);
  } else expect(await answer.text()).toMatch(/^retry: 1000\n\nid: .*\nevent: thread.updated\n/);
});
