import { expect, test } from 'vitest';
import { changeWrites, incidentOfItem } from '../../../../lambdas/sre/adapters/incident-items.ts';
import { openIncident } from '../../../../lambdas/sre/incidents/life.ts';
import { anomalyOf } from '../../../support/sre/anomalies.ts';
import { TENANT } from '../../../support/sre/delivered.ts';

test('an incident that was stored before there were diagnoses has none', () => {
  const anomaly = anomalyOf(TENANT, 'cart');
  const change = openIncident({ anomaly, nowMs: 1, follows: null, isDigest: false });
  const [put] = changeWrites(change);
  const item = put?.kind === 'put' ? put.item : {};
  const { diagnosis, ...stored } = JSON.parse(String(item['incident']));
  expect(diagnosis).toBeNull();
  expect(incidentOfItem({ ...item, incident: JSON.stringify(stored) })).toEqual(change.after);
});
