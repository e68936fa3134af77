import { expect, test } from 'vitest';
import { callsOf, type Line } from '../../../../lambdas/sre/correlate/calls.ts';
import type { Span } from '../../../../lambdas/sre/domain/span.ts';
import { traffic, type WorldOptions } from '../../../support/sre/call-world.ts';
import { START_MS } from '../../../support/sre/entries.ts';

const SHOP: WorldOptions = {
  services: { front: ['cart', 'mail'], cart: ['stock', 'stock'], stock: [], mail: [] },
  queued: ['mail'],
  trouble: (service, atMs) => ({ fails: service === 'stock' && atMs % 7 === 0 }),
  skewMs: { stock: 400 },
};
const told = traffic(SHOP, { fromMs: START_MS, toMs: START_MS + 60_000 });

/** All that is known of calls, in an order of its own. */
const known = (spans: readonly Span[], lines: readonly Line[]): readonly string[] =>
  callsOf(spans, lines)
    .map(({ key, traceId, startMs, endMs, caller, events, selves, gaps, unanswered, lines: own }) =>
      JSON.stringify([
        key,
        traceId,
        [startMs, endMs],
        caller?.key ?? null,
        [...events].toSorted(),
        selves.map(({ operation, ms }) => `${operation} ${ms}`).toSorted(),
        gaps.map(({ callee, ms }) => `${callee.key} ${ms}`).toSorted(),
        unanswered,
        own.map(({ block, place }) => `${block}#${place}`),
      ]),
    )
    .toSorted();

test('calls are the same in whatever order traces come, whole or among each other', () => {
  const byTrace = [...Map.groupBy(told.spans, ({ traceId }) => traceId).values()];
  const whole = known(byTrace.flat(), told.lines);
  expect(whole.length).toBeGreaterThan(50);
  expect(known(byTrace.toReversed().flat(), told.lines.toReversed())).toEqual(whole);
  const longest = Math.max(...byTrace.map(({ length }) => length));
  const mixed = Array.from({ length: longest }, (_, place) =>
    byTrace.flatMap((trace) => trace[place] ?? []),
  ).flat();
  expect(known(mixed, told.lines)).toEqual(whole);
});

test('a trace is read as if it had come alone, whatever was read before it', () => {
  const spansOf = Map.groupBy(told.spans, ({ traceId }) => traceId);
  const linesOf = Map.groupBy(told.lines, ({ record }) => record.traceId);
  const alone = [...spansOf].flatMap(([traceId, spans]) =>
    known(spans, linesOf.get(traceId) ?? []),
  );
  expect(alone.toSorted()).toEqual(known(told.spans, told.lines));
});

test('a line is of no call of another trace, though it names a span of it', () => {
  const [span] = told.spans;
  const [line] = told.lines;
  if (span === undefined || line === undefined) throw new Error('a world tells something');
  const record = { ...line.record, traceId: 'f'.repeat(32), spanId: span.spanId };
  const calls = callsOf([span], [{ ...line, record: { ...record, source: span.source } }]);
  expect(calls.map(({ traceId, lines }) => [traceId, lines.length])).toEqual([
    [span.traceId, 0],
    ['f'.repeat(32), 1],
  ]);
});
