import { APIError as AnthropicError } from '@anthropic-ai/sdk';
import { APIError, type OpenAI } from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { laptopSuite } from '../support/deployed-stage.ts';
import { COST_MICROS, say, sharedE2e } from '../support/e2e.ts';
import { adminOfOtherProject } from '../support/other-project.ts';
import { runOps } from '../support/run-ops.ts';

const CAP_MICROS = 400;
const answer = z.looseObject({ id: z.string().default(''), secret: z.string().default('') });
const money = z.looseObject({
  code: z.string(),
  limit_source: z.string(),
  cap_micros: z.number(),
  spent_micros: z.number(),
  held_micros: z.number(),
  needed_micros: z.number(),
});

const e2e = sharedE2e();
let admin = '';

laptopSuite('one cap for all keys of a project', 'it writes a key of a second project', () => {
  beforeAll(async () => {
    await e2e.start();
    admin = await adminOfOtherProject(e2e.stack.stateDir, 'project_with_a_cap');
  });
  afterAll(async () => await e2e.stop());

  const ask = async (method: string, path: string, body?: object, secret = admin) =>
    answer.parse(await (await e2e.api(method, path, secret, body)).json());
  const mint = async (user: string) =>
    (await ask('POST', '/v1/keys', { name: user, user_id: user })).secret;

  test('official clients see whose cap it is on every route that costs money, and what is spent stays within it', async () => {
    const early = await mint('ada with a capped project');
    expect(
      await ask('PATCH', '/v1/project/cap', { max_spend_usd: CAP_MICROS / 1e6 }),
    ).toMatchObject({ state: 'active', cap_micros: CAP_MICROS, spent_micros: 0 });
    const secrets = [early, await mint('bob with a capped project')];
    const clients = secrets.map((secret) => e2e.openai(secret, 0));
    let calls = 0;
    const spend = async (client: OpenAI): Promise<unknown> => {
      for (;;) {
        try {
          await client.chat.completions.create(say('hi'));
          calls += 1;
        } catch (error) {
          return error;
        }
      }
    };
    const errors = await Promise.all(clients.map(spend));
    for (const error of errors) {
      expect(error).toBeInstanceOf(APIError);
      expect(error).toMatchObject({ status: 402 });
    }
    // With nothing in flight any more.
    const last = await spend(e2e.openai(early, 0));
    const told = money.parse(z.looseObject({ error: z.unknown() }).parse(last).error);
    expect(told).toMatchObject({
      code: 'project_cap_exceeded',
      limit_source: 'project',
      cap_micros: CAP_MICROS,
      held_micros: 0,
      resets_at: null,
    });
    expect(told.spent_micros).toBeLessThanOrEqual(CAP_MICROS);
    expect(told.spent_micros).toBeLessThanOrEqual(calls * COST_MICROS);
    expect(told.needed_micros).toBeGreaterThan(CAP_MICROS - told.spent_micros);
    expect(await ask('GET', '/v1/project/cap')).toMatchObject({
      spent_micros: told.spent_micros,
      held_micros: 0,
      available_micros: CAP_MICROS - told.spent_micros,
    });

    const anthropic = e2e.anthropic(early, 0).messages.create({
      model: 'gpt-4o-mini',
      max_tokens: 10_000,
      messages: [{ role: 'user', content: 'hi' }],
    });
    await expect(anthropic).rejects.toBeInstanceOf(AnthropicError);
    await expect(anthropic).rejects.toMatchObject({ status: 402 });
    const embed = clients[0]?.embeddings.create({
      model: 'text-embedding-3-large',
      input: 'word '.repeat(4_000),
    });
    await expect(embed).rejects.toMatchObject({ status: 402 });
    const { id } = await ask('POST', '/v1/threads', {}, early);
    const bodies = {
      [`/v1/threads/${id}/messages`]: { model: 'gpt-4o-mini', max_tokens: 10_000, content: 'hi' },
      '/v1/responses': { model: 'gpt-4o-mini', max_output_tokens: 10_000, input: 'hi' },
      '/v1/messages': {
        model: 'gpt-4o-mini',
        max_tokens: 10_000,
        messages: [{ role: 'user', content: 'hi' }],
      },
      '/v1/audio/speech': { model: 'tts-1', voice: 'alloy', input: 'a word '.repeat(500) },
    };
    for (const [path, body] of Object.entries(bodies)) {
      const refused = await e2e.api('POST', path, early, body);
      const text = await refused.text();
      expect(refused.status, `${path} ${text}`).toBe(402);
      expect(text).toContain('"limit_source":"project"');
    }
  });

  test('an operator reads and sets it, and sees the tiers', async () => {
    await ask('PUT', '/v1/tiers/seen-by-an-operator', { max_spend_usd: 2, rpm: 20 });
    const ops = async (...args: readonly string[]) =>
      await runOps(e2e.stack.stateDir, args, '', { SLUICE_KEY: admin });
    expect((await ops('project')).out).toContain('active');
    expect((await ops('project', 'cap', '3', '--period', 'day')).out).toContain('$3.000000');
    expect((await ops('project', 'cap', 'much')).code).toBe(2);
    expect((await ops('tiers')).out).toContain('seen-by-an-operator');
    expect((await ops('tiers', 'apply', 'seen-by-an-operator')).out).toContain('0 of 0 keys');
  });

  test('a key without a cap may not ask for what has no price, and may again when the cap is gone', async () => {
    const secret = await mint('cyd with a capped project');
    const unpriced = async () =>
      (
        await e2e.api('POST', '/v1/chat/completions', secret, {
          ...say('hi'),
          model: 'gpt-unheard-of',
        })
      ).status;
    expect(await unpriced()).toBe(400);
    expect(await ask('PATCH', '/v1/project/cap', { max_spend_usd: null })).toMatchObject({
      state: 'off',
    });
    expect(await unpriced()).toBe(200);
    await e2e.openai(secret, 0).chat.completions.create(say('hi'));
  });
});
