import { expect, test } from 'vitest';
import { limitsAt } from '../../../lambdas/platform/dynamo.ts';

test.each([
  ['https://dynamodb.eu-central-1.amazonaws.com', 10_000],
  ['http://127.0.0.1:8000', 25_000],
])('%s has %d ms for an answer: an engine on a busy machine is late, not away', (endpoint, ms) => {
  expect(limitsAt(endpoint)).toMatchObject({ requestTimeoutMs: ms, socketsMax: 1_024 });
});
