import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sharedE2e, say } from '../support/e2e.ts';
import { SocketTab } from '../support/socket-client.ts';
import { allFrames, threadClient } from '../support/thread-client.ts';

const e2e = sharedE2e();
beforeAll(async () => await e2e.start());
afterAll(async () => await e2e.stop());

const client = async (userId = 'ada') =>
  threadClient(e2e, (await e2e.mint({ user_id: userId })).secret);

/** Texts that JSON may carry and that keys of items, headers or URLs may not. */
const ODD_TEXTS: readonly [string, string][] = [
  ['half a surrogate pair', '\ud800'],
  ['a text of 256 characters that take three bytes each', '漢'.repeat(256)],
  ['a NUL', 'a\u0000b'],
  ['separators of keys', 'x#T#thread_1|y/../z'],
  ['a name of the language', '__proto__'],
];

/** As the server makes them, of whatever a client would like to have in it. */
const cursor = (...parts: readonly unknown[]) =>
  Buffer.from(JSON.stringify(parts)).toString('base64url');
const FORGED: readonly [string, string][] = [
  ['nothing', cursor('')],
  ['the end of everything', cursor('~~~~')],
  ['half a surrogate pair', cursor('\ud800')],
  ['too long a key', cursor('x'.repeat(600))],
  ['a key that is longer when it is encoded', cursor('/'.repeat(600))],
  ['another order', cursor('asc', '-1')],
  ['a number beyond all', cursor('desc', '1e300')],
  ['no text', cursor(1)],
];

const isRefusedOrTaken = async (answer: Response): Promise<void> => {
  const text = await answer.text();
  expect([answer.status < 500, answer.status, text]).toEqual([true, answer.status, text]);
};

describe.each(ODD_TEXTS)('%s', (_what, odd) => {
  test('as the name of an end user is taken or refused, and what is taken works', async () => {
    const minted = await e2e.admin('POST', '/v1/keys', {
      name: odd,
      user_id: odd,
      max_spend_usd: 1,
      metadata: { note: odd },
    });
    const text = await minted.clone().text();
    await isRefusedOrTaken(minted);
    for (const path of ['/v1/keys?user_id=', '/v1/threads?end_user_id=', '/v1/keys?name='])
      await isRefusedOrTaken(
        await e2e.admin('GET', `${path}${encodeURIComponent(odd.toWellFormed())}`),
      );
    if (minted.status !== 201) return;
    const user = threadClient(e2e, String(JSON.parse(text).secret));
    const answer = await user.post(await user.open(), 'hello');
    expect((await allFrames(answer)).at(-1)?.event).toBe('run.completed');
  });

  test('as the id of a request is taken or refused, over HTTP and sockets', async () => {
    const ada = await client();
    const thread = await ada.open();
    await isRefusedOrTaken(await ada.post(thread, 'hello', { request_id: odd }));
    await isRefusedOrTaken(await ada.post(thread, 'hello', { request_id: `${odd}2`, run: false }));
    await isRefusedOrTaken(
      await ada.api('POST', `/v1/threads/${thread}/fork`, { seq: 1, request_id: odd }),
    );
    const tab = await SocketTab.withTicket(e2e, ada.secret);
    tab.say({
      type: 'send',
      thread_id: thread,
      request_id: `${odd}3`,
      model: 'gpt-4o-mini',
      content: 'hi',
    });
    expect(JSON.stringify(await tab.ask({ type: 'ping' }, 'pong'))).not.toContain('internal');
    expect(JSON.stringify(tab.told)).not.toContain('internal');
    tab.cut();
  });

  test('in a title, in metadata, in what is said and in names is taken or refused', async () => {
    const ada = await client();
    await isRefusedOrTaken(
      await ada.api('POST', '/v1/threads', { title: odd.slice(0, 200), metadata: { note: odd } }),
    );
    const thread = await ada.open();
    await isRefusedOrTaken(await ada.post(thread, odd, { stream: false }));
    await isRefusedOrTaken(await ada.api('GET', `/v1/threads/${thread}/messages`));
    await isRefusedOrTaken(await ada.post(thread, 'hi', { model: odd }));
    await isRefusedOrTaken(await ada.post(thread, 'hi', { system: odd, stream: false }));
    await isRefusedOrTaken(
      await ada.api('POST', `/v1/threads/${thread}/tool-results/x`, { content: odd }),
    );
    await isRefusedOrTaken(
      await ada.api('POST', '/v1/ai/chat', {
        id: odd,
        model: 'gpt-4o-mini',
        messages: [{ id: odd, role: 'user', parts: [{ type: 'text', text: odd }] }],
      }),
    );
    await isRefusedOrTaken(
      await ada.api('POST', '/v1/responses', { model: 'gpt-4o-mini', input: odd }),
    );
    await isRefusedOrTaken(
      await ada.api('POST', '/v1/conversations', { metadata: { [odd]: odd } }),
    );
    await isRefusedOrTaken(
      await e2e.complete(ada.secret, { ...say(odd), metadata: { feature: odd } }),
    );
    await isRefusedOrTaken(await e2e.complete(ada.secret, { ...say('hi'), model: odd }));
  });
});

test.each(FORGED)(
  'a cursor that names %s is a page or a 400, on every list',
  async (_what, forged) => {
    const { secret, id } = await e2e.mint({ user_id: 'ada' });
    const ada = threadClient(e2e, secret);
    const thread = await ada.open();
    await allFrames(await ada.post(thread, 'hello'));
    for (const path of [`/v1/threads`, `/v1/threads/${thread}/messages`, `/v1/keys/${id}/usage`])
      await isRefusedOrTaken(await ada.api('GET', `${path}?cursor=${forged}`));
    for (const path of ['/v1/keys', '/v1/tools', '/v1/mcp-servers', '/v1/threads'])
      await isRefusedOrTaken(await e2e.admin('GET', `${path}?cursor=${forged}`));
  },
);

test('a feature that is no word of 64 characters is refused, however a turn is asked for', async () => {
  const ada = await client();
  const thread = await ada.open();
  const asked: readonly [string, object][] = [
    [`/v1/threads/${thread}/messages`, { model: 'gpt-4o-mini', content: 'hi' }],
    ['/v1/responses', { model: 'gpt-4o-mini', input: 'hi' }],
    ['/v1/responses/compact', { model: 'gpt-4o-mini', input: 'hi' }],
    [
      '/v1/ai/chat',
      {
        id: 'chat',
        model: 'gpt-4o-mini',
        messages: [{ id: 'm1', role: 'user', parts: [{ type: 'text', text: 'hi' }] }],
      },
    ],
    ['/v1/chat/completions', say('hi')],
  ];
  for (const [path, body] of asked) {
    const answer = await fetch(`${e2e.stack.baseUrl}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ada.secret}`, 'x-sluice-feature': 'x'.repeat(65) },
      body: JSON.stringify(body),
    });
    expect([path, answer.status, await answer.text()]).toEqual([
      path,
      400,
      expect.stringContaining('x-sluice-feature'),
    ]);
  }
});
