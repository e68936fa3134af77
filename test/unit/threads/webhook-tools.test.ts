import { createHmac } from 'node:crypto';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { ALIASES_OF_PROJECTS } from '../../../lambdas/threads/wire/aliases.ts';
import { callWebhook } from '../../../lambdas/threads/tools/adapters/call-webhook.ts';
import { webhookSignature } from '../../../lambdas/shared/webhook-signature.ts';
import { outbound, systemResolve } from '../../../lambdas/platform/outbound.ts';
import { newRun } from '../../support/thread-rows.ts';
import { startToolServer, type Heard, type ToolServer } from '../../support/tool-server.ts';
import { registered } from '../../support/tools.ts';
import type { Timers } from '../../../lambdas/shared/deps.ts';

const NOW_MS = Date.UTC(2026, 10, 24);
const RUN = newRun(NOW_MS);
const USE = { type: 'tool_use', id: 'call_1', name: 'look', input: { at: 1 } } as const;
const never = new AbortController().signal;

const pauses: number[] = [];
const timers: Timers = {
  nowMs: () => NOW_MS,
  sleep: async (ms) => void pauses.push(ms),
};
const call = callWebhook({
  send: outbound({ isLoopbackAllowed: true, resolve: systemResolve }),
  timers,
  aliases: ALIASES_OF_PROJECTS,
});

const withServer = async <T>(
  answers: ToolServer['answers'],
  use: (server: ToolServer) => Promise<T>,
): Promise<T> => {
  const server = await startToolServer(answers);
  pauses.length = 0;
  try {
    return await use(server);
  } finally {
    server.stop();
  }
};

test('a signature is what the documents say: hex HMAC-SHA256 of timestamp, dot, body', () => {
  // printf '1.{}' | openssl dgst -sha256 -hmac key
  expect(webhookSignature('key', 1, '{}')).toBe(
    '1ba6b8171186efc613e8bcc0cbdab2748f24984d7c5a84faa2637afa0e40d224',
  );
});

describe('an answer that its server coded', () => {
  const body = '{"output":"a door"}';
  const answer = async (coding: string, bytes: Uint8Array) =>
    await withServer(
      [{ status: 200, body: bytes, headers: { 'content-encoding': coding } }],
      async (server) => ({
        outcome: await call(registered({ webhookUrl: server.url }), RUN, USE, never),
        asked: server.heard[0]?.headers['accept-encoding'],
      }),
    );

  test.each([
    ['gzip', gzipSync(body)],
    ['GZIP', gzipSync(body)],
    ['deflate', deflateSync(body)],
    ['br', brotliCompressSync(body)],
    ['zstd', zstdCompressSync(body)],
    ['identity', Buffer.from(body)],
  ])('by %s, though it was asked not to, is decoded', async (coding, bytes) => {
    const { outcome, asked } = await answer(coding, bytes);
    expect(outcome).toMatchObject({ status: 'completed', block: { content: 'a door' } });
    expect(asked).toBe('identity');
  });

  test.each([
    ['gzip', gzipSync(JSON.stringify({ output: 'x'.repeat(10_000_000) })), 'larger than 262144'],
    ['gzip', gzipSync(body).subarray(0, 20), 'could not be reached'],
    ['gzip', Buffer.from('no gzip'), 'could not be reached'],
    ['compress', Buffer.from('x'), 'coded as'],
  ])('by %s is bounded by what it becomes, and fails alone', async (coding, bytes, said) => {
    const { outcome } = await answer(coding, bytes);
    expect(outcome).toMatchObject({ status: 'failed' });
    expect(JSON.stringify(outcome)).toContain(said);
  });
});

test.each([
  ['{"output":"cut \\ud83d"}', 'cut \ufffd'],
  ['{"output":{"a":"cut \\ud83d"}}', '{"a":"cut \ufffd"}'],
])('half a character in an answer %s is replaced', async (body, content) => {
  await withServer([{ status: 200, body }], async (server) => {
    const outcome = await call(registered({ webhookUrl: server.url }), RUN, USE, never);
    expect(outcome).toMatchObject({ block: { content } });
  });
});

describe('a call by webhook', () => {
  test('tells what is asked, by whom and for which call, signed with the secret of the tool', async () => {
    await withServer([{ status: 200, body: '{"output":"a door"}' }], async (server) => {
      const tool = registered({ webhookUrl: server.url });
      const outcome = await call(tool, RUN, USE, never);
      expect(outcome).toEqual({
        kind: 'result',
        block: { type: 'tool_result', tool_use_id: 'call_1', content: 'a door' },
        status: 'completed',
        latencyMs: 0,
        attempts: 1,
      });
      const [heard] = server.heard;
      expect(JSON.parse(heard?.body ?? '')).toEqual({
        tool_use_id: 'call_1',
        name: 'look',
        input: { at: 1 },
        thread_id: RUN.threadId,
        run_id: expect.stringMatching(/^run_/),
        end_user_id: RUN.endUserId,
      });
      expect(heard?.headers['x-sluice-timestamp']).toBe(String(NOW_MS));
      expect(heard?.headers['x-sluice-signature']).toBe(signed(tool.secret, heard));
    });
  });

  test('is tried three times when the server fails, and says so', async () => {
    await withServer([{ status: 503, body: 'no' }], async (server) => {
      const outcome = await call(registered({ webhookUrl: server.url }), RUN, USE, never);
      expect(outcome).toMatchObject({
        status: 'failed',
        attempts: 3,
        block: { content: 'The tool answered with HTTP status 503.', is_error: true },
      });
      expect(server.heard).toHaveLength(3);
      expect(pauses).toEqual([250, 500]);
    });
  });

  test('succeeds at the second try', async () => {
    const answers = [
      { status: 500, body: '' },
      { status: 200, body: '{"output":{"n":1}}' },
    ];
    await withServer(answers, async (server) => {
      const outcome = await call(registered({ webhookUrl: server.url }), RUN, USE, never);
      expect(outcome).toMatchObject({
        status: 'completed',
        attempts: 2,
        block: { content: '{"n":1}' },
      });
    });
  });

  test.each([
    ['an error of the tool', 200, '{"output":"no such door","is_error":true}', 'no such door'],
    ['a refusal', 404, '', 'The tool answered with HTTP status 404.'],
    ['a redirect', 302, '', 'The tool answered with HTTP status 302.'],
    ['no JSON', 200, '<html>', 'The tool answered with something other than {"output": ...}.'],
    ['no output', 200, '{}', 'The tool answered with something other than {"output": ...}.'],
    [
      'more than 256 KB',
      200,
      JSON.stringify({ output: 'x'.repeat(262_144) }),
      'The answer was refused: the answer is larger than 262144 bytes.',
    ],
  ])(
    'that gets %s is an error that the model reads, tried once',
    async (_what, status, body, said) => {
      await withServer([{ status, body }], async (server) => {
        const outcome = await call(registered({ webhookUrl: server.url }), RUN, USE, never);
        expect(outcome).toMatchObject({
          status: 'failed',
          attempts: 1,
          block: { content: said, is_error: true },
        });
        expect(server.heard).toHaveLength(1);
      });
    },
  );

  test('ends as timed out when its time is over, and as cancelled when the run is stopped', async () => {
    await withServer(['silence'], async (server) => {
      const tool = registered({ webhookUrl: server.url, timeoutMs: 1_000 });
      expect(await call(tool, RUN, USE, never)).toMatchObject({ status: 'timed_out' });
      const stop = new AbortController();
      const pending = call(registered({ webhookUrl: server.url }), RUN, USE, stop.signal);
      await expect.poll(() => server.heard.length).toBe(2);
      stop.abort();
      expect(await pending).toMatchObject({ status: 'cancelled', block: { is_error: true } });
    });
  });

  test('to an address that is not public is an error, and nothing is sent', async () => {
    const strict = callWebhook({
      send: outbound({
        isLoopbackAllowed: false,
        resolve: async () => [{ address: '10.1.2.3', family: 4 }],
      }),
      timers,
      aliases: ALIASES_OF_PROJECTS,
    });
    const tool = registered({ webhookUrl: 'https://tool.example/' });
    expect(await strict(tool, RUN, USE, never)).toMatchObject({
      status: 'failed',
      attempts: 1,
      block: { content: expect.stringContaining('not public') },
    });
  });
});

const signed = (secret: string, heard: Heard | undefined): string =>
  createHmac('sha256', secret)
    .update(`${String(heard?.headers['x-sluice-timestamp'])}.${heard?.body ?? ''}`)
    .digest('hex');
