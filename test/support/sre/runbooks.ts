import type { Incident } from '../../../lambdas/sre/incidents/incident.ts';
import type { Runbook } from '../../../lambdas/sre/runbooks/runbook.ts';
import { incidentOf, TENANT } from './delivered.ts';

export const INCIDENT_ID = 'incident_0mx2zv4a3c1f0c3a77b2e';

/** An incident whose id is one of those that are given. */
export const liveIncident = (given: Partial<Incident> = {}): Incident =>
  incidentOf({ id: INCIDENT_ID, generation: 1, ...given });

export const runbookOf = (given: Partial<Runbook> = {}): Runbook => ({
  id: 'runbook_01ktt0m6q0h3v5x8y2z4w6p9rs',
  tenant: TENANT,
  name: 'Checkout is out of memory',
  match: { service: null, environment: null, signal: null, template: null },
  text: 'Look at the heap first.',
  url: null,
  steps: [
    {
      id: 'restart',
      title: 'Restart checkout',
      action: {
        kind: 'webhook',
        url: 'https://ops.example/restart',
        parameters: { service: '{{service}}', environment: '{{environment}}' },
      },
    },
    { id: 'look', title: 'Look at the heap', action: null },
  ],
  secretNames: ['signing_secret'],
  revision: 1,
  createdMs: 1,
  updatedMs: 1,
  ...given,
});
