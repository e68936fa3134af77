import { describe, expect, test } from 'vitest';
import type { Anomaly, AnomalyKind } from '../../../../lambdas/sre/domain/anomaly.ts';
import { BUCKET_MS, bucketOf, sourceName } from '../../../../lambdas/sre/domain/summary.ts';
import { addEntry, newWindow } from '../../../../lambdas/sre/domain/window.ts';
import { quietOf } from '../../../../lambdas/sre/incidents/quiet.ts';
import { anomalyOf } from '../../../support/sre/causes-room.ts';
import { incidentOf } from '../../../support/sre/delivered.ts';
import { entryAt, sourceOf, START_MS } from '../../../support/sre/entries.ts';

const CART = sourceOf('cart');
const NOW_MS = START_MS + 3_600_000;

/** A service that sends, with an incident of these kinds. */
const quiet = (kinds: readonly AnomalyKind[], anomalies: readonly Anomaly[]) => {
  const now = bucketOf(NOW_MS);
  const window = addEntry(newWindow(CART, now - 40, now), entryAt('cart', NOW_MS - 20_000), now);
  const incident = incidentOf({ members: kinds.map((kind) => ({ source: CART, kind })) });
  const windows = new Map([[sourceName(CART), window]]);
  return quietOf({ incident, anomalies, windows, nowMs: NOW_MS }).kind;
};
const of = (kind: AnomalyKind, endedMs: number | null): Anomaly => ({
  ...anomalyOf('cart', START_MS, { kind }),
  source: CART,
  endedMs,
});

describe('an incident', () => {
  test('of a drift alone goes on until the drift is over', () => {
    expect(quiet(['drift'], [of('drift', null)])).toBe('going_on');
    expect(quiet(['drift'], [of('drift', START_MS + 60_000)])).toBe('quiet');
  });

  test('of what broke is over when that is, whatever drifts besides', () => {
    const over = of('failures', START_MS + 60_000);
    expect(quiet(['failures', 'drift'], [over, of('drift', null)])).toBe('quiet');
    expect(quiet(['failures', 'drift'], [of('failures', null)])).toBe('going_on');
  });

  test('of a service that sends less than half of what it usually does is not over by quiet', () => {
    const now = bucketOf(NOW_MS);
    const known = newWindow(CART, now - 90, now);
    /** Ten a bucket as a rule; so many in the last five minutes. */
    const sending = (records: number) =>
      Array.from({ length: 30 }, (_, index) => now - 30 + index).reduce(
        (window, bucket) => addEntry(window, entryAt('cart', bucket * BUCKET_MS, { records }), now),
        {
          ...known,
          baseline: { ...known.baseline, buckets: 1 },
          usualRecords: { ...known.usualRecords, total: 10 },
        },
      );
    const over = of('failures', START_MS + 60_000);
    const incident = incidentOf({ members: [{ source: CART, kind: 'failures' }] });
    const quietWith = (records: number) =>
      quietOf({
        incident,
        anomalies: [over],
        windows: new Map([[sourceName(CART), sending(records)]]),
        nowMs: NOW_MS,
      });
    expect(quietWith(10)).toEqual({ kind: 'quiet' });
    expect(quietWith(5)).toEqual({ kind: 'quiet' });
    expect(quietWith(4)).toEqual({ kind: 'no_traffic', service: 'cart' });
  });

  test('of a service that nobody hears of any more is resolved by a person', () => {
    const incident = incidentOf({ members: [{ source: CART, kind: 'oom' }] });
    const anomalies = [of('oom', START_MS + 60_000)];
    expect(quietOf({ incident, anomalies, windows: new Map(), nowMs: NOW_MS })).toEqual({
      kind: 'no_traffic',
      service: 'cart',
    });
  });

  test('of a silence waits for the return, and then for a quarter of an hour', () => {
    expect(quiet(['went_silent'], [of('went_silent', null)])).toBe('going_on');
    expect(quiet(['went_silent'], [of('went_silent', NOW_MS - 14 * 60_000)])).toBe('going_on');
    expect(quiet(['went_silent'], [of('went_silent', NOW_MS - 15 * 60_000)])).toBe('quiet');
  });
});
