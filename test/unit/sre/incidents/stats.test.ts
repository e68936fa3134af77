import { describe, expect, test } from 'vitest';
import type { Incident } from '../../../../lambdas/sre/incidents/incident.ts';
import { statsOf } from '../../../../lambdas/sre/incidents/stats.ts';
import { acknowledgedAfterMs, idAfter } from '../../../../lambdas/sre/incidents/times.ts';
import { incidentOf, SOURCE } from '../../../support/sre/delivered.ts';

const OPENED = 1_790_000_000_000;

/** Opened, and acknowledged and resolved so much later. */
const lived = (
  acknowledged: number | null,
  resolved: number | null,
  more: Partial<Incident> = {},
) =>
  incidentOf({
    openedMs: OPENED,
    turnsMs: [OPENED],
    generation: 1,
    acknowledgedMs: acknowledged === null ? null : OPENED + acknowledged,
    resolvedMs: resolved === null ? null : OPENED + resolved,
    ...more,
  });

describe('what became of incidents', () => {
  test('the median is of the middle, the mean of all, and what did not happen is in neither', () => {
    const all = [
      lived(10, 100),
      lived(20, 1_000),
      lived(90, 400),
      lived(null, 200),
      lived(40, null),
    ];
    expect(statsOf(all).totals).toEqual({
      incidents: 5,
      live: 1,
      acknowledged: 4,
      resolved: 4,
      reopened: 0,
      noise: 0,
      acknowledge: { medianMs: 30, meanMs: 40 },
      resolve: { medianMs: 300, meanMs: 425 },
    });
    expect(statsOf([]).totals).toMatchObject({ incidents: 0, acknowledge: null, resolve: null });
  });

  test('noise counts as noise alone, until it opens again', () => {
    const noise = lived(5, 5, { noiseGeneration: 1 });
    const again = lived(50, 70, { noiseGeneration: 1, generation: 2 });
    expect(statsOf([noise, again]).totals).toMatchObject({
      incidents: 2,
      noise: 1,
      reopened: 1,
      acknowledge: { medianMs: 50, meanMs: 50 },
      resolve: { medianMs: 70, meanMs: 70 },
    });
  });

  test('what another incident took in counts there alone', () => {
    expect(
      statsOf([lived(1, 1), lived(1, 1, { mergedInto: 'incident_02' })]).totals.incidents,
    ).toBe(1);
  });

  test('an incident counts once: for its root, or for the service that it was opened for', () => {
    const other = { ...SOURCE, service: 'payment' };
    const root = { root: other, confidence: 5, suspects: [], chain: [], affected: [], samples: [] };
    const caused = lived(1, 1, { cause: Object({ ...root, gaps: [], timeline: [] }) });
    const members = [SOURCE, other].map((source) => ({ source, kind: 'oom' as const }));
    const { byService, totals } = statsOf([caused, lived(1, 1, { members }), lived(1, 1)]);
    expect(byService.map(([service, { incidents }]) => [service, incidents])).toEqual([
      ['checkout', 2],
      ['payment', 1],
    ]);
    expect(totals.incidents).toBe(3);
  });

  test('each severity has a row, the worst first', () => {
    const { bySeverity } = statsOf([lived(1, 1, { band: 'low' })]);
    expect(bySeverity.map(([band, { incidents }]) => [band, incidents])).toEqual([
      ['critical', 0],
      ['high', 0],
      ['medium', 0],
      ['low', 1],
    ]);
  });
});

test('who acknowledges what opened again is measured from then', () => {
  const turnsMs = [OPENED, OPENED + 1_000, OPENED + 60_000];
  const again = lived(60_500, null, { turnsMs, generation: 2 });
  expect(acknowledgedAfterMs(again)).toBe(500);
  const over = { ...again, turnsMs: [...turnsMs, OPENED + 70_000], resolvedMs: OPENED + 70_000 };
  expect(acknowledgedAfterMs(over)).toBe(500);
});

test('an id behind a time is behind every id of that time, and before those of the next', () => {
  const idOf = (ms: number, rest: string) => `incident_${ms.toString(36).padStart(9, '0')}${rest}`;
  expect(idAfter(OPENED) > idOf(OPENED, 'ffffffffffff')).toBe(true);
  expect(idAfter(OPENED) < idOf(OPENED + 1, '000000000000')).toBe(true);
});
