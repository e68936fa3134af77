import type { Incident } from '../../../lambdas/sre/incidents/incident.ts';
import type { Destination } from '../../../lambdas/sre/tickets/destination.ts';
import type { Ticket } from '../../../lambdas/sre/tickets/ticket.ts';

export const TENANT = 'project_default';
const OPENED_MS = 1_790_000_000_000;
export const SOURCE = { environment: 'production', namespace: 'shop', service: 'checkout' };

/** An incident as it is opened. */
export const incidentOf = (given: Partial<Incident> = {}): Incident => ({
  id: 'incident_01',
  tenant: TENANT,
  revision: 1,
  newsRevision: 1,
  generation: 0,
  state: 'identified',
  band: 'high',
  title: 'checkout runs out of memory',
  openedMs: OPENED_MS,
  firstSeenMs: given.openedMs ?? OPENED_MS,
  apartFrom: [],
  lastSeenMs: given.openedMs ?? OPENED_MS,
  resolvedMs: null,
  members: [{ source: SOURCE, kind: 'oom' }],
  anomalies: [],
  anomalyCount: 1,
  isDigest: false,
  cause: null,
  diagnosis: null,
  mergedInto: null,
  follows: null,
  acknowledgedMs: null,
  acknowledgedBy: null,
  assignee: null,
  snoozedUntilMs: null,
  turnsMs: [],
  flappingSinceMs: null,
  noiseGeneration: null,
  ...given,
});

export const destinationOf = (given: Partial<Destination> = {}): Destination => ({
  id: 'dst_0000000000000001',
  tenant: TENANT,
  name: 'desk',
  kind: 'webhook',
  settings: { url: 'https://desk.example/hook' },
  secretNames: ['signing_secret'],
  routes: [
    { bands: null, services: null, environments: null, owners: null, hours: null, send: 'ticket' },
  ],
  remindAfterMs: null,
  isPaused: false,
  revision: 1,
  createdMs: OPENED_MS,
  updatedMs: OPENED_MS,
  ...given,
});

export const ticketOfIncident = (incident: Incident, given: Partial<Ticket> = {}): Ticket => ({
  incidentId: incident.id,
  generation: incident.generation,
  revision: incident.revision,
  state: incident.state,
  band: incident.band,
  title: incident.title,
  why: ['pattern: oom'],
  environment: 'production',
  firstSeenMs: incident.openedMs,
  lastSeenMs: incident.lastSeenMs,
  resolvedMs: incident.resolvedMs,
  acknowledgedBy: incident.acknowledgedBy,
  affected: ['checkout'],
  chain: [],
  evidence: [],
  cause: null,
  gaps: [],
  timeline: [],
  suggestedFix: null,
  diagnosis: null,
  runbook: null,
  remediations: [],
  runbookUrl: null,
  consoleUrl: null,
  ...given,
});
