import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { requestKey } from '../../../lambdas/threads/adapters/threads/thread-keys.ts';
import { postMessageBody } from '../../../lambdas/threads/dialects/native/formats/message-format.ts';
import { bodyOf, chatRoom } from '../../support/chat-room.ts';
import { startUpstream, type Upstream } from '../../support/upstream.ts';

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(() => upstream.stop());

/** As versions before 30 November 2026 hashed a body, its one text as the block that it came as. */
const hashBefore = (path: string, canonicalJson: string): string =>
  createHash('sha256').update(`${path}\n${canonicalJson}`).digest('hex');

const BLOCK = [{ type: 'text', text: 'hello' }];
const UI = [{ id: 'u1', role: 'user', parts: BLOCK }];

test.each([
  [
    'POST /v1/ai/chat',
    { id: 'a chat', model: 'gpt-4o-mini', max_tokens: 100, messages: UI },
    'u1',
    '{"content":[{"text":"hello","type":"text"}],"model":"gpt-4o-mini"}',
  ],
  [
    'POST /v1/threads/{thread_id}/messages',
    { model: 'gpt-4o-mini', max_tokens: 100, content: BLOCK, request_id: 'r1', stream: true },
    'r1',
    null,
  ],
])('a turn of an earlier version that is sent again by %s is one turn', async (...row) => {
  const [route, body, requestId, canonicalJson] = row;
  const { ask, tables, deps } = await chatRoom(upstream.url);
  const opened = JSON.stringify((await ask('POST /v1/threads', {})).body);
  const params = { thread_id: /thread_[0-9a-z]{20}/.exec(opened)?.[0] ?? '' };
  const calls = upstream.bodies.length;
  const first = await ask(route, body, { params });
  const whole = await bodyOf(first);
  const threadId = String(first.headers?.['x-sluice-run-id']).replace(
    /^run_(.+)_\d+$/,
    'thread_$1',
  );
  const place = { projectId: 'project_default', endUserId: null, threadId };
  const path = route.replace('POST ', '').replace('{thread_id}', threadId);
  const former = hashBefore(path, canonicalJson ?? canonicalTurn(body));
  await tables.write({
    kind: 'update',
    table: 'threads',
    key: requestKey(place, requestId),
    update: 'SET body_hash = :former',
    values: { ':former': former },
  });
  expect(await bodyOf(await ask(route, body, { params }))).toBe(whole);
  expect(upstream.bodies.length - calls).toBe(1);
  expect(await deps.store.get(place)).toMatchObject({ lastSeq: 2, superseded: [] });
});

/** The native body with its defaults, as its schema reads it. */
const canonicalTurn = (body: object): string => {
  const { stream: _stream, request_id: _id, ...asked } = postMessageBody.parse(body);
  return canonicalize(asked) ?? '';
};
