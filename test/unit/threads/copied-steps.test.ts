import { expect, test } from 'vitest';
import { copiedSteps } from '../../../lambdas/threads/domain/copied-steps.ts';
import { step } from '../../support/thread-rows.ts';

test('a copy is numbered on without a gap, and does not say by the numbers of its origin where that was cut', () => {
  const media = { kind: 'media', path: '3.content.0', reason: 'the model does not see' } as const;
  const history = { kind: 'history', path: 'seq 1-40', reason: 'older' } as const;
  const rows = [
    { ...step(0), seq: 41, step: 0 },
    { ...step(0), seq: 44, step: 0, omissions: [history, media] },
    { ...step(1), seq: 44, step: 1 },
  ];
  const copies = copiedSteps(rows, 2);
  expect(copies.map(({ seq }) => seq)).toEqual([3, 4, 4]);
  expect(copies.map(({ omissions }) => omissions)).toEqual([[], [media], []]);
});
