import { describe, expect, test } from 'vitest';
import { itemsOf, withinBytes, type Material } from '../../../../lambdas/sre/diagnose/material.ts';
import type { Step } from '../../../../lambdas/sre/incidents/timeline.ts';
import { anomalyOf } from '../../../support/sre/anomalies.ts';
import { CAUSE } from '../../../support/sre/diagnosis-room.ts';
import { incidentOf, TENANT } from '../../../support/sre/delivered.ts';
import { sourceOf } from '../../../support/sre/entries.ts';
import { recordOf } from '../../../support/sre/records.ts';

const SECRET = 'hunter2';
const hide = (text: string): string => text.replaceAll(SECRET, '<secret>');
const step = (kind: Step['kind'], by: string, text: string): Step => ({
  revision: 1,
  atMs: 1,
  by,
  kind,
  text,
});
const past = incidentOf({
  id: 'incident_0',
  title: `was ${SECRET}`,
  openedMs: 0,
  resolvedMs: 60_000,
});
const MATERIAL: Material = {
  incident: incidentOf({ title: `is ${SECRET}`, cause: { ...CAUSE, gaps: [SECRET] } }),
  anomalies: [
    anomalyOf(TENANT, 'low', { band: 'low', why: SECRET, facts: { [SECRET]: SECRET } }),
    anomalyOf(TENANT, 'critical', { band: 'critical', template: { id: 't', text: SECRET } }),
  ],
  records: new Map([['ab#1', recordOf({ text: `a ${SECRET}\nb`, stack: SECRET })]]),
  deploys: [{ source: sourceOf(SECRET), version: SECRET, atMs: 5 }],
  runbook: { id: 'runbook_1', title: SECRET, text: `first\n\nsecond ${SECRET}` },
  similar: [
    {
      incident: past,
      score: 0.812,
      steps: [
        step('opened', 'sluice', 'x'),
        step('noted', 'sluice', 'a ticket was told'),
        step('noted', 'ada', `The pool was too small; ${SECRET}.`),
        step('resolved', 'ada', 'Somebody resolved it.'),
      ],
    },
  ],
};

describe('what a model is told', () => {
  test('is masked wherever it comes from', () => {
    const text = JSON.stringify(itemsOf(MATERIAL, hide));
    expect(text).not.toContain(SECRET);
    expect(text.match(/<secret>/g)?.length).toBeGreaterThan(10);
  });

  test('has an id each, the worst anomaly first, and what people wrote of those before', () => {
    const items = itemsOf(MATERIAL, hide);
    expect(items.map(({ kind }) => kind)).toEqual([
      'incident',
      'cause',
      'anomaly',
      'anomaly',
      'log',
      'deploy',
      'runbook',
      'past_incident',
    ]);
    expect(new Set(items.map(({ id }) => id)).size).toBe(items.length);
    expect(items[2]).toMatchObject({ severity: 'critical' });
    expect(items.at(-1)).toMatchObject({
      minutes: 1,
      likeness: 0.81,
      resolution: ['The pool was too small; <secret>.', 'Somebody resolved it.'],
    });
  });

  test('fits, and what tells most is what is left', () => {
    const items = itemsOf(MATERIAL, hide);
    const few = withinBytes(items, 1_200);
    expect(Buffer.byteLength(few.map((item) => JSON.stringify(item)).join('\n'))).toBeLessThan(
      1_200,
    );
    expect(few[0]?.kind).toBe('incident');
    expect(few.length).toBeLessThan(items.length);
  });
});
