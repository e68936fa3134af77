import * as z from 'zod';
import { listOf } from '../../http/lists.ts';
import { REMEDIATION_STATES } from '../runbooks/remediation.ts';
import { placeProblem } from '../runbooks/facts.ts';
import { GITHUB_URL } from '../runbooks/plan.ts';
import {
  ACTION_KINDS,
  PARAMETER_CHARS_MAX,
  PARAMETERS_MAX,
  RUNBOOK_CHARS_MAX,
  STEPS_MAX,
} from '../runbooks/runbook.ts';
import { ANOMALY_KINDS } from '../domain/anomaly.ts';
import { jsonBytesMax } from './json-bytes.ts';

const NAME_MAX = 256;
const URL_MAX = 2_000;
const SECRET_MAX = 1_000;
/** With the longest text, of characters that take most bytes, a runbook is one item still. */
const STEPS_BYTES_MAX = 200_000;
const WAIT_MINUTES_MIN = 5;
const WAIT_MINUTES_MAX = 1_440;

const time = z.int().describe('epoch ms, UTC');
const any = z.string().min(1).max(NAME_MAX).nullable().default(null).describe('null: any');

const runbookMatchSchema = z
  .strictObject({
    service: any,
    environment: any,
    signal: z
      .enum(ANOMALY_KINDS)
      .nullable()
      .default(null)
      .describe('the kind of an anomaly; null: any'),
    template: z
      .string()
      .min(1)
      .max(2_000)
      .nullable()
      .default(null)
      .describe("a template's id or its whole text; null: any"),
  })
  .describe('one anomaly of the incident must be all that it names');

const parameter = z
  .string()
  .max(PARAMETER_CHARS_MAX)
  .superRefine((text, context) => {
    const problem = placeProblem(text);
    if (problem !== null) context.addIssue({ code: 'custom', message: problem });
  });
const parameters = z
  .record(
    z.string().regex(/^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/, 'letters, digits, dot, hyphen, underscore'),
    parameter,
  )
  .refine((record) => Object.keys(record).length <= PARAMETERS_MAX, `at most ${PARAMETERS_MAX}`)
  .default({})
  .describe(
    'texts; {{service}}, {{namespace}}, {{environment}}, {{incident_id}}, {{severity}} and {{template_id}} are put in',
  );

const name = (words: string) => z.string().regex(/^[\w.-]{1,100}$/, words);

export const runbookActionSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('webhook'), url: z.url().max(URL_MAX), parameters }),
  z.strictObject({
    kind: z.literal('lambda'),
    function_arn: z
      .string()
      .regex(/^arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[\w-]{1,64}(?::[\w$-]{1,128})?$/)
      .describe('one that the settings of the stage allow'),
    parameters,
  }),
  z.strictObject({
    kind: z.literal('ssm_document'),
    document_arn: z
      .string()
      .regex(/^arn:aws[a-z-]*:ssm:[a-z0-9-]+:(?:\d{12})?:document\/[\w.-]{1,128}$/)
      .describe('one that the settings of the stage allow'),
    parameters,
  }),
  z.strictObject({
    kind: z.literal('github_workflow'),
    base_url: z
      .url()
      .max(URL_MAX)
      .default(GITHUB_URL)
      .describe('of an Enterprise Server: https://HOST/api/v3'),
    repository: z.string().regex(/^[\w.-]{1,100}\/[\w.-]{1,100}$/, 'owner/name'),
    workflow: name('the name of its file, like restart.yml'),
    ref: z.string().regex(/^[\w./-]{1,200}$/, 'a branch or a tag'),
    parameters,
  }),
]);

export const runbookStepSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'small letters, digits, hyphens'),
  title: z.string().min(1).max(NAME_MAX),
  action: runbookActionSchema.nullable().default(null).describe('null: a person does it'),
});

const changeable = {
  name: z.string().min(1).max(NAME_MAX),
  match: runbookMatchSchema,
  text: z.string().max(RUNBOOK_CHARS_MAX).describe('markdown'),
  url: z
    .url({ protocol: /^https?$/ })
    .max(1_500)
    .nullable()
    .describe('where people keep it'),
  steps: z
    .array(runbookStepSchema)
    .max(STEPS_MAX)
    .refine(jsonBytesMax(STEPS_BYTES_MAX), `at most ${STEPS_BYTES_MAX} bytes of JSON`)
    .refine((steps) => new Set(steps.map(({ id }) => id)).size === steps.length, 'ids differ'),
  secrets: z
    .strictObject({ github_token: z.string().max(SECRET_MAX) })
    .partial()
    .describe('never shown again; absent ones stay as they are, "" removes one'),
};

/** POST /v1/runbooks */
export const createRunbookBody = z.strictObject({
  ...changeable,
  match: changeable.match.default({
    service: null,
    environment: null,
    signal: null,
    template: null,
  }),
  text: changeable.text.default(''),
  url: changeable.url.default(null),
  steps: changeable.steps.default([]),
  secrets: changeable.secrets.default({}),
});

/** PATCH /v1/runbooks/{runbook_id} */
export const patchRunbookBody = z
  .strictObject(changeable)
  .partial()
  .refine((body) => Object.keys(body).length > 0, 'name something to change');

export const runbookSchema = z
  .strictObject({
    object: z.literal('runbook'),
    id: z.string(),
    name: z.string(),
    match: runbookMatchSchema,
    text: z.string(),
    url: z.string().nullable(),
    steps: z.array(runbookStepSchema),
    secret_names: z.array(z.string()).describe('what they say is never shown'),
    revision: z.int().describe('an approval holds for one'),
    created_at: time,
    updated_at: time,
    secret: z
      .string()
      .optional()
      .describe(
        'in the answer that brings the first webhook, or one of another host: signs what is sent',
      ),
  })
  .meta({ id: 'Runbook' });

export const runbookHeadSchema = z
  .strictObject({
    object: z.literal('runbook_head'),
    id: z.string(),
    name: z.string(),
    match: runbookMatchSchema,
    revision: z.int(),
  })
  .meta({ id: 'RunbookHead' });
export const runbookListSchema = listOf(runbookHeadSchema);

/** POST /v1/remediations */
export const proposeRemediationBody = z.strictObject({
  incident_id: z.string().min(1).max(NAME_MAX),
  runbook_id: z.string().min(1).max(NAME_MAX),
  step_id: z.string().min(1).max(NAME_MAX),
  dry_run: z.boolean().default(false).describe('shows what would be sent; nothing is stored'),
});

/** GET /v1/remediations */
export const remediationsQuery = z.strictObject({ incident_id: z.string().min(1).max(NAME_MAX) });

/** PATCH /v1/remediations/{remediation_id} */
export const decideRemediationBody = z.discriminatedUnion('decision', [
  z.strictObject({
    decision: z.literal('approve'),
    plan_hash: z
      .string()
      .regex(/^[0-9a-f]{12,64}$/)
      .describe('of the plan that you have read; its first 12 characters do'),
  }),
  z.strictObject({ decision: z.literal('reject') }),
]);

/** The state of what a dry run shows: nobody can decide on it. */
export const DRY_RUN = 'dry_run';

export const remediationSchema = z
  .strictObject({
    object: z.literal('remediation'),
    id: z.string(),
    incident_id: z.string(),
    runbook_id: z.string(),
    runbook_name: z.string(),
    runbook_revision: z.int(),
    step_id: z.string(),
    step_title: z.string(),
    state: z
      .enum([...REMEDIATION_STATES, DRY_RUN])
      .describe('`dry_run`: it is shown, and neither stored nor waiting'),
    plan: z
      .strictObject({
        kind: z.enum(ACTION_KINDS),
        target: z.string(),
        headers: z.record(z.string(), z.string()),
        body: z.string(),
      })
      .describe('what is sent, to the byte; secrets and the time of a signature are left out'),
    plan_hash: z.string(),
    proposed_by: z.string(),
    proposed_by_agent: z.boolean().describe('its key cannot approve it'),
    proposed_at: time,
    expires_at: time.describe('nobody can approve it from then on'),
    decided_by: z.string().nullable(),
    decided_at: time.nullable(),
    ended_at: time.nullable(),
    result: z.string().nullable(),
    url: z.string().nullable().describe('where people see how it continues'),
  })
  .meta({ id: 'Remediation' });
export const remediationListSchema = listOf(remediationSchema);

/** GET and PATCH /v1/remediations/settings */
export const remediationSettingsSchema = z
  .strictObject({
    object: z.literal('remediation_settings'),
    enabled: z.boolean().describe('false unless somebody said so'),
    wait_minutes: z.int().describe('how long a proposal waits for a person'),
  })
  .meta({ id: 'RemediationSettings' });

export const patchRemediationSettingsBody = z
  .strictObject({
    enabled: z.boolean(),
    wait_minutes: z.int().min(WAIT_MINUTES_MIN).max(WAIT_MINUTES_MAX),
  })
  .partial()
  .refine((body) => Object.keys(body).length > 0, 'name something to change');
