import { describe, expect, test } from 'vitest';
import { LIST_PRICES } from '../../../lambdas/inference/models/own-prices.ts';
import { hiddenTokens } from '../../../lambdas/inference/calls/hidden-work.ts';
import { kinOf, outputLimitOf, traitsOf } from '../../../lambdas/inference/models/families.ts';
import { PRICE_TABLE } from '../../../lambdas/inference/models/price-table.generated.ts';
import { priceOf } from '../../../lambdas/inference/models/prices.ts';
import { bedrockConverse } from '../../../lambdas/inference/wires/bedrock-converse/wire.ts';
import type { TurnControls } from '../../../lambdas/inference/turn/turn.ts';
import { text, turn, user } from '../../support/turns.ts';

const NOW = Date.UTC(2026, 10, 30, 12);

/** Every name that a row of the price table stands for, and what its maker calls the model. */
const NAMES = PRICE_TABLE.filter(({ provider }) => provider === 'bedrock').flatMap(({ id }) => {
  const named = id.replace(/^regional\./, '');
  const [, maker = '', own = ''] = /^(?:global\.)?(\w+)\.(.+)$/.exec(named) ?? [];
  const places = named.startsWith('global.') ? [''] : ['', 'us.', 'eu.', 'apac.'];
  return places.flatMap((place) =>
    ['', '-v1', '-v1:0', ':0'].map((edition) => ({
      name: `${place}${named}${edition}`,
      maker,
      own,
    })),
  );
});
const OWN: Readonly<Record<string, (own: string) => string>> = {
  anthropic: (own) => own,
  openai: (own) => own,
  deepseek: (own) => `deepseek-${own}`,
};

describe('a model of Bedrock is the model of its maker', () => {
  test('in its family, its traits and its limits, under every name that has a price', () => {
    expect(NAMES.length).toBeGreaterThan(500);
    for (const { name, maker, own } of NAMES) {
      const makers = OWN[maker]?.(own) ?? null;
      const price = priceOf('bedrock', name, NOW);
      expect([name, price]).toEqual([name, expect.anything()]);
      const facts = (model: string) => [kinOf(model), traitsOf(model), outputLimitOf(model)];
      if (makers === null) expect([name, kinOf(name)]).toEqual([name, null]);
      else {
        expect([name, kinOf(name)]).toEqual([name, expect.anything()]);
        expect([name, ...facts(name)]).toEqual([name, ...facts(makers)]);
        expect([name, ...facts(`bedrock/${name}`)]).toEqual([name, ...facts(makers)]);
        expect(price?.maxOutputTokens).toBe(outputLimitOf(makers) ?? 4_096);
      }
    }
  });
});

/** The tokens that nobody saw of a stream that its caller left after a minute. */
const hidden = (name: string, controls: TurnControls): number => {
  const request = { ...turn(`bedrock/${name}`, user(text('x'))), maxTokens: 9_000, controls };
  const encoded = bedrockConverse.turn?.encode(request);
  if (encoded === undefined) throw new Error('it knows no turns');
  expect(encoded.refused).toEqual([]);
  const call = { ...encoded.call, isStream: true };
  return hiddenTokens(
    { call, route: { provider: 'bedrock', model: name }, prices: LIST_PRICES, startedAtMs: NOW },
    60_000,
  );
};

describe('thoughts of a stream of Bedrock that is left early', () => {
  test('are paid for every priced model that thinks by itself and keeps them, as at its maker', () => {
    const thinkers = NAMES.filter(
      ({ name }) => priceOf('bedrock', name, NOW)?.isReasoning === true,
    );
    const kept = thinkers.filter(({ name }) => kinOf(name)?.showsThoughts === false);
    expect(new Set(kept.map(({ maker }) => maker))).toEqual(new Set(['anthropic', 'openai']));
    for (const { name, own } of kept) {
      const speed = kinOf(own)?.tokensPerSecond ?? 0;
      expect([name, hidden(name, {})]).toEqual([name, Math.min(9_000, 60 * speed)]);
    }
  });

  test.each(['anthropic.claude-opus-5-v1', 'openai.gpt-5.6-sol', 'openai.gpt-5.4'])(
    'are none where %s is told not to think',
    (name) => {
      for (const place of ['', 'us.'])
        expect(hidden(`${place}${name}`, { thinking: { type: 'disabled' } })).toBe(0);
    },
  );

  test('are paid where a model that must be asked was asked', () => {
    const name = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0';
    expect(hidden(name, {})).toBe(0);
    expect(hidden(name, { thinking: { type: 'enabled', budgetTokens: 2_000 } })).toBe(6_300);
  });
});
