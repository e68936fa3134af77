import { beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { keySchema } from '../../../lambdas/gateway/formats/openapi-schemas.ts';
import { as, gatewayRoom, type GatewayRoom } from '../../support/gateway-room.ts';

const written = z.looseObject({
  warnings: z.array(z.strictObject({ param: z.string(), message: z.string() })).optional(),
});
const failed = z.object({ error: z.looseObject({ message: z.string(), param: z.string() }) });

let room: GatewayRoom;
beforeEach(async () => void (room = await gatewayRoom()));

const sent = async (method: string, path: string, body?: object) => {
  const answer = await room.send(method, path, body);
  expect(answer.status, answer.body).toBeLessThan(300);
  return written.parse(JSON.parse(answer.body)).warnings;
};
const to = (...models: readonly string[]) => ({ targets: models.map((model) => ({ model })) });
const unpriced = (param: string, name: string, meant?: string) => ({
  param,
  message: `${param}: ${name} has no price here, so a key with a cap cannot use it${meant === undefined ? '.' : `; did you mean ${meant}?`}`,
});
const nobody = (param: string, name: string, meant?: string) => ({
  param,
  message: `${param}: ${name} is no model and no route of this project${meant === undefined ? '.' : `; did you mean ${meant}?`}`,
});

describe('a name that is written down', () => {
  test.each([
    ['gpt-5-mni', 'gpt-5-mini'],
    ['claude-sonet-4-5', 'claude-sonnet-4-5'],
    ['gemini-2.5-flsh', 'gemini-2.5-flash'],
    ['deepseek-flush', 'deepseek-flash'],
    ['text-embedding-3-smal', 'text-embedding-3-small'],
    ['openai/gpt-5-mni', 'gpt-5-mini'],
    ['vllm/llama-4', undefined],
    // It is its real name, and the list has no price of it.
    ['claude-mythos-5', undefined],
  ])('as a target %s is kept with a warning that means %s', async (name, meant) => {
    const body = { name: 'auto', default: to('gpt-5', name) };
    const expected = [unpriced('default.targets.1.model', name, meant)];
    expect(await sent('POST', '/v1/routes', body)).toEqual(expected);
    expect(await sent('PATCH', '/v1/routes/auto', { default: body.default })).toEqual(expected);
    expect(await sent('GET', '/v1/routes/auto')).toBeUndefined();
  });

  test('is looked at in every plan of a route, and in its own name where it is a model', async () => {
    const body = {
      name: 'gpt-5-nanno',
      default: { ...to('gpt-5'), downgrade_to: 'gpt-4.1-nan' },
      tiers: { free: to('gpt-5', 'o4-mni') },
    };
    expect(await sent('POST', '/v1/routes', body)).toEqual([
      unpriced('name', 'gpt-5-nanno', 'gpt-5-nano'),
      unpriced('default.downgrade_to', 'gpt-4.1-nan', 'gpt-4.1-nano'),
      unpriced('tiers.free.targets.1.model', 'o4-mni', 'o4-mini'),
    ]);
  });

  test.each([
    ['default.targets.0.model', { default: to('claud-sonnet-5') }, 'claude-sonnet-5'],
    ['default.targets.0.model', { default: to('cheep') }, 'cheap'],
    [
      'default.downgrade_to',
      { default: { ...to('gpt-5'), downgrade_to: 'gtp-5-mini' } },
      'gpt-5-mini',
    ],
    ['tiers.free.targets.0.model', { default: to('gpt-5'), tiers: { free: to('GPT-5') } }, 'gpt-5'],
  ])(
    'in %s is refused where it is nobody, with the one that is meant: %j',
    async (param, plans, meant) => {
      await sent('POST', '/v1/routes', { name: 'cheap', default: to('gpt-5-nano') });
      const answer = await room.send('POST', '/v1/routes', { name: 'auto', ...plans });
      expect(answer.status).toBe(400);
      const { error } = failed.parse(JSON.parse(answer.body));
      expect(error.param).toBe(param);
      expect(error.message).toMatch(new RegExp(`; did you mean ${RegExp.escape(meant)}\\?`));
    },
  );

  test('in a list of allowed models is kept with a warning, of a key and of a tier', async () => {
    await sent('POST', '/v1/routes', { name: 'auto', default: to('gpt-5-nano') });
    const allowed_models = ['gpt-5', 'auto', 'autto', 'gpt-5-mni', 'gpt-5*', 'my model'];
    const expected = [
      nobody('allowed_models.2', 'autto', 'auto'),
      unpriced('allowed_models.3', 'gpt-5-mni', 'gpt-5-mini'),
      {
        param: 'allowed_models.4',
        message: 'allowed_models.4: gpt-5* is no model: names stand here whole, without a star.',
      },
      nobody('allowed_models.5', 'my model'),
    ];
    const key = await as(
      keySchema.extend({ secret: z.string() }),
      room.send('POST', '/v1/keys', { name: 'ada', allowed_models }),
    );
    expect(key.warnings).toEqual(expected);
    const path = `/v1/keys/${key.id}`;
    expect(await sent('PATCH', path, { allowed_models })).toEqual(expected);
    expect(await sent('PATCH', path, { rpm: 7 })).toBeUndefined();
    expect(await sent('PATCH', path, { allowed_models: null })).toBeUndefined();
    expect(await sent('PUT', '/v1/tiers/free', { allowed_models })).toEqual(expected);
  });

  test('has no warning once it is a model of the operator or a route', async () => {
    await sent('PUT', '/v1/prices/own/vllm/llama-4', { rates: { input: 1, output: 2 } });
    await sent('POST', '/v1/routes', {
      name: 'auto',
      default: to('vllm/llama-4', 'ollama/llama3'),
    });
    const body = { name: 'ada', allowed_models: ['auto', 'vllm/llama-4', 'whisper-1', 'tts-1'] };
    expect(await sent('POST', '/v1/keys', body)).toBeUndefined();
    expect(
      await sent('POST', '/v1/keys', { name: 'bob', allowed_models: ['vllm/lama-4'] }),
    ).toEqual([unpriced('allowed_models.0', 'vllm/lama-4', 'vllm/llama-4')]);
  });
});
