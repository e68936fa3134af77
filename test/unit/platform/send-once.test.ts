import { afterEach, expect, test } from 'vitest';
import * as z from 'zod';
import { outbound, systemResolve } from '../../../lambdas/platform/outbound.ts';
import { callWebhook } from '../../../lambdas/sre/actions/webhook.ts';
import { sendOnce } from '../../../lambdas/platform/send-once.ts';
import { readAnswer } from '../../../lambdas/sre/destinations/shared/read-answer.ts';
import { startFaultyServer } from '../../support/faulty-server.ts';

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** A receiver that does what it is asked, and answers in a coding that nobody here reads. */
const receiver = async (status: number) => {
  const server = await startFaultyServer();
  stops.push(() => server.stop());
  server.script((answer) =>
    answer.writeHead(status, { 'content-encoding': 'compress' }).end('done'),
  );
  return { url: server.url, calls: server.seen };
};
const send = sendOnce({
  send: outbound({ isLoopbackAllowed: true, resolve: systemResolve }),
  nowMs: () => 0,
  untilMs: 60_000,
});

test.each([
  [200, 'succeeded', 'It answered 200.'],
  [404, 'failed', 'It answered 404.'],
  [500, 'unknown', 'It answered 500.'],
])(
  'an action whose answer %i cannot be read is %s: it was received',
  async (status, state, result) => {
    const { url, calls } = await receiver(status);
    const plan = { kind: 'webhook', target: url, headers: {}, body: '{}' } as const;
    const deps = { send, secret: 'whsec_1', nowMs: () => 0, shown: (text: string) => text };
    expect(await callWebhook(plan, deps)).toEqual({ state, result, url: null });
    expect(calls).toHaveLength(1);
  },
);

test('a ticket whose opening was answered by what cannot be read may be there: it is looked for', async () => {
  const { url } = await receiver(201);
  const answer = await send({ url, method: 'POST', headers: {}, body: '{}' });
  const reader = { nowMs: () => 0, secrets: [] };
  const schema = z.looseObject({ id: z.string() });
  expect(readAnswer(reader, 'create', answer, schema)).toMatchObject({
    attempt: { kind: 'unknown' },
  });
});
