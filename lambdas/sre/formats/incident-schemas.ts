import * as z from 'zod';
import { printable } from '../../shared/clean-text.ts';
import { listOf } from '../../http/lists.ts';
import { queryNumber } from '../../http/query-number.ts';
import { ANOMALY_KINDS } from '../domain/anomaly.ts';
import { ANY } from '../domain/service-setting.ts';
import { INCIDENT_STATES } from '../incidents/incident.ts';
import { diagnosisSchema } from './diagnosis-schemas.ts';
import { ACTION_KINDS } from '../runbooks/runbook.ts';
import { remediationSchema } from './runbook-schemas.ts';
import { hoursSchema } from './hours-format.ts';
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
    diagnosis: diagnosisSchema.describe('what a model says of it, or why none does'),
    timeline: z.array(
      z.strictObject({
        revision: z.int(),
        at: time,
        by: z.string().describe('a key, a person, a destination; `sluice`: nobody'),
        kind: z.string(),
        text: z.string(),
      }),
    ),
    runbooks: z
      .array(
        z.strictObject({
          id: z.string(),
          name: z.string(),
          url: z.string().nullable(),
          steps: z.array(
            z.strictObject({
              id: z.string(),
              title: z.string(),
              action: z.enum(ACTION_KINDS).nullable().describe('null: a person does it'),
            }),
          ),
        }),
      )
      .describe('that are for it, the most specific first, five at most'),
    remediations: z.array(remediationSchema).describe('steps that were proposed for it'),
  })
  .meta({ id: 'IncidentWithTimeline' });

/** GET /v1/incidents */
export const incidentsQuery = z.strictObject({
  state: z.enum(['live', ...INCIDENT_STATES]).optional(),
  limit: queryNumber(1, 100).default(50),
  cursor: z.string().max(NAME_MAX).optional(),
});

/** What a person writes, as it may be shown: bounded as it comes, and not empty as it is kept. */
const words = (max: number) => z.string().max(max).overwrite(printable).min(1);

/** PATCH /v1/incidents/{incident_id} */
export const patchIncidentBody = z
  .strictObject({
    state: z
      .enum(['identified', 'acknowledged', 'investigating', 'mitigated', 'resolved'])
      .optional()
      .describe('`identified` opens a resolved one again'),
    assignee: words(NAME_MAX).nullable().optional(),
    snoozed_until: z
      .int()
      .min(0)
      .max(TIME_MAX)
      .optional()
      .describe('nothing is reported until then'),
    note: words(TEXT_MAX).optional().describe('for the timeline'),
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
const patternSchema = z
  .strictObject({
    environment: any,
    namespace: any,
    service: any,
    kind: z.enum(ANOMALY_KINDS).nullable().default(null).describe('of an anomaly'),
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
    hours: hoursSchema.nullable().describe('it holds within them alone; null: all the time'),
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
  hours: hoursSchema
    .nullable()
    .default(null)
    .describe('it holds within these hours alone, week by week; absent: all the time'),
  reason: words(TEXT_MAX),
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
  environment: z.string().max(NAME_MAX).default(ANY).describe('absent: any'),
  namespace: z.string().max(NAME_MAX).default(ANY).describe('absent: any'),
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
