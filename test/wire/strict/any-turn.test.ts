import { expect, test } from 'vitest';
import {
  ASKED_MODELS,
  arbitraryBodies,
  refusalsOfAll,
} from '../../support/strict/arbitrary-sent.ts';

/** `npm run test:python` asks more, and reads it by what the vendors publish. */
const TURNS_OF_EACH = 150;

test.each(ASKED_MODELS)('%s is asked for any turn, and for its count, as it takes it', (model) => {
  const bodies = arbitraryBodies(model, TURNS_OF_EACH);
  expect(bodies.length).toBeGreaterThan(20);
  expect(refusalsOfAll(bodies)).toEqual([]);
});
