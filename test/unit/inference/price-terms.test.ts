import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { billNanoUsd as billNanoUsdBy } from '../../../lambdas/inference/models/bill-cost.ts';
import { NO_TERMS, type Bill } from '../../../lambdas/inference/models/bill.ts';
import { costNanoUsd } from '../../../lambdas/inference/models/cost.ts';
import { PRICE_TABLE } from '../../../lambdas/inference/models/price-table.generated.ts';
import {
  isTierPriced,
  ratesHeld,
  ratesServed,
  type OwnTiers,
} from '../../../lambdas/inference/models/price-terms.ts';
import { priceOf } from '../../../lambdas/inference/models/prices.ts';
import { tiersOf } from '../../../lambdas/inference/models/rates.ts';
import type { Route } from '../../../lambdas/inference/models/route-model.ts';
import { NO_TOKENS } from '../../../lambdas/ledger/domain/usage.ts';

const NOW = Date.UTC(2026, 10, 30);
const billNanoUsd = (route: Route, bill: Bill): number =>
  billNanoUsdBy(route, (name) => priceOf(route.provider, name, NOW), bill);
const TOKENS = { ...NO_TOKENS, input: 1_000, cacheRead: 500, cacheWrite5m: 300, output: 1_000 };
const CHOSEN = [
  NO_TERMS,
  { ...NO_TERMS, tier: 'default' },
  { ...NO_TERMS, tier: 'flex' },
  { ...NO_TERMS, tier: 'standard' },
  { ...NO_TERMS, tier: 'priority' },
  { ...NO_TERMS, tier: 'fast' },
  { ...NO_TERMS, region: 'us' },
  { ...NO_TERMS, region: 'global', speed: 'standard' },
];

describe('prices by how an answer was served', () => {
  test('what a provider may choose by itself is within what is held, for every model of the table', () => {
    for (const { provider, id } of PRICE_TABLE) {
      const rates = priceOf(provider, id, NOW)?.rates;
      if (rates === undefined) continue;
      const held = costNanoUsd(ratesHeld(provider, id, rates, null), TOKENS);
      // Google serves so only what asks for it.
      for (const terms of CHOSEN.filter(({ tier }) => provider !== 'google' || tier !== 'priority'))
        expect(
          costNanoUsd(ratesServed(provider, id, rates, terms), TOKENS),
          id,
        ).toBeLessThanOrEqual(held);
      expect(costNanoUsd(ratesHeld(provider, id, rates, 'default'), TOKENS)).toBeLessThanOrEqual(
        held,
      );
    }
  });

  test.each([
    'gpt-4.1-nano',
    'gpt-5-nano',
    'o1',
    'o3-mini',
    'gpt-4',
    'gpt-4-turbo',
    'gpt-3.5-turbo',
    'ft:gpt-4o-mini-2024-07-18:us::1',
    'gpt-6.1-sol',
    'gpt-7',
  ])('a tier that no page has for %s costs at most what is held', (model) => {
    const rates = { input: 1_000_000_000, output: 4_000_000_000 };
    for (const tier of [null, 'auto']) {
      const held = costNanoUsd(ratesHeld('openai', model, rates, tier), TOKENS);
      for (const served of ['priority', 'fast', 'flex', 'default', 'scale']) {
        const terms = { ...NO_TERMS, tier: served };
        const settled = costNanoUsd(ratesServed('openai', model, rates, terms), TOKENS);
        expect(settled).toBeLessThanOrEqual(held);
      }
    }
  });

  test.each([
    ['gpt-4o-mini', { tier: 'priority' }, 1_250_000],
    ['gpt-4o-mini', { tier: 'default' }, 750_000],
    ['gpt-4.1', { tier: 'priority' }, 17_500_000],
    ['gpt-4o', { tier: 'priority' }, 21_250_000],
    ['o4-mini', { tier: 'priority' }, 10_000_000],
    ['gpt-5-mini', { tier: 'fast' }, 4_050_000],
    ['gpt-5.5', { tier: 'priority' }, 87_500_000],
    ['gpt-5', { tier: 'flex' }, 5_625_000],
    ['claude-opus-5', { speed: 'fast' }, 60_000_000],
    ['claude-opus-4-6', { speed: 'fast' }, 180_000_000],
    ['claude-opus-4-6', { speed: 'fast', region: 'us' }, 198_000_000],
    ['claude-sonnet-4-6', { region: 'us' }, 19_800_000],
    ['claude-sonnet-4-5', { region: 'us' }, 18_000_000],
    ['claude-sonnet-4-5', { tier: 'batch' }, 9_000_000],
    ['claude-sonnet-4-5', { tier: 'priority' }, 18_000_000],
    ['gemini-2.5-flash', { tier: 'standard' }, 2_800_000],
    ['gemini-2.5-flash', { tier: 'flex' }, 1_400_000],
    ['gemini-2.5-flash', { tier: 'SERVICE_TIER_PRIORITY' }, 5_600_000],
  ])('%s served as %j costs what its page says', (model, terms, nanoUsd) => {
    const provider =
      { claude: 'anthropic', gemini: 'google' }[model.split('-')[0] ?? ''] ?? 'openai';
    const tokens = { ...NO_TOKENS, input: 1_000, output: 1_000 };
    const bill: Bill = {
      passes: [{ model: null, tokens }],
      terms: { ...NO_TERMS, ...terms },
    };
    expect(billNanoUsd({ provider, model }, bill)).toBe(nanoUsd);
  });

  test.each([
    ['openai', 'gpt-4o-mini', 'priority', true],
    ['openai', 'gpt-4o-mini', 'flex', false],
    ['openai', 'gpt-5', 'flex', true],
    ['openai', 'gpt-5', 'fast', true],
    ['openai', 'gpt-5', 'scale', false],
    ['openai', 'gpt-5-nano', 'priority', false],
    ['openai', 'gpt-7', 'priority', false],
    ['openrouter', 'gpt-5', 'priority', false],
    ['google', 'gemini-2.5-flash', 'priority', true],
    ['google', 'gemini-2.5-flash', 'SERVICE_TIER_FLEX', true],
    ['google', 'gemini-2.5-flash', 'gold', false],
    ['google', 'gemma-3', 'priority', false],
  ])('of %s, %s served as %s has a price: %s', (provider, model, tier, isPriced) => {
    expect(isTierPriced(provider, model, tier)).toBe(isPriced);
    if (!isPriced) return;
    // What is asked for is held for, and so is the standard tier that may answer it.
    const rates = { input: 1_000_000_000, output: 4_000_000_000 };
    const held = costNanoUsd(ratesHeld(provider, model, rates, tier), TOKENS);
    for (const served of [tier, 'default', 'standard', 'flex']) {
      const terms = { ...NO_TERMS, tier: served };
      const settled = costNanoUsd(ratesServed(provider, model, rates, terms), TOKENS);
      expect(settled).toBeLessThanOrEqual(held);
    }
  });

  test('each pass is priced by its own model, and by its own size of input', () => {
    const tokens = { ...NO_TOKENS, input: 150_000, output: 1_000 };
    const pass = (model: string | null) => ({ model, tokens });
    const route = { provider: 'anthropic', model: 'claude-sonnet-4-5' };
    const twice: Bill = { passes: [pass(null), pass(null)], terms: NO_TERMS };
    expect(billNanoUsd(route, twice)).toBe(2 * 465_000_000);
    const mixed: Bill = { passes: [pass(null), pass('claude-haiku-4-5')], terms: NO_TERMS };
    expect(billNanoUsd(route, mixed)).toBe(465_000_000 + 155_000_000);
  });

  test('the name beside an answer makes it dearer, never cheaper', () => {
    const tokens = { ...NO_TOKENS, input: 1_000, output: 1_000 };
    const costAs = (model: string, told: string) =>
      billNanoUsd(
        { provider: 'openai', model },
        {
          passes: [{ model: null, tokens }],
          terms: { ...NO_TERMS, model: told },
        },
      );
    expect(costAs('gpt-4o-mini', 'gpt-4o-2024-08-06')).toBe(12_500_000);
    expect(costAs('gpt-4o', 'gpt-4o-mini-2024-07-18')).toBe(12_500_000);
    expect(costAs('gpt-4o', 'nobody-knows')).toBe(12_500_000);
  });

  test('prices by the size of the input change above whole thousands', () => {
    const edges = PRICE_TABLE.flatMap(({ prices }) =>
      prices.flatMap(({ rates }) => Object.values(rates).flatMap((price) => tiersOf(price))),
    ).map(([above]) => above);
    expect(edges.filter((above) => above % 1_000 !== 0)).toEqual([]);
    expect(Math.max(...edges)).toBeGreaterThan(0);
  });
});

describe("tiers by their operator's word", () => {
  const own = { flex: 6_000, priority: 15_000, batch: 4_000 };
  const rates = { input: 1_000_000_000, output: 4_000_000_000 };
  const inputAt = (provider: string, model: string, tier: string | null, said: OwnTiers = own) =>
    ratesServed(provider, model, rates, { ...NO_TERMS, tier }, said).input;

  test.each([
    ['vllm', 'llama-4', 'flex', 600_000_000],
    ['vllm', 'llama-4', 'priority', 1_500_000_000],
    ['vllm', 'llama-4', 'fast', 1_500_000_000],
    ['vllm', 'llama-4', 'batch', 400_000_000],
    ['vllm', 'llama-4', 'default', 1_000_000_000],
    ['vllm', 'llama-4', null, 1_000_000_000],
    ['openai', 'gpt-5', 'priority', 1_500_000_000],
    ['google', 'gemini-3.5-flash', 'SERVICE_TIER_PRIORITY', 1_500_000_000],
    ['google', 'gemini-3.5-flash', 'FLEX', 600_000_000],
    ['anthropic', 'claude-haiku-4-5', 'batch', 400_000_000],
    ['anthropic', 'claude-haiku-4-5', 'priority', 1_500_000_000],
  ])('%s/%s at %s costs what he says', (provider, model, tier, nano) =>
    expect(inputAt(provider, model, tier)).toBe(nano),
  );

  test('are as the list has them where he says nothing', () => {
    expect(inputAt('openai', 'gpt-5', 'flex', { priority: 15_000 })).toBe(500_000_000);
    expect(inputAt('google', 'gemini-3.5-flash', 'batch', { flex: 6_000 })).toBe(500_000_000);
    expect(inputAt('anthropic', 'claude-haiku-4-5', 'batch', { flex: 6_000 })).toBe(500_000_000);
    expect(inputAt('vllm', 'llama-4', 'priority', { flex: 6_000 })).toBe(1_000_000_000);
  });

  test('have a price where he gives one, for a provider that has none', () => {
    const isPriced = (tier: string, said?: OwnTiers) => isTierPriced('vllm', 'llama', tier, said);
    expect(['flex', 'priority', 'fast'].map((tier) => isPriced(tier, own))).toEqual([
      true,
      true,
      true,
    ]);
    expect(isPriced('scale', own)).toBe(false);
    expect(isPriced('flex')).toBe(false);
    expect(isPriced('flex', { priority: 15_000 })).toBe(false);
  });

  test('are never settled dearer than what was held for', () => {
    const percent = fc.option(fc.integer({ min: 1, max: 100_000 }), { nil: undefined });
    const said = fc
      .record({ flex: percent, priority: percent, batch: percent })
      .map((tiers): OwnTiers => JSON.parse(JSON.stringify(tiers)));
    const models = fc.constantFrom(
      ['vllm', 'llama-4'] as const,
      ['openai', 'gpt-5'] as const,
      ['google', 'gemini-3.5-flash'] as const,
      ['anthropic', 'claude-opus-5'] as const,
    );
    const named = fc.constantFrom(null, 'auto', 'default', 'flex', 'priority', 'fast', 'batch');
    const served = fc.constantFrom('default', 'flex', 'priority', 'fast', 'batch', 'scale');
    fc.assert(
      fc.property(said, models, named, served, (tiers, [provider, model], tier, answered) => {
        // A provider chooses where nothing is named, but for Google; else it serves that or the standard one.
        const isOpen = tier === null || tier === 'auto';
        const by = isOpen ? (provider === 'google' ? 'default' : answered) : tier;
        const held = ratesHeld(provider, model, rates, tier, tiers);
        for (const one of [by, 'default']) {
          const terms = { ...NO_TERMS, tier: one };
          const settled = ratesServed(provider, model, rates, terms, tiers);
          expect(costNanoUsd(settled, TOKENS)).toBeLessThanOrEqual(costNanoUsd(held, TOKENS));
        }
      }),
    );
  });
});
