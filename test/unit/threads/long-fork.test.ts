import { expect, test } from 'vitest';
import * as z from 'zod';
import { stepOfMessage } from '../../../lambdas/threads/domain/step-of-message.ts';
import { copyFork } from '../../../lambdas/threads/usecases/copy-fork.ts';
import { chatRoom } from '../../support/chat-room.ts';

const view = z.looseObject({ id: z.string(), last_seq: z.number(), status: z.string().optional() });

test('a fork of a long history goes on behind its answer, is seen whole or not at all, and found by its request id', async () => {
  const room = await chatRoom('http://127.0.0.1:9', { stepMs: 6_000 });
  const { id } = view.parse((await room.ask('POST /v1/threads', {})).body);
  const place = { projectId: 'project_default', endUserId: null, threadId: id };
  for (let at = 0; at < 10; at++) {
    const record = { requestId: `r${at}`, bodyHash: 'b', expiresAtMs: Date.now() + 60_000 };
    const lines = Array.from({ length: 90 }, (_, line) => `line ${at * 90 + line}`);
    const steps = lines.map((text) =>
      stepOfMessage({ role: 'user', content: [{ type: 'text', text }] }, record.requestId, 0),
    );
    await room.deps.store.append(place, record, steps);
  }
  const fork = async () => {
    const params = { thread_id: id };
    const route = 'POST /v1/threads/{thread_id}/fork';
    const { status, body } = await room.ask(route, { seq: 900, request_id: 'once' }, { params });
    return { status, body: view.parse(body) };
  };
  const first = await fork();
  expect(first).toMatchObject({ status: 202, body: { status: 'copying', request_id: 'once' } });
  const made = { ...place, threadId: first.body.id };
  let parts = 0;
  for (let task = room.forked.shift(); task !== undefined; task = room.forked.shift()) {
    expect(await room.deps.store.get(made)).toBeNull();
    parts++;
    // As Lambda hands it over.
    const handed: typeof task = JSON.parse(JSON.stringify(task));
    await copyFork({ ...room.forkDeps }, handed, room.forkDeps.timers.nowMs() + 15_000);
  }
  expect(parts).toBeGreaterThan(1);
  expect(await room.deps.store.get(made)).toMatchObject({ lastSeq: 900 });
  expect(await fork()).toMatchObject({ status: 201, body: { id: first.body.id, last_seq: 900 } });
});
