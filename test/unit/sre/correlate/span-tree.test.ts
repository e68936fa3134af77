import { expect, test } from 'vitest';
import { selfMsOf, treeOf } from '../../../../lambdas/sre/correlate/span-tree.ts';
import type { Span } from '../../../../lambdas/sre/domain/span.ts';

const COUNT = 20_000;

const spanOf = (index: number, parent: number | null): Span => ({
  traceId: 'a'.repeat(32),
  spanId: index.toString(16).padStart(16, '0'),
  parentSpanId: parent === null ? null : parent.toString(16).padStart(16, '0'),
  source: { environment: '', namespace: '', service: 'etl' },
  name: 'row',
  kind: 1,
  startMs: 1_000 + index,
  durationMs: 50,
  isError: false,
  statusText: '',
  exceptionType: null,
  stack: null,
  http: null,
  attributes: {},
  resource: {},
});
const nodesOf = (spans: readonly Span[]) => treeOf(spans, ({ source }) => source.service);

test('among some siblings a span is without what ran beside it, among very many it is its own length', () => {
  const children = (count: number) =>
    nodesOf([
      spanOf(0, null),
      ...Array.from({ length: count }, (_, index) => spanOf(index + 1, 0)),
    ]);
  expect(children(3).map(selfMsOf).slice(1)).toEqual([1, 1, 50]);
  const many = children(COUNT).map(selfMsOf);
  expect(many).toHaveLength(COUNT + 1);
  expect(new Set(many.slice(1))).toEqual(new Set([50]));
});

test('a chain of all spans of a look is cut into trees, in whatever order they come', () => {
  const chain = Array.from({ length: COUNT }, (_, index) =>
    spanOf(index, index === 0 ? null : index - 1),
  );
  const roots = (spans: readonly Span[]) =>
    nodesOf(spans).filter(({ parent }) => parent === null).length;
  expect(roots(chain)).toBe(Math.ceil(COUNT / 501));
  expect(roots(chain.toReversed())).toBe(1);
});

test('a circle of parents has an end', () => {
  const circle = [spanOf(0, 2), spanOf(1, 0), spanOf(2, 1)];
  expect(nodesOf(circle).filter(({ parent }) => parent === null)).toHaveLength(1);
});
