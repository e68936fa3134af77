import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { webhookSignature } from '../../lambdas/shared/webhook-signature.ts';
import { laptopTest } from '../support/deployed-stage.ts';
import { sharedE2e } from '../support/e2e.ts';
import { chat, jobClient } from '../support/job-client.ts';
import { eventually } from '../support/stack.ts';
import { startToolServer } from '../support/tool-server.ts';

/** Calls without a held connection, by the official SDK, as far as one stack shows them. */
const e2e = sharedE2e();
beforeAll(async () => await e2e.start());
afterAll(async () => await e2e.stop());

const named = (customId: string, call: object) => ({ custom_id: customId, ...call });

/** Reads a job's stream until these words came. */
const readUntil = async (secret: string, id: string, words: string): Promise<void> => {
  const { body } = await fetch(`${e2e.stack.baseUrl}/v1/jobs/${id}/stream`, {
    headers: { authorization: `Bearer ${secret}` },
  });
  const reader = body?.getReader();
  for (let seen = ''; !seen.includes(words);)
    seen += Buffer.from((await reader?.read())?.value ?? []).toString();
  await reader?.cancel();
};

describe('a job of one call', () => {
  test('answers at once, and has the answer of its route, paid by its key', async () => {
    const client = await jobClient(e2e);
    const made = await client.make({ ...chat('hi'), metadata: { of: 'me' } });
    expect(made).toMatchObject({ object: 'job', kind: 'call', metadata: { of: 'me' } });
    const job = await client.ended(made.id);
    expect(job).toMatchObject({
      status: 'completed',
      error: null,
      counts: { total: 1, completed: 1, failed: 0, not_run: 0 },
      result: {
        response: {
          status_code: 200,
          body: { object: 'chat.completion', choices: [{ message: { content: 'Hello' } }] },
        },
      },
    });
    const own = await e2e.own(client.secret);
    expect([own.held_micros, own.spent_micros]).toEqual([0, job.cost_micros]);
    expect(job.cost_micros).toBeGreaterThan(0);
    const raw = await client.text(`/jobs/${made.id}/results`);
    expect(raw.headers.get('content-type')).toContain('application/json');
    expect(JSON.parse(raw.text)).toEqual(job.result?.response?.body);
  });

  test('of a wrong model, or one that its provider fails, says so in the words of its route', async () => {
    const client = await jobClient(e2e);
    const wrong = await client.ended((await client.make(chat('hi', { model: 'nobody-1' }))).id);
    expect(wrong).toMatchObject({ status: 'failed', error: { code: 'model_not_found' } });
    expect(wrong.result?.response).toMatchObject({
      status_code: 404,
      body: { error: { code: 'model_not_found' } },
    });
    const broken = { model: 'gpt-4o-mini', input: 'fail mid-stream', max_output_tokens: 50 };
    const made = await client.make({ url: '/v1/responses', body: broken });
    const failed = await client.ended(made.id);
    expect(failed).toMatchObject({
      status: 'failed',
      counts: { completed: 0, failed: 1 },
      error: { code: 'server_error' },
      result: { response: { status_code: 200, body: { object: 'response', status: 'failed' } } },
    });
    const own = await e2e.own(client.secret);
    expect([own.held_micros, own.spent_micros]).toEqual([0, failed.cost_micros]);
  });
});

describe('a stream', () => {
  test('is read from every place as it came, while it comes and after', async () => {
    const client = await jobClient(e2e);
    const { id } = await client.make(chat('slow', { stream: true }));
    await readUntil(client.secret, id, 'word3');
    e2e.upstream.hurry();
    const whole = await client.text(`/jobs/${id}/stream`);
    const frames = whole.text.split(/(?<=\n\n)/).filter((frame) => frame.startsWith('id: '));
    expect(frames.length).toBeGreaterThan(10);
    expect(frames.at(-1)).toContain('[DONE]');
    await client.ended(id);
    for (const at of [0, 7, frames.length - 1]) {
      const cursor = /^id: (.*)$/m.exec(frames[at] ?? '')?.[1] ?? '';
      const rest = await client.text(`/jobs/${id}/stream`, { 'last-event-id': cursor });
      expect(rest.text.replaceAll(/^: .*\n\n/gm, '')).toBe(frames.slice(at + 1).join(''));
    }
    const stored = await client.text(`/jobs/${id}/results`);
    expect(stored.text).toBe(frames.join('').replaceAll(/^id: .*\n/gm, ''));
    expect((await client.text(`/jobs/${id}/stream?after=nonsense`)).status).toBe(400);
  });

  test('that is cancelled in the middle is paid for what came', async () => {
    const client = await jobClient(e2e);
    const { id } = await client.make(chat('endless', { stream: true }));
    await readUntil(client.secret, id, 'word3');
    expect((await client.cancel(id)).status).toBe('cancelling');
    const job = await client.ended(id);
    expect(job).toMatchObject({ status: 'cancelled' });
    const own = await e2e.own(client.secret);
    expect([own.held_micros, own.spent_micros]).toEqual([0, job.cost_micros]);
    expect((await client.cancel(id)).status).toBe('cancelled');
    const tail = await client.text(`/jobs/${id}/stream`);
    expect(tail.text).toContain('call_cancelled');
  });
});

describe('a batch', () => {
  test('makes every kind of call, each as its route does, and lists them in order', async () => {
    const client = await jobClient(e2e);
    const { id } = await client.make({
      requests: [
        named('chat', chat('hi')),
        named('claude', {
          url: '/v1/messages',
          body: {
            model: 'claude-haiku-4-5',
            max_tokens: 20,
            messages: [{ role: 'user', content: 'hi' }],
          },
        }),
        named('response', {
          url: '/v1/responses',
          body: { model: 'gpt-4o-mini', input: 'hi', max_output_tokens: 50 },
        }),
        named('vector', {
          url: '/v1/embeddings',
          body: { model: 'text-embedding-3-small', input: 'hi' },
        }),
        named('sound', {
          url: '/v1/audio/speech',
          body: { model: 'tts-1', voice: 'alloy', input: 'hi' },
        }),
        named('wrong', chat('hi', { messages: 7 })),
      ],
    });
    const job = await client.ended(id);
    expect(job).toMatchObject({
      status: 'completed',
      counts: { total: 6, completed: 5, failed: 1, not_run: 0 },
    });
    const lines = await client.lines(id);
    expect(lines.map((line) => [line.custom_id, line.response?.status_code])).toEqual([
      ['chat', 200],
      ['claude', 200],
      ['response', 200],
      ['vector', 200],
      ['sound', 200],
      ['wrong', 400],
    ]);
    expect(lines[1]?.response?.body).toMatchObject({ type: 'message' });
    expect(lines[2]?.response?.body).toMatchObject({ object: 'response', status: 'completed' });
    expect(lines[4]?.response?.content_type).toContain('audio');
    const own = await e2e.own(client.secret);
    expect(own.held_micros).toBe(0);
    expect(Math.abs(own.spent_micros - job.cost_micros)).toBeLessThanOrEqual(1);
    const first = await client.text(`/jobs/${id}/results?limit=4`);
    const cursor = first.headers.get('x-sluice-next-cursor') ?? '';
    const second = await client.text(`/jobs/${id}/results?limit=4&cursor=${cursor}`);
    expect(`${first.text}${second.text}`.split('\n').length - 1).toBe(6);
    expect(second.headers.get('x-sluice-next-cursor')).toBeNull();
  });

  test('waits for a place where its key may make one call at a time', async () => {
    const client = await jobClient(e2e, { user_id: 'ada', max_concurrency: 1 });
    const { id } = await client.make({
      requests: ['a', 'b', 'c', 'd', 'e'].map((name) => named(name, chat('hi'))),
    });
    expect(await client.ended(id)).toMatchObject({ status: 'completed', counts: { completed: 5 } });
  });

  const CAPPED = 'stops at the cap of its key, and says so of each call that was not made';
  laptopTest(CAPPED, 'an emulated job that waits is begun again after minutes', async () => {
    const client = await jobClient(e2e, { user_id: 'ada', max_spend_usd: 0.000_1 });
    const { id } = await client.make({
      requests: Array.from({ length: 30 }, (_, index) => named(`r${index}`, chat('hi'))),
    });
    const job = await client.ended(id);
    expect(job).toMatchObject({ status: 'failed', error: { code: 'key_cap_exceeded' } });
    expect(job.counts.not_run).toBeGreaterThan(0);
    const lines = await client.lines(id);
    expect(lines).toHaveLength(30);
    expect(lines.at(-1)?.error).toMatchObject({ code: 'key_cap_exceeded' });
    const own = await e2e.own(client.secret);
    expect(own.held_micros).toBe(0);
    expect(own.spent_micros).toBeLessThanOrEqual(100);
  });
});

describe('a request for a job', () => {
  test('makes one job for one idempotency key, and none for another body under it', async () => {
    const client = await jobClient(e2e);
    const [one, two] = await Promise.all([1, 2].map(() => client.make(chat('hi'), 'same')));
    expect(two?.id).toBe(one?.id);
    await expect(client.make(chat('other'), 'same')).rejects.toMatchObject({
      status: 409,
      code: 'request_id_reused',
    });
    await client.ended(one?.id ?? '');
    expect((await client.make(chat('hi'), 'same')).id).toBe(one?.id);
  });

  test.each([
    ['no call', {}, 'url'],
    ['a route that is none', { url: '/v1/nothing', body: {} }, 'url'],
    ['a job in a job', { url: '/v1/jobs', body: {} }, 'url'],
    ['both', { ...chat('hi'), requests: [named('a', chat('hi'))] }, 'url'],
    ['no body', { url: '/v1/chat/completions' }, 'body'],
    ['an empty batch', { requests: [] }, 'requests'],
    [
      'a name twice',
      { requests: [named('a', chat('hi')), named('a', chat('hi'))] },
      'requests.1.custom_id',
    ],
    [
      'a stream in a batch',
      { requests: [named('a', chat('hi', { stream: true }))] },
      'requests.0.body.stream',
    ],
    ['a webhook inside', { ...chat('hi'), webhook: { url: 'https://10.0.0.1/' } }, 'webhook.url'],
    ['an unknown field', { ...chat('hi'), priority: 1 }, 'priority'],
  ])('with %s is refused by the name of its field', async (_, body, param) => {
    const client = await jobClient(e2e);
    await expect(client.openai.post('/jobs', { body })).rejects.toMatchObject({
      status: 400,
      param,
    });
  });

  test('of more than its bytes is refused before anything is held', async () => {
    const client = await jobClient(e2e);
    const large = chat('x'.repeat(5_100_000));
    await expect(client.openai.post('/jobs', { body: large })).rejects.toMatchObject({
      status: 413,
    });
  });
});

test('who is not its owner sees nothing of a job, and nobody of a deleted one', async () => {
  const client = await jobClient(e2e);
  const { id } = await client.make(chat('hi'));
  await client.ended(id);
  const eve = await jobClient(e2e, { user_id: 'eve' });
  for (const path of [`/jobs/${id}`, `/jobs/${id}/results`, `/jobs/${id}/stream`])
    expect((await eve.text(path)).status).toBe(404);
  const list = await eve.text('/jobs');
  expect(JSON.parse(list.text)).toMatchObject({ data: [] });
  expect((await client.text('/jobs')).text).toContain(id);
  await client.openai.delete(`/jobs/${id}`);
  expect((await client.text(`/jobs/${id}`)).status).toBe(404);
  expect((await client.text('/jobs')).text).not.toContain(id);
});

const WEBHOOK = 'a webhook is posted when the job is over, signed, with an id';
laptopTest(WEBHOOK, 'a stage calls public addresses alone', async () => {
  const client = await jobClient(e2e);
  const server = await startToolServer([{ status: 200, body: '' }]);
  const made = await client.make({ ...chat('hi'), webhook: { url: server.url } });
  const secret = made.webhook?.secret ?? '';
  expect(secret.length).toBeGreaterThan(32);
  await eventually(async () =>
    expect((await client.read(made.id)).webhook).toEqual({
      url: server.url,
      status: 'delivered',
      tries: 1,
      last: 'status 200',
    }),
  );
  const [heard] = server.heard;
  const headers = heard?.headers ?? {};
  expect(headers['x-sluice-webhook-id']).toBe(made.id);
  expect(headers['x-sluice-signature']).toBe(
    webhookSignature(secret, Number(headers['x-sluice-timestamp']), heard?.body ?? ''),
  );
  expect(JSON.parse(heard?.body ?? '{}')).toMatchObject({
    id: made.id,
    type: 'job.ended',
    data: { status: 'completed' },
  });
  server.stop();
});
