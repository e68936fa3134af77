import { expect, test } from 'vitest';
import { boundSummary } from '../../../../lambdas/sre/domain/bound-summary.ts';
import { summaryText } from '../../../../lambdas/sre/domain/summary-text.ts';
import type { Entry } from '../../../../lambdas/sre/domain/summary.ts';

const entry = (service: string, bucket: number): Entry => ({
  source: { environment: '環'.repeat(200), namespace: '"\\'.repeat(100), service },
  bucket,
  records: 3,
  failing: 2,
  clientFaults: 1,
  authFaults: 0,
  requests: 3,
  statuses: { '500': 2 },
  severity: 17,
  latencies: [],
  shapes: [],
});

test('a summary of any names fits its item, and loses no count', () => {
  const summary = Array.from({ length: 400 }, (_, index) =>
    entry(`${'務'.repeat(190)}${index}`, index % 3),
  );
  const bounded = boundSummary(summary);
  expect(Buffer.byteLength(summaryText(bounded))).toBeLessThan(100_000);
  for (const name of ['records', 'failing', 'clientFaults', 'requests'] as const)
    expect(bounded.reduce((sum, one) => sum + one[name], 0)).toBe(
      summary.reduce((sum, one) => sum + one[name], 0),
    );
  expect(bounded.filter(({ source }) => source.service === 'other')).toHaveLength(3);
  expect(boundSummary(summary.slice(0, 5))).toEqual(summary.slice(0, 5));
});
