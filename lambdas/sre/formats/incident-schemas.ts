import * as z from 'zod';
import { listOf } from '../../http/lists.ts';
import { queryNumber } from '../../http/query-number.ts';
import type { AnomalyKind } from '../domain/anomaly.ts';
import { INCIDENT_STATES } from '../incidents/incident.ts';
import { BANDS, sourceSchema } from './sre-schemas.ts';

const time = z.int().describe('epoch ms, UTC');
const TIME_MAX = 9_999_999_999_999;
const NAME_MAX = 256;
const TEXT_MAX = 2_000;

export const incidentSchema = z
  .strictObject({
    object: z.literal('incident'),
    id: z.string(),
    revision: z.int(),
    generation: z.int().describe('rises when it opens again'),
    state: z.enum(INCIDENT_STATES),
    severity: z.enum(BANDS).describe('the worst that it was'),
    title: z.string(),
    opened_at: time,
    first_seen_at: time,
    last_seen_at: time,
    resolved_at: time.nullable(),
    acknowledged_at: time.nullable(),
    acknowledged_by: z.string().nullable(),
    time_to_acknowledge_ms: z.int().nullable(),
    time_to_resolve_ms: z.int().nullable(),
    assignee: z.string().nullable(),
    members: z.array(z.strictObject({ source: sourceSchema, kind: z.string() })),
    anomalies: z.array(z.string()).describe('ids, the newest last, a hundred at most'),
    anomaly_count: z.int(),
    is_digest: z.boolean().describe('it takes what came beyond the budget of a storm'),
    root: sourceSchema.nullable().describe('null: no cause is sure enough'),
    cause_confidence: z.number().nullable(),
    gaps: z.array(z.string()).describe('what would make the cause surer'),
    merged_into: z.string().nullable(),
    follows: z.string().nullable().describe('the resolved incident of the same source before it'),
    snoozed_until: time.nullable(),
    flapping_since: time.nullable(),
  })
  .meta({ id: 'Incident' });
export const incidentListSchema = listOf(incidentSchema);

export const incidentWithStepsSchema = incidentSchema
  .extend({
    timeline: z.array(
      z.strictObject({
        revision: z.int(),
        at: time,
        by: z.string().describe('a key, a person, a destination; `sluice`: nobody'),
        kind: z.string(),
        text: z.string(),
      }),
    ),
  })
  .meta({ id: 'IncidentWithTimeline' });

/** GET /v1/incidents */
export const incidentsQuery = z.strictObject({
  state: z.enum(['live', ...INCIDENT_STATES]).optional(),
  limit: queryNumber(1, 100).default(50),
  cursor: z.string().max(NAME_MAX).optional(),
});

/** PATCH /v1/incidents/{incident_id} */
export const patchIncidentBody = z
  .strictObject({
    state: z.enum(['acknowledged', 'investigating', 'mitigated', 'resolved']).optional(),
    assignee: z.string().min(1).max(NAME_MAX).nullable().optional(),
    snoozed_until: z.int().min(0).max(TIME_MAX).optional().describe('nothing is told until then'),
    note: z.string().min(1).max(TEXT_MAX).optional().describe('for the timeline'),
    merged_into: z
      .string()
      .max(NAME_MAX)
      .nullable()
      .optional()
      .describe('the two are one; null: they are not. The older one takes the younger one in'),
    noise_until: z
      .int()
      .min(0)
      .max(TIME_MAX)
      .optional()
      .describe('resolves it, and what looks like it opens nothing until then, unless it is worse'),
  })
  .refine((body) => Object.keys(body).length > 0, 'name something to change');

const any = z.string().max(NAME_MAX).nullable().default(null).describe('null: any');
const KINDS = [
  'failures',
  'burn',
  'went_silent',
  'telemetry_lost',
  'oom',
  'crash',
  'resource',
  'spend',
  'latency',
  'errors',
  'retries',
] as const satisfies readonly AnomalyKind[];
const patternSchema = z
  .strictObject({
    environment: any,
    namespace: any,
    service: any,
    kind: z.enum(KINDS).nullable().default(null).describe('of an anomaly'),
    template: any,
  })
  .describe('what it holds for; without any of them, for everything');

export const silenceSchema = z
  .strictObject({
    object: z.literal('silence'),
    id: z.string(),
    kind: z.enum(['silence', 'maintenance', 'noise']),
    pattern: patternSchema,
    from: time,
    until: time,
    reason: z.string(),
    by: z.string(),
  })
  .meta({ id: 'Silence' });
export const silenceListSchema = listOf(silenceSchema);

/** POST /v1/silences */
export const silenceBody = z.strictObject({
  kind: z.enum(['silence', 'maintenance']).default('silence'),
  pattern: patternSchema,
  from: z.int().min(0).max(TIME_MAX).optional().describe('absent: from now on'),
  until: z.int().min(0).max(TIME_MAX).describe('in the future, a year after its beginning at most'),
  reason: z.string().min(1).max(TEXT_MAX),
});

export const deploySchema = z
  .strictObject({
    object: z.literal('deploy'),
    source: sourceSchema,
    version: z.string(),
    at: time,
    by: z.string(),
  })
  .meta({ id: 'Deploy' });
export const deployListSchema = listOf(deploySchema);

/** POST /v1/deploys */
export const deployBody = z.strictObject({
  service: z.string().min(1).max(NAME_MAX),
  environment: z.string().max(NAME_MAX).default(''),
  namespace: z.string().max(NAME_MAX).default(''),
  version: z.string().min(1).max(NAME_MAX),
  at: z.int().min(0).max(TIME_MAX).optional().describe('absent: now'),
});

export const whyIncidentSchema = z
  .strictObject({
    object: z.literal('incident_decision'),
    anomaly_id: z.string(),
    incident_id: z.string().nullable(),
    verdict: z.string(),
    why: z.string(),
  })
  .meta({ id: 'IncidentDecision' });
