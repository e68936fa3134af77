import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { capOf, createKeyBody, defaultsOf } from '../../../lambdas/gateway/formats/key-format.ts';
import { engineRoom, textOf } from '../../support/engine-room.ts';
import { KEY_ID } from '../../support/key-items.ts';
import { answer, costOf, failureOf, usage } from '../../support/scripted-answers.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../../support/scripted-upstream.ts';

const AGENTS = z
  .array(
    z.object({
      client: z.string(),
      path: z.string(),
      headers: z.record(z.string(), z.string()),
      body: z.looseObject({ messages: z.array(z.unknown()).default([]) }),
    }),
  )
  .parse(JSON.parse(readFileSync('test/fixtures/agent-bodies.json', 'utf8')))
  .filter(({ path, client }) => path !== '/v1/responses' && !client.includes('PDF'));

let upstream: ScriptedUpstream;
let room: ReturnType<typeof engineRoom>;
beforeAll(async () => void (upstream = await startScriptedUpstream()));
beforeEach(() => {
  room = engineRoom(upstream.url);
  upstream.script = answer({ usage });
});
afterAll(() => upstream.stop());

describe('a call whose output limit the budget does not afford', () => {
  test('is refused, and told which limit would fit: with that it passes', async () => {
    await room.mint({ capNanoUsd: costOf(0, 5_000) });
    const failure = await failureOf(room.call({ max_tokens: 50_000, service_tier: 'default' }));
    expect(failure).toMatchObject({ code: 'request_exceeds_budget', status: 402 });
    const [, fits] = /max_tokens of (\d+) it would fit/.exec(String(failure)) ?? [];
    expect(Number(fits)).toBeGreaterThan(4_000);
    const reply = await room.call({ max_tokens: Number(fits), service_tier: 'default' });
    expect(reply.status).toBe(200);
    expect(reply.headers).not.toHaveProperty('x-sluice-max-tokens');
  });

  test('has its limit lowered where its key says so, by one field, and a header says to what', async () => {
    await room.mint({ capNanoUsd: costOf(0, 5_000), onOversize: 'clamp' });
    const reply = await room.call({ max_tokens: 50_000, max_completion_tokens: 40_000 });
    const set = Number(reply.headers['x-sluice-max-tokens']);
    expect(set).toBeGreaterThan(2_000);
    expect(set).toBeLessThan(5_000);
    const { body } = upstream.requests.at(-1) ?? {};
    expect(body).toMatchObject({ max_completion_tokens: set });
    expect(body).not.toHaveProperty('max_tokens');
  });

  test('has its thinking lowered with it, or left out where the least is too much', async () => {
    const thinking = { type: 'enabled', budget_tokens: 31_999 };
    const ask = async () => {
      await room.call(
        { model: 'claude-haiku-4-5', max_tokens: 32_000, thinking },
        { wire: 'anthropic-messages' },
      );
      return upstream.requests.at(-1)?.body;
    };
    upstream.script = {
      type: 'application/json',
      chunks: ['{"content":[],"usage":{"input_tokens":9,"output_tokens":9}}'],
    };
    await room.mint({ capNanoUsd: 60_000_000, onOversize: 'clamp' });
    const roomy = await ask();
    expect(roomy).toMatchObject({ thinking: { type: 'enabled' } });
    const { max_tokens, thinking: sent } = Object(roomy);
    expect(sent.budget_tokens).toBe(Math.floor(max_tokens / 2));
    await room.deps.keys.patch('project_default', KEY_ID, { capNanoUsd: 3_000_000 }, Date.now());
    expect(await ask()).toMatchObject({ thinking: { type: 'disabled' } });
  });

  test.each(AGENTS)(
    'runs on the first key of the README: $client',
    async ({ path, headers, body }) => {
      const readme =
        /POST \/v1\/keys (\{.*?\})/.exec(readFileSync('README.md', 'utf8'))?.[1] ?? '{}';
      const key = createKeyBody.parse(JSON.parse(readme));
      await room.mint({ capNanoUsd: capOf(key.max_spend_usd), ...defaultsOf(key) });
      const isMessages = path === '/v1/messages';
      if (isMessages)
        upstream.script = {
          type: 'application/json',
          chunks: ['{"content":[],"usage":{"input_tokens":9,"output_tokens":9}}'],
        };
      // The recorded texts are cut: an agent's prompt and tools are some 110 KB in all.
      const long = { role: 'user', content: 'word '.repeat(22_000) };
      const whole = { ...body, messages: [long, ...body.messages] };
      const wire = isMessages ? 'anthropic-messages' : 'openai-chat';
      const reply = await room.call(whole, { wire, headers });
      await textOf(reply);
      expect(reply.status).toBe(200);
    },
  );

  test('is refused all the same where not even a few tokens fit', async () => {
    await room.mint({ capNanoUsd: costOf(0, 10), onOversize: 'clamp' });
    const failure = await failureOf(room.call({ max_tokens: 50_000 }));
    expect(failure).toMatchObject({ status: 402 });
    expect(String(failure)).not.toContain('would fit');
  });

  test('a key is changed to clamp, and back, from the next call on', async () => {
    await room.mint({ capNanoUsd: costOf(0, 5_000) });
    const patch = async (onOversize: 'refuse' | 'clamp') =>
      await room.deps.keys.patch('project_default', KEY_ID, { onOversize }, Date.now());
    expect((await patch('clamp'))?.state.onOversize).toBe('clamp');
    expect((await room.call({ max_tokens: 50_000 })).status).toBe(200);
    await patch('refuse');
    expect(await failureOf(room.call({ max_tokens: 50_000 }))).toMatchObject({ status: 402 });
  });
});
