import { expect, test } from 'vitest';
import { judgeFailure } from '../../../lambdas/inference/calls/judge-failure.ts';
import { AppError } from '../../../lambdas/shared/app-error.ts';
import { settlementOf } from '../../support/key-items.ts';

const silence = new AppError({
  code: 'provider_timeout',
  publicMessage: 'The provider openai did not answer in time.',
  isFinal: true,
});

test.each([
  ['before its first token goes to the next target', null, 'next'],
  ['after it goes to nobody: its words are paid', 40, 'final'],
] as const)('silence %s', (_, firstTokenMs, kind) => {
  const settlement = {
    ...settlementOf('h1', 5, 0),
    status: 'provider_error' as const,
    firstTokenMs,
  };
  expect(judgeFailure({ kind: 'error', error: silence }, settlement, false).kind).toBe(kind);
});
