import { describe, expect, test } from 'vitest';
import { CHEAP_MODELS, FAMILY_PROVIDERS } from '../../../lambdas/inference/models/families.ts';
import { priceOf } from '../../../lambdas/inference/models/prices.ts';
import { routeModel } from '../../../lambdas/inference/models/route-model.ts';
import { providerMessage } from '../../../lambdas/inference/wires/provider-message.ts';
import { providerSecret } from '../../../local/providers/providers.ts';

describe('a model family', () => {
  test.each(CHEAP_MODELS)('%s writes titles, so it has a route and a price', (model) => {
    const route = routeModel(model);
    expect(route && priceOf(route.provider, route.model, Date.now())).not.toBeNull();
  });

  test('has a provider that a laptop simulates', () => {
    const simulated = providerSecret({}, 'http://127.0.0.1:1', '{}');
    expect(Object.keys(simulated).toSorted()).toEqual(FAMILY_PROVIDERS.toSorted());
  });
});

describe('the words of a provider’s error', () => {
  test.each([
    ['nested', '{"error":{"message":"too long"}}', 'too long'],
    ['at the top', '{"message":"too long"}', 'too long'],
    ['absent', '{"error":7}', 'an error without a message'],
    ['no JSON', '<html>', 'an error without a message'],
  ])('%s are found or owned up to', (_, body, words) => {
    expect(providerMessage(body)).toBe(words);
  });
});
