import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { costNanoUsd } from '../../../lambdas/inference/models/cost.ts';
import { bookOf, priceIn, type OwnPrice } from '../../../lambdas/inference/models/own-prices.ts';
import { priceOf } from '../../../lambdas/inference/models/prices.ts';
import { routeModel } from '../../../lambdas/inference/models/route-model.ts';
import { NO_TOKENS } from '../../../lambdas/ledger/domain/usage.ts';

const NOW = Date.UTC(2026, 10, 30, 12);
const rates = (input: number) => ({ kind: 'rates', rates: { input, output: 2 * input } }) as const;
const since = (model: string, input: number): OwnPrice => ({
  model,
  periods: [{ fromMs: 0, terms: rates(input) }],
});
const inputOf = (prices: readonly OwnPrice[], name: string, atMs = NOW) => {
  const route = routeModel(name);
  return route === null ? null : (priceIn(bookOf(prices), route, atMs)?.rates.input ?? null);
};

describe("an operator's own price", () => {
  test('gives a model a price that has none, and no other model', () => {
    const prices = [since('vllm/llama-4', 7)];
    expect(inputOf(prices, 'vllm/llama-4')).toBe(7);
    expect(inputOf(prices, 'vllm/llama-4-2026-01-01')).toBe(7);
    expect(inputOf(prices, 'vllm/llama-4-mini')).toBeNull();
    expect(inputOf(prices, 'groq/llama-4')).toBeNull();
    expect(inputOf([], 'vllm/llama-4')).toBeNull();
  });

  test('of a whole name goes before that of its beginning, and a longer beginning before a shorter', () => {
    const prices = [since('vllm/*', 1), since('vllm/llama-4', 3), since('vllm/llama*', 2)];
    expect(
      ['vllm/qwen', 'vllm/llama-5', 'vllm/llama-4'].map((name) => inputOf(prices, name)),
    ).toEqual([1, 2, 3]);
  });

  test('names a model of a family as callers do', () => {
    const prices = [since('gpt-5.1', 5), since('claude-*', 6), since('bedrock/amazon.nova*', 8)];
    expect(inputOf(prices, 'gpt-5.1-2025-11-13')).toBe(5);
    expect(inputOf(prices, 'claude-opus-5')).toBe(6);
    expect(inputOf(prices, 'anthropic/claude-opus-5')).toBe(6);
    expect(inputOf(prices, 'bedrock/amazon.nova-pro-v1:0')).toBe(8);
    expect(inputOf(prices, 'gpt-5.1-codex')).toBe(
      priceOf('openai', 'gpt-5.1-codex', NOW)?.rates.input,
    );
  });

  test('holds from its date on, and ends with the list again, for calls that begin then', () => {
    const list = priceOf('openai', 'gpt-5.1', NOW)?.rates.input;
    const prices: readonly OwnPrice[] = [
      {
        model: 'gpt-5.1',
        periods: [
          { fromMs: NOW, terms: rates(5) },
          { fromMs: NOW + 10, terms: rates(6) },
          { fromMs: NOW + 20, terms: null },
        ],
      },
    ];
    const at = [NOW - 1, NOW, NOW + 10, NOW + 20].map((atMs) => inputOf(prices, 'gpt-5.1', atMs));
    expect(at).toEqual([list, 5, 6, list]);
    const route = { provider: 'openai', model: 'gpt-5.1' };
    // However long a call runs.
    expect(priceIn(bookOf(prices), route, NOW, NOW + 60_000)?.rates.input).toBe(5);
  });

  test('that is over leaves the model to the beginning of its name', () => {
    const ended: OwnPrice = {
      model: 'vllm/llama-4',
      periods: [
        { fromMs: 0, terms: rates(5) },
        { fromMs: NOW, terms: null },
      ],
    };
    expect(inputOf([ended, since('vllm/*', 1)], 'vllm/llama-4')).toBe(1);
  });

  test('is nothing only where it says so', () => {
    const free: OwnPrice = {
      model: 'vllm/*',
      periods: [{ fromMs: 0, terms: { kind: 'free' } }],
    };
    expect(inputOf([free], 'vllm/qwen')).toBe(0);
  });

  test('of a model that searches by itself is none: no token limit bounds its fees', () => {
    const prices = [since('gpt-4o-search-preview', 5), since('vllm/*', 1)];
    expect(inputOf(prices, 'gpt-4o-search-preview')).toBeNull();
    expect(inputOf(prices, 'vllm/web-search')).toBeNull();
  });

  test("by a factor keeps what the list's price depends on: the size of the input and the hour", () => {
    const half = (model: string): OwnPrice => ({
      model,
      periods: [{ fromMs: 0, terms: { kind: 'share', basisPoints: 5_000 } }],
    });
    expect(inputOf([half('gpt-5.4')], 'gpt-5.4')).toEqual([
      [0, 1_250_000_000],
      [272_000, 2_500_000_000],
    ]);
    const busy = Date.UTC(2026, 10, 30, 2);
    expect(inputOf([half('deepseek-*')], 'deepseek-flash')).toBe(75_000_000);
    expect(inputOf([half('deepseek-*')], 'deepseek-flash', busy)).toBe(150_000_000);
    expect(inputOf([half('vllm/*')], 'vllm/qwen')).toBeNull();
  });

  test('never makes what is settled dearer than what was held, whatever is written between the two', () => {
    const terms = fc.oneof(
      fc.nat(10_000_000_000).map(rates),
      fc
        .integer({ min: 1, max: 30_000 })
        .map((basisPoints) => ({ kind: 'share', basisPoints }) as const),
      fc.constant({ kind: 'free' } as const),
      fc.constant(null),
    );
    const models = ['deepseek-flash', 'deepseek-*', 'deepseek-v4-flash', 'vllm/*', 'gpt-5.4'];
    const price = fc.record({
      model: fc.constantFrom(...models),
      periods: fc
        .array(fc.record({ fromMs: fc.integer({ min: 0, max: 600_000 }), terms }), { maxLength: 4 })
        .map((periods) =>
          periods
            .map((period) => ({ ...period, fromMs: NOW + period.fromMs }))
            .toSorted((one, other) => one.fromMs - other.fromMs),
        ),
    });
    const route = fc.constantFrom(
      { provider: 'deepseek', model: 'deepseek-flash' },
      { provider: 'openai', model: 'gpt-5.4' },
      { provider: 'vllm', model: 'qwen' },
    );
    const span = fc.nat(600_000);
    fc.assert(
      fc.property(fc.array(price), route, span, span, span, (prices, asked, begun, ran, left) => {
        const book = bookOf(prices);
        const fromMs = NOW + begun;
        const held = priceIn(book, asked, fromMs, fromMs + ran + left);
        const settled = priceIn(book, asked, fromMs, fromMs + ran);
        expect(settled === null).toBe(held === null);
        for (const input of [1_000, 300_000]) {
          const tokens = { ...NO_TOKENS, input, cacheRead: 100, output: 1_000 };
          expect(costNanoUsd(settled?.rates ?? {}, tokens)).toBeLessThanOrEqual(
            costNanoUsd(held?.rates ?? {}, tokens),
          );
        }
      }),
    );
  });
});
