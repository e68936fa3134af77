import * as z from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { answers, chapter, json, pageOf, path } from '../../http/openapi-parts.ts';
import {
  deployBody,
  deployListSchema,
  deploySchema,
  incidentListSchema,
  incidentSchema,
  incidentsQuery,
  incidentWithStepsSchema,
  patchIncidentBody,
  silenceBody,
  silenceListSchema,
  silenceSchema,
  whyIncidentSchema,
} from '../formats/incident-schemas.ts';
import { incidentStatsQuery, incidentStatsSchema } from '../formats/incident-stats-format.ts';

import { DIAGNOSIS, DIAGNOSIS_PATHS } from './diagnosis-paths.ts';

const incidents = chapter('Incidents');

const OPENED_AT = 1_796_000_001_500;
const SOURCE = { environment: 'production', namespace: 'shop', service: 'checkout' };

const INCIDENT: z.input<typeof incidentSchema> = {
  object: 'incident',
  id: 'incident_0mx2zv4a3c1f0c3a77b2e',
  revision: 2,
  generation: 1,
  state: 'identified',
  severity: 'critical',
  title: 'checkout (production) is out of memory',
  opened_at: OPENED_AT,
  first_seen_at: OPENED_AT - 1_500,
  last_seen_at: OPENED_AT,
  resolved_at: null,
  acknowledged_at: null,
  acknowledged_by: null,
  time_to_acknowledge_ms: null,
  time_to_resolve_ms: null,
  assignee: null,
  members: [{ source: SOURCE, kind: 'oom' }],
  anomalies: ['anomaly_0aytbw0h5d1f0c3a77b2e914'],
  anomaly_count: 1,
  is_digest: false,
  root: SOURCE,
  cause_confidence: 4.2,
  gaps: [],
  merged_into: null,
  follows: null,
  snoozed_until: null,
  flapping_since: null,
};

const FIGURES = {
  incidents: 12,
  live: 1,
  acknowledged: 9,
  resolved: 10,
  reopened: 1,
  noise: 1,
  noise_share: 1 / 12,
  time_to_acknowledge_ms: { median: 94_000, mean: 141_500 },
  time_to_resolve_ms: { median: 1_380_000, mean: 2_210_000 },
};
const STATS: z.input<typeof incidentStatsSchema> = {
  object: 'incident_stats',
  from: OPENED_AT - 2_592_000_000,
  to: OPENED_AT,
  totals: FIGURES,
  by_service: [{ service: 'checkout', ...FIGURES }],
  by_severity: [{ severity: 'critical', ...FIGURES }],
  truncated: false,
};

const TIMELINE = [
  {
    revision: 1,
    at: OPENED_AT,
    by: 'sluice',
    kind: 'opened',
    text: 'checkout says that it is out of memory; one such line is enough.',
  },
];

const PATTERN = {
  environment: 'production',
  namespace: null,
  service: 'checkout',
  kind: null,
  template: null,
};
const SILENCE: z.input<typeof silenceSchema> = {
  object: 'silence',
  id: 'silence_01ktt0m6q0h3v5x8y2z4w6p9rs',
  kind: 'maintenance',
  pattern: PATTERN,
  from: OPENED_AT,
  until: OPENED_AT + 3_600_000,
  hours: null,
  reason: 'The database moves.',
  by: 'key_0123456789abcdef',
};

const DEPLOY: z.input<typeof deploySchema> = {
  object: 'deploy',
  source: SOURCE,
  version: '2.14.0',
  at: OPENED_AT,
  by: 'key_0123456789abcdef',
};

export const INCIDENT_PATHS: ZodOpenApiPathsObject = {
  ...DIAGNOSIS_PATHS,
  '/v1/incidents': {
    get: {
      ...incidents('listIncidents', 'List incidents'),
      requestParams: { query: incidentsQuery },
      ...answers('200', 'Newest first', json(incidentListSchema, pageOf(INCIDENT))),
    },
  },
  '/v1/incidents/stats': {
    get: {
      ...incidents('sumIncidents', 'Sum up what became of incidents'),
      requestParams: { query: incidentStatsQuery },
      ...answers(
        '200',
        'Of those that were opened within, or in the last 30 days; an incident counts for its root, or for the service that it was opened for',
        json(incidentStatsSchema, STATS),
      ),
    },
  },
  '/v1/incidents/{incident_id}': {
    get: {
      ...incidents('getIncident', 'Get an incident with its timeline'),
      requestParams: path('incident_id'),
      ...answers(
        '200',
        'The incident; its timeline says who did what, and when',
        json(incidentWithStepsSchema, {
          ...INCIDENT,
          diagnosis: DIAGNOSIS,
          timeline: TIMELINE,
          runbooks: [
            {
              id: 'runbook_01ktt0m6q0h3v5x8y2z4w6p9rs',
              name: 'Checkout is out of memory',
              url: null,
              steps: [{ id: 'restart', title: 'Restart checkout', action: 'webhook' }],
            },
          ],
          remediations: [],
        }),
      ),
    },
    patch: {
      ...incidents(
        'updateIncident',
        'Acknowledge, assign, snooze, merge, resolve or reopen an incident',
      ),
      requestParams: path('incident_id'),
      requestBody: json(patchIncidentBody, { state: 'acknowledged', assignee: 'ada' }),
      ...answers(
        '200',
        'The incident after it. What is so already changes nothing; what is resolved takes notes, or is reopened: an hour after its end as a new one that follows it',
        json(incidentSchema, { ...INCIDENT, state: 'acknowledged', assignee: 'ada' }),
      ),
    },
  },
  '/v1/anomalies/{anomaly_id}/incident': {
    get: {
      ...incidents('whyIncident', 'Say which incident an anomaly is in, or why it is in none'),
      requestParams: path('anomaly_id'),
      ...answers(
        '200',
        'A dry run of the decision; nothing is stored and nobody is notified',
        json(whyIncidentSchema, {
          object: 'incident_decision',
          anomaly_id: 'anomaly_0aytbw0h5d1f0c3a77b2e914',
          incident_id: INCIDENT.id,
          verdict: 'known',
          why: 'It is in this incident.',
        }),
      ),
    },
  },
  '/v1/silences': {
    get: {
      ...incidents('listSilences', 'List silences, maintenance windows and noise'),
      ...answers('200', 'Those that are not over', json(silenceListSchema, pageOf(SILENCE))),
    },
    post: {
      ...incidents('createSilence', 'Open no incident for a while'),
      requestBody: json(silenceBody, {
        kind: 'maintenance',
        pattern: PATTERN,
        until: SILENCE.until,
        reason: SILENCE.reason,
      }),
      ...answers(
        '201',
        'What continues after it opens an incident then',
        json(silenceSchema, SILENCE),
      ),
    },
  },
  '/v1/silences/{silence_id}': {
    delete: {
      ...incidents('deleteSilence', 'End a silence'),
      requestParams: path('silence_id'),
      ...answers(
        '200',
        'It holds no longer',
        json(
          z.strictObject({
            object: z.literal('silence'),
            id: z.string(),
            deleted: z.literal(true),
          }),
          { object: 'silence', id: SILENCE.id, deleted: true },
        ),
      ),
    },
  },
  '/v1/deploys': {
    get: {
      ...incidents('listDeploys', 'List deployments of the last week'),
      ...answers('200', 'Newest first', json(deployListSchema, pageOf(DEPLOY))),
    },
    post: {
      ...incidents('createDeploy', 'Report a deployment'),
      requestBody: json(deployBody, {
        service: 'checkout',
        environment: 'production',
        namespace: 'shop',
        version: '2.14.0',
      }),
      ...answers(
        '201',
        'The same service, version and time again is the same',
        json(deploySchema, DEPLOY),
      ),
    },
  },
};
