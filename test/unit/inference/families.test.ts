import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CHEAP_MODELS, FAMILY_PROVIDERS } from '../../../lambdas/inference/models/families.ts';
import { priceOf } from '../../../lambdas/inference/models/prices.ts';
import { routeModel } from '../../../lambdas/inference/models/route-model.ts';
import { NO_TOKENS } from '../../../lambdas/ledger/domain/usage.ts';
import { costNanoUsd } from '../../../lambdas/inference/models/cost.ts';
import { providerMessage } from '../../../lambdas/inference/wires/provider-message.ts';
import { providerSecret } from '../../../local/providers/providers.ts';

describe('a model family', () => {
  test.each(CHEAP_MODELS)('%s writes titles, so it has a route and a price', (model) => {
    const route = routeModel(model);
    expect(route && priceOf(route.provider, route.model, Date.now())).not.toBeNull();
  });

  test('has a provider that a laptop simulates', () => {
    const simulated = providerSecret({}, 'http://127.0.0.1:1', '{}');
    expect(Object.keys(simulated).toSorted()).toEqual(
      [...FAMILY_PROVIDERS, 'elevenlabs'].toSorted(),
    );
  });
});

const NOW = Date.UTC(2026, 10, 30, 12);

describe('a model has a price by its name, or by its name and its date', () => {
  test.each([
    ['openai', 'gpt-5-nano-2'],
    ['openai', 'gpt-5.4-mini-max'],
    ['openai', 'gpt-6.1-sol-max'],
    ['anthropic', 'claude-sonnet-5-1'],
    ['anthropic', 'claude-opus-4-5-turbo'],
    ['anthropic', 'claude-haiku-4-5-20251001-fast'],
    ['deepseek', 'deepseek-v4-pro-max'],
    ['deepseek', 'deepseek-v4-flash-2'],
  ])('%s has none for %s', (provider, model) => expect(priceOf(provider, model, NOW)).toBeNull());

  test.each([
    ['openai', 'gpt-5-nano'],
    ['openai', 'gpt-5-nano-2025-08-07'],
    ['openai', 'gpt-6.1-sol'],
    ['openai', 'gpt-6.1-sol-2026-09-29'],
    ['openai', 'ft:gpt-4o-mini-2024-07-18:org:name:id'],
    ['anthropic', 'claude-sonnet-4-5-20250929'],
    ['anthropic', 'claude-opus-4-5@20251101'],
    ['anthropic', 'claude-sonnet-4-20250514'],
    ['deepseek', 'deepseek-v4-flash'],
    ['deepseek', 'deepseek-flash'],
  ])('%s has one for %s', (provider, model) =>
    expect(priceOf(provider, model, NOW)).not.toBeNull(),
  );

  test('the dearer half of a long context starts above 272,000 tokens of gpt-6.1-sol', () => {
    const rates = priceOf('openai', 'gpt-6.1-sol', NOW)?.rates ?? {};
    const cost = (input: number) => costNanoUsd(rates, { ...NO_TOKENS, input, output: 1_000 });
    expect(cost(272_000)).toBe(272_000 * 2_000 + 1_000 * 10_000);
    expect(cost(272_001)).toBe(272_001 * 4_000 + 1_000 * 15_000);
  });
});

describe('the output limit of a caller who names none', () => {
  test.each([
    ['deepseek', 'deepseek-v4-flash', 384_000, 16_384],
    ['deepseek', 'deepseek-flash', 384_000, 16_384],
    ['anthropic', 'claude-sonnet-5', 128_000, 16_384],
    ['anthropic', 'claude-sonnet-4-6', 128_000, 4_096],
    ['openai', 'ft:gpt-4o-mini-2024-07-18:org:name:id', 16_384, 4_096],
  ])(
    '%s/%s leaves room for thinking where it thinks by default',
    (provider, model, most, usual) => {
      expect(priceOf(provider, model, NOW)).toMatchObject({
        maxOutputTokens: most,
        defaultOutputTokens: usual,
      });
    },
  );
});

/** When a provider took a name away. OpenAI, Anthropic and DeepSeek tell it on their pages of deprecations. */
const ENDED: Readonly<Record<string, number>> = {
  'deepseek-chat': Date.UTC(2026, 6, 24),
  'deepseek-reasoner': Date.UTC(2026, 6, 24),
  'chatgpt-4o-latest': Date.UTC(2026, 1, 17),
  'codex-mini-latest': Date.UTC(2026, 1, 12),
  'gpt-4.5-preview': Date.UTC(2025, 6, 14),
  'o1-preview': Date.UTC(2025, 6, 28),
  'o1-mini': Date.UTC(2025, 9, 27),
  'claude-3-5-sonnet-20241022': Date.UTC(2025, 9, 28),
  'claude-3-opus-20240229': Date.UTC(2026, 0, 5),
  'claude-3-7-sonnet-20250219': Date.UTC(2026, 1, 19),
};

test('no name that its provider has taken away is in the code or on a page', () => {
  const files = globSync(
    '{lambdas,lib,local,ops,examples,scripts,clients,docs,cost}/**/*.{ts,tsx,md,html}',
    { exclude: ['**/node_modules/**', '**/*.generated.ts'] },
  );
  expect(files.length).toBeGreaterThan(100);
  const found = [...files, 'README.md'].flatMap((file) => {
    const text = readFileSync(file, 'utf8');
    return Object.entries(ENDED)
      .filter(
        ([name, endedMs]) => endedMs <= Date.now() && new RegExp(`["'\`]${name}["'\`]`).test(text),
      )
      .map(([name]) => `${file}: ${name}`);
  });
  expect(found).toEqual([]);
});

describe('the words of a provider’s error', () => {
  test.each([
    ['nested', '{"error":{"message":"too long"}}', 'too long'],
    ['at the top', '{"message":"too long"}', 'too long'],
    ['a few words', '{"error":"too long"}', 'too long'],
    ['beside a name', '{"status":400,"error":"Bad Request","message":"too long"}', 'too long'],
    ['a detail', '{"detail":"too long"}', 'too long'],
    ['of a field', '{"detail":[{"loc":["body","n"],"msg":"too long"}]}', 'body.n: too long'],
    ['several', '{"success":false,"errors":[{"code":7,"message":"too long"},{}]}', 'too long'],
    ['in a list', '[{"error":{"code":400,"message":"too long"}}]', 'too long'],
    ['by a longer name', '{"error_code":3,"error_msg":"too long"}', 'too long'],
    ['empty', '{"error":""}', 'an error without a message'],
    ['absent', '{"error":7}', 'an error without a message'],
    ['no JSON', '<html>', 'an error without a message'],
  ])('%s are found or owned up to', (_, body, words) => {
    expect(providerMessage(body)).toBe(words);
  });
});
