import { expect, test } from 'vitest';
import { NONE, SpanTree } from '../../../../lambdas/sre/correlate/span-tree.ts';
import type { Span } from '../../../../lambdas/sre/domain/span.ts';
import { spanOf } from '../../../support/sre/records.ts';

const COUNT = 20_000;

const idOf = (index: number): string => index.toString(16).padStart(16, '0');
const rowOf = (index: number, parent: number | null): Span =>
  spanOf({
    spanId: idOf(index),
    parentSpanId: parent === null ? null : idOf(parent),
    name: 'row',
    kind: 1,
    startMs: 1_000 + index,
    durationMs: 50,
  });
const treeOf = (spans: readonly Span[]): SpanTree => {
  const tree = new SpanTree(({ source }) => source.service);
  for (const span of spans) tree.add(span);
  tree.connect();
  return tree;
};

const placesOf = ({ length }: SpanTree): readonly number[] =>
  Array.from({ length }, (_, place) => place);

const selvesOf = (spans: readonly Span[]): readonly number[] => {
  const tree = treeOf(spans);
  return placesOf(tree).map((place) => tree.selfMsOf(place));
};

const rootsOf = (spans: readonly Span[]): number => {
  const tree = treeOf(spans);
  return placesOf(tree).filter((place) => tree.parentOf(place) === NONE).length;
};

test('among some siblings a span is without what ran beside it, among very many it is its own length', () => {
  const children = (count: number) =>
    selvesOf([rowOf(0, null), ...Array.from({ length: count }, (_, index) => rowOf(index + 1, 0))]);
  expect(children(3).slice(1)).toEqual([1, 1, 50]);
  const many = children(COUNT);
  expect(many).toHaveLength(COUNT + 1);
  expect(new Set(many.slice(1))).toEqual(new Set([50]));
});

test('a chain of all spans of a look is cut into trees, in whatever order they come', () => {
  const chain = Array.from({ length: COUNT }, (_, index) =>
    rowOf(index, index === 0 ? null : index - 1),
  );
  expect(rootsOf(chain)).toBe(Math.ceil(COUNT / 501));
  expect(rootsOf(chain.toReversed())).toBe(1);
});

test('a circle of parents has an end', () => {
  const circle = [rowOf(0, 2), rowOf(1, 0), rowOf(2, 1)];
  expect(rootsOf(circle)).toBe(1);
});

test('a tree that was loaded before knows nothing of the trace before', () => {
  const tree = treeOf([rowOf(0, null), rowOf(1, 0), rowOf(2, 1)]);
  tree.clear();
  tree.add(rowOf(2, 1));
  tree.add(rowOf(3, 2));
  tree.connect();
  expect(placesOf(tree).map((place) => tree.parentOf(place))).toEqual([NONE, 0]);
  expect(placesOf(tree).map((place) => tree.childCountOf(place))).toEqual([1, 0]);
});
