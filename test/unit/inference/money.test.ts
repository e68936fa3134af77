import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  affordableOutputTokens,
  costNanoUsd,
  worstCostNanoUsd,
  isRated,
  isTextRated,
} from '../../../lambdas/inference/models/cost.ts';
import { PRICE_SNAPSHOT } from '../../../lambdas/inference/models/price-table.generated.ts';
import { priceOf } from '../../../lambdas/inference/models/prices.ts';
import { mintSecret, parseSecret } from '../../../lambdas/shared/secret.ts';
import { NO_TOKENS } from '../../../lambdas/ledger/domain/usage.ts';
import { resetsAtMs, windowOf } from '../../../lambdas/ledger/domain/window.ts';
import { nanoUsdFromUsd } from '../../../lambdas/shared/money.ts';
import { priceTableText } from '../../../scripts/build-prices.ts';
import { readFileSync } from 'node:fs';

const NOW = Date.UTC(2026, 10, 24, 12);

describe('prices and cost', () => {
  test('the price table is what the pinned data gives', () => {
    expect(readFileSync('lambdas/inference/models/price-table.generated.ts', 'utf8')).toBe(
      priceTableText(PRICE_SNAPSHOT),
    );
  });

  test('no usage within the bound costs more than was held', () => {
    const models = [
      ['openai', 'gpt-4o-mini'],
      ['openai', 'gpt-5.4'],
      ['anthropic', 'claude-sonnet-4-5'],
      ['deepseek', 'deepseek-chat'],
    ] as const;
    const count = fc.nat(400_000);
    fc.assert(
      fc.property(
        fc.constantFrom(...models),
        count,
        count,
        count,
        count,
        count,
        ([provider, model], a, b, c, d, output) => {
          const rates = priceOf(provider, model, NOW)?.rates ?? {};
          const tokens = {
            ...NO_TOKENS,
            input: a,
            cacheRead: b,
            cacheWrite5m: c,
            cacheWrite1h: d,
            output,
          };
          expect(costNanoUsd(rates, tokens)).toBeLessThanOrEqual(
            worstCostNanoUsd(rates, a + b + c + d, output, '1h'),
          );
        },
      ),
    );
  });

  test('what a budget affords fits the budget', () => {
    const rates = priceOf('openai', 'gpt-4o-mini', NOW)?.rates ?? {};
    fc.assert(
      fc.property(fc.nat(100_000), fc.nat(1_000_000_000), (input, budget) => {
        const output = affordableOutputTokens(rates, input, budget, 'none');
        if (output > 0)
          expect(worstCostNanoUsd(rates, input, output, 'none')).toBeLessThanOrEqual(budget);
      }),
    );
  });

  test('dollars become exact nano-dollars or nothing', () => {
    expect(nanoUsdFromUsd(0.1)).toBe(100_000_000);
    expect(nanoUsdFromUsd('2.000000001')).toBe(2_000_000_001);
    expect([-1, Number.NaN, 1e9, '1.0000000001', 'x'].map(nanoUsdFromUsd)).toEqual([
      null,
      null,
      null,
      null,
      null,
    ]);
  });
});

describe('secrets and windows', () => {
  test('a minted secret is read back, and every single typo is found', () => {
    const secret = mintSecret('key_0123456789abcdef', 'test');
    expect(parseSecret(secret)).toMatchObject({ kind: 'ok', keyId: 'key_0123456789abcdef' });
    for (const index of secret.split('').keys()) {
      const letter = secret[index] === 'a' ? 'b' : 'a';
      expect(parseSecret(secret.slice(0, index) + letter + secret.slice(index + 1)).kind).toBe(
        'malformed',
      );
    }
  });

  test('windows sort by time and end when the next begins', () => {
    expect(windowOf('week', Date.UTC(2027, 0, 1))).toBe('2026-W53');
    fc.assert(
      fc.property(
        fc.constantFrom('day' as const, 'week' as const, 'month' as const),
        fc.integer({ min: 0, max: 4e12 }),
        (period, at) => {
          const end = resetsAtMs(period, at) ?? 0;
          expect(windowOf(period, end - 1)).toBe(windowOf(period, at));
          expect(windowOf(period, end) > windowOf(period, at)).toBe(true);
        },
      ),
    );
  });
});

test('what is counted has a price of its own or of its parent, or it has none', () => {
  const at = (counts: object) => ({ ...NO_TOKENS, ...counts });
  const text = { input: 1, output: 0 };
  expect(isRated(text, at({ input: 1, cacheRead: 1, imageOutput: 1, output: 1 }))).toBe(true);
  for (const counts of [{ characters: 1 }, { seconds: 1 }])
    expect(isRated(text, at(counts))).toBe(false);
  expect(isRated({ characters: 1 }, at({ audioOutput: 1, output: 1 }))).toBe(false);
  expect(isRated({}, NO_TOKENS)).toBe(true);
  expect([text, { input: 1 }, { output: 1 }, { seconds: 1 }].map(isTextRated)).toEqual([
    true,
    false,
    false,
    false,
  ]);
});
