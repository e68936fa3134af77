import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../../../lambdas/shared/app-error.ts';
import { engineRoom, textOf } from '../../support/engine-room.ts';
import { KEY_ID } from '../../support/key-items.ts';
import { PROVIDER_STREAMS } from '../../support/provider-streams.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../../support/scripted-upstream.ts';
import {
  answer,
  chunk,
  costOf,
  DONE,
  failureOf,
  stream,
  usage,
  usageChunk,
} from '../../support/scripted-answers.ts';

let upstream: ScriptedUpstream;
let room: ReturnType<typeof engineRoom>;
beforeAll(async () => void (upstream = await startScriptedUpstream()));
beforeEach(() => void (room = engineRoom(upstream.url)));
afterAll(() => upstream.stop());

describe.each(PROVIDER_STREAMS)('through a whole call, $name', (recorded) => {
  test('comes out byte for byte, and the hold ends exactly once', async () => {
    const isOpenai = recorded.wire.name === 'openai-chat';
    await room.mint();
    upstream.script = stream(...recorded.frames);
    const reply = await room.call(
      isOpenai
        ? { stream: true, stream_options: { include_usage: true }, max_tokens: 3_000 }
        : { model: 'claude-sonnet-4-5', stream: true, max_tokens: 3_000 },
      { wire: recorded.wire.name },
    );
    expect(await textOf(reply)).toBe(recorded.frames.join(''));
    const after = await room.state();
    expect([after.heldNanoUsd, after.holdCount]).toEqual([0, 0]);
    const last = await room.last();
    if (recorded.ended && recorded.usage !== null)
      expect(last).toMatchObject({ tokens: recorded.usage, estimated: false, status: 'completed' });
    else expect(last).toMatchObject({ estimated: true });
    expect(after.spentNanoUsd).toBe(last?.costNanoUsd);
  });
});

describe('what is refused before the provider hears of it', () => {
  const untouched = async (call: () => Promise<unknown>): Promise<unknown> => {
    const before = upstream.requests.length;
    const failure = await failureOf(call());
    expect(upstream.requests.length).toBe(before);
    return failure;
  };

  test('storage that is down: 503, never forwarded', async () => {
    await room.mint();
    const down = async () => {
      throw new AppError({ code: 'storage_unavailable', publicMessage: 'down' });
    };
    const broken = { ...room.deps, ledger: { ...room.deps.ledger, hold: down } };
    Object.assign(room.deps, broken);
    expect(await untouched(async () => await room.call({}))).toMatchObject({ status: 503 });
  });

  test('an oversized hold is refused, not shrunk: the caller named max_tokens', async () => {
    await room.mint({ capNanoUsd: costOf(2_000, 100) });
    const failure = await untouched(async () => await room.call({ max_tokens: 1_000_000 }));
    expect(failure).toMatchObject({
      status: 402,
      code: 'request_exceeds_budget',
      facts: { limit_source: 'key', spent_micros: 0, held_micros: 0, resets_at: null },
    });
  });

  test('images count, so a request of images alone cannot pass a cap', async () => {
    await room.mint({ capNanoUsd: costOf(48_000, 0) });
    const image = { type: 'image_url', image_url: { url: 'https://images.example/1.png' } };
    const body = { max_tokens: 16, messages: [{ role: 'user', content: [image] }] };
    expect(await untouched(async () => await room.call(body))).toMatchObject({ status: 402 });
  });

  test('the long-context tier is held where the input may reach it', async () => {
    const long = {
      model: 'gpt-5.4',
      max_tokens: 16,
      messages: [{ role: 'user', content: 'word '.repeat(300_000) }],
    };
    // 300,000 tokens: $0.75 at the short price, $1.50 at the long one.
    await room.mint({ capNanoUsd: 1_000_000_000 });
    expect(await untouched(async () => await room.call(long))).toMatchObject({ status: 402 });
  });

  test.each(['gpt-5-codex', 'gpt-5.1-codex-max', 'gpt-5.2-pro', 'o3-pro', 'o3-deep-research'])(
    'a model that answers on another wire alone: %s',
    async (model) => {
      await room.mint({ capNanoUsd: null });
      expect(await untouched(async () => await room.call({ model }))).toMatchObject({
        code: 'dialect_not_supported_for_model',
        publicMessage: expect.stringContaining('Responses'),
      });
    },
  );

  test('an unpriced model and an unpriced feature on a capped key only', async () => {
    await room.mint();
    const custom = { model: 'custom/some-model', max_tokens: 5 };
    const spoken = { audio: { voice: 'alloy', format: 'wav' } };
    expect(await untouched(async () => await room.call(custom))).toMatchObject({
      code: 'model_not_priced',
    });
    expect(await untouched(async () => await room.call(spoken))).toMatchObject({
      code: 'feature_not_priced',
      facts: { param: 'audio' },
    });
    await room.deps.keys.patch('project_default', KEY_ID, { capNanoUsd: null }, Date.now());
    upstream.script = answer({ usage });
    expect((await room.call(custom)).status).toBe(200);
    expect((await room.call(spoken)).status).toBe(200);
  });

  test('the first refusal for money tells that the cap is reached', async () => {
    await room.mint({ capNanoUsd: costOf(100, 100) });
    upstream.script = answer({ usage: { prompt_tokens: 9, completion_tokens: 100 } });
    await room.call({ max_tokens: 20 });
    expect(String(await failureOf(room.call({ max_tokens: 50 })))).toMatch(
      /What is left of this key's cap \(\$0\.\d{2,6}\) does not afford this request \(up to \$0\.\d{2,6}\)\./,
    );
    expect(room.told).toMatchObject([{ kind: 'KeyCapReached', keyId: KEY_ID, window: 'lifetime' }]);
  });

  test('a wrong key is told before a wrong body', async () => {
    await room.mint();
    const credential = { keyId: KEY_ID, secretHash: 'wrong' };
    for (const body of [{ model: 'nobody' }, { n: 'x' }, {}])
      expect(await untouched(async () => await room.call(body, { credential }))).toMatchObject({
        code: 'invalid_api_key',
      });
  });
});

describe('what passes between caller and provider', () => {
  test('a small budget still answers: the limit that was set is told', async () => {
    await room.mint({ capNanoUsd: costOf(600, 200) });
    upstream.script = answer({ usage });
    const reply = await room.call({});
    const set = Number(reply.headers['x-sluice-max-tokens']);
    expect(set).toBeGreaterThanOrEqual(16);
    expect(set).toBeLessThan(400);
    expect(upstream.requests.at(-1)?.body).toEqual({
      model: 'gpt-4o-mini',
      messages: [{ role: 'user', content: 'hi' }],
      max_completion_tokens: set,
    });
    expect(reply.headers).toMatchObject({
      'x-sluice-model': 'gpt-4o-mini',
      'x-sluice-provider': 'openai',
      'x-sluice-cost-micros': '14',
      'x-sluice-remaining-micros': expect.stringMatching(/^\d+$/),
      'x-request-id': expect.stringMatching(/^req_a{16}/),
    });
  });

  test("beta headers go through, the caller's key does not", async () => {
    await room.mint();
    upstream.script = answer({ usage: { input_tokens: 1, output_tokens: 1 } });
    const headers = {
      'anthropic-beta': 'context-management-2025-06-27',
      authorization: 'Bearer slk_mine',
      'x-api-key': 'slk_mine',
      cookie: 'c',
    };
    await room.call(
      { model: 'claude-sonnet-4-5', max_tokens: 9 },
      { wire: 'anthropic-messages', headers },
    );
    const sent = upstream.requests.at(-1)?.headers;
    expect(sent).toMatchObject({
      'anthropic-beta': 'context-management-2025-06-27',
      'anthropic-version': '2023-06-01',
      'x-api-key': 'sk-upstream',
    });
    expect(JSON.stringify(sent)).not.toContain('slk_mine');
    expect(sent).not.toHaveProperty('cookie');
  });

  test("a provider's refusal passes as it came, with its Retry-After", async () => {
    await room.mint();
    upstream.script = {
      ...answer({}),
      status: 429,
      headers: { 'retry-after': '7' },
      chunks: ['{"error":{"message":"slow down"}}'],
    };
    const reply = await room.call({});
    expect([reply.status, await textOf(reply)]).toEqual([429, '{"error":{"message":"slow down"}}']);
    expect(reply.headers['retry-after']).toBe('7');
  });

  test.each([401, 402, 302])(
    "a %d of the provider to this gateway's account is a 502",
    async (status) => {
      await room.mint();
      upstream.script = {
        ...answer({}),
        status,
        chunks: ['{"error":{"message":"Incorrect API key provided: sk-up"}}'],
      };
      const failure = await failureOf(room.call({}));
      expect(failure).toMatchObject({ status: 502, code: 'provider_error' });
      expect(JSON.stringify(failure)).not.toContain('sk-up');
      expect(await room.state()).toMatchObject({ spentNanoUsd: 0, heldNanoUsd: 0 });
    },
  );

  test('the usage chunk that was asked for by the gateway alone is not shown', async () => {
    await room.mint();
    upstream.script = stream(chunk('hi'), usageChunk(usage), DONE);
    expect(await textOf(await room.call({ stream: true, max_tokens: 20 }))).toBe(
      chunk('hi') + DONE,
    );
    expect((await room.state()).spentNanoUsd).toBe(costOf(9, 20));
  });
});
