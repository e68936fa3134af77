import { expect, test } from 'vitest';
import { similarIncidents } from '../../../../lambdas/sre/diagnose/similar.ts';
import type { Incident } from '../../../../lambdas/sre/incidents/incident.ts';
import { CAUSE } from '../../../support/sre/diagnosis-room.ts';
import { incidentOf, SOURCE } from '../../../support/sre/delivered.ts';
import { sourceOf } from '../../../support/sre/entries.ts';

const past = (id: string, given: Partial<Incident>): Incident =>
  incidentOf({ id, state: 'resolved', resolvedMs: 2, cause: CAUSE, ...given });
const now = incidentOf({ id: 'now', cause: CAUSE });
const idsOf = (all: readonly Incident[]) =>
  similarIncidents(now, all).map(({ incident: { id } }) => id);

test('incidents of the same line, service and signals come first, the newest of equals', () => {
  const same = { cause: CAUSE };
  const all = [
    past('other line', { cause: { ...CAUSE, template: { id: 't2', text: 'disk full' } } }),
    past('older', { ...same, openedMs: 1 }),
    past('newer', { ...same, openedMs: 9 }),
    past('other root', { cause: { ...CAUSE, root: sourceOf('mail') } }),
  ];
  expect(idsOf(all)).toEqual(['newer', 'older', 'other root']);
  expect(similarIncidents(now, all).map(({ score }) => score)).toEqual([1, 1, 0.7]);
});

test('what is live, a digest, a part of another one, itself or of another kind is not like it', () => {
  expect(
    idsOf([
      past('live', { resolvedMs: null }),
      past('digest', { isDigest: true }),
      past('merged', { mergedInto: 'x' }),
      past('now', {}),
      past('strange', {
        cause: null,
        members: [{ source: { ...SOURCE, service: 'mail' }, kind: 'went_silent' }],
      }),
    ]),
  ).toEqual([]);
});
