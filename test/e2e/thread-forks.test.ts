import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { sharedE2e } from '../support/e2e.ts';
import { allFrames, textOfRow, threadClient } from '../support/thread-client.ts';

const e2e = sharedE2e();
beforeAll(async () => await e2e.start());
afterAll(async () => await e2e.stop());

const threadView = z.looseObject({
  id: z.string(),
  title: z.string().nullable(),
  last_seq: z.number(),
});
const client = async (userId: string) =>
  threadClient(e2e, (await e2e.mint({ user_id: userId })).secret);
type Client = Awaited<ReturnType<typeof client>>;

const fork = async (by: Client, thread: string, body: object) => {
  const answer = await by.api('POST', `/v1/threads/${thread}/fork`, body);
  expect(answer.status).toBe(201);
  return threadView.parse(await answer.json());
};

test('a fork goes on from its seq with what was said before, and the origin does not notice', async () => {
  const ada = await client('ada');
  const thread = await ada.open({ title: 'origin', metadata: { plan: 'free' } });
  for (const words of ['first words', 'second words'])
    await allFrames(await ada.post(thread, words));
  const made = await fork(ada, thread, { seq: 2, title: 'other way' });
  expect(made).toMatchObject({
    title: 'other way',
    metadata: { plan: 'free' },
    end_user_id: 'ada',
    last_seq: 2,
    forked_from: { thread_id: thread, seq: 2 },
  });
  await allFrames(await ada.post(made.id, 'third words'));
  expect(e2e.upstream.bodies.at(-1)).toMatchObject({
    messages: [
      { role: 'user', content: 'first words' },
      { role: 'assistant', content: 'word0 word1 word2 word3 word4 ' },
      { role: 'user', content: 'third words' },
    ],
  });
  expect((await ada.messages(made.id)).data.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
  const origin = await ada.messages(thread);
  expect(origin.data.map(textOfRow)).toEqual(
    ['first words', 'second words'].flatMap((words) => [words, 'word0 word1 word2 word3 word4 ']),
  );
});

test('a fork outlives its origin, large messages too', async () => {
  const ada = await client('ada');
  const thread = await ada.open();
  const content = [0, 1].map((n) => ({ type: 'text', text: String(n).repeat(200_000) }));
  await ada.api('POST', `/v1/threads/${thread}/messages`, { run: false, content });
  const made = await fork(ada, thread, { seq: 1, request_id: 'f' });
  expect((await ada.api('DELETE', `/v1/threads/${thread}`)).status).toBe(200);
  expect((await ada.messages(made.id)).data[0]?.content).toEqual(content);
});

test('forked again with its id is the same fork, by body or by header, and another body is refused', async () => {
  const ada = await client('ada');
  const thread = await ada.open();
  await allFrames(await ada.post(thread, 'hello'));
  const made = await fork(ada, thread, { seq: 2, request_id: 'once' });
  const again = await fetch(`${e2e.stack.baseUrl}/v1/threads/${thread}/fork`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ada.secret}`, 'idempotency-key': 'once' },
    body: JSON.stringify({ seq: 2 }),
  });
  expect(threadView.parse(await again.json()).id).toBe(made.id);
  const other = await ada.api('POST', `/v1/threads/${thread}/fork`, { seq: 1, request_id: 'once' });
  expect([other.status, await other.text()]).toEqual([
    409,
    expect.stringContaining('request_id_reused'),
  ]);
});

test("a fork that cannot be says which field is wrong, and somebody else's thread is not there", async () => {
  const ada = await client('ada');
  const eve = await client('eve');
  const thread = await ada.open();
  await allFrames(await ada.post(thread, 'hello'));
  const refused = async (by: Client, body: object) => {
    const answer = await by.api('POST', `/v1/threads/${thread}/fork`, body);
    const { error } = z
      .looseObject({ error: z.looseObject({ code: z.string(), param: z.string().optional() }) })
      .parse(await answer.json());
    return [answer.status, error.code, error.param];
  };
  expect(await refused(ada, { seq: 3 })).toEqual([400, 'invalid_request', 'seq']);
  expect(await refused(ada, { seq: 0 })).toEqual([400, 'invalid_request', 'seq']);
  expect(await refused(ada, {})).toEqual([400, 'invalid_request', 'seq']);
  expect(await refused(ada, { seq: 1, title: '' })).toEqual([400, 'invalid_request', 'title']);
  expect(await refused(eve, { seq: 1 })).toEqual([404, 'not_found', undefined]);
});
