import { withoutEnd } from '../../shared/characters.ts';
import type * as z from 'zod';
import type { Remediation, RemediationSettings } from '../runbooks/remediation.ts';
import type { Runbook, RunbookAction, RunbookHead, RunbookStep } from '../runbooks/runbook.ts';
import type {
  patchRunbookBody,
  remediationSchema,
  remediationSettingsSchema,
  runbookActionSchema,
  runbookHeadSchema,
  runbookSchema,
  runbookStepSchema,
} from './runbook-schemas.ts';

const MINUTE_MS = 60_000;

const actionOf = (action: z.output<typeof runbookActionSchema>): RunbookAction => {
  const { parameters } = action;
  switch (action.kind) {
    case 'webhook':
      return { kind: 'webhook', url: action.url, parameters };
    case 'lambda':
      return { kind: 'lambda', functionArn: action.function_arn, parameters };
    case 'ssm_document':
      return { kind: 'ssm_document', documentArn: action.document_arn, parameters };
    case 'github_workflow':
      return {
        kind: 'github_workflow',
        baseUrl: withoutEnd(action.base_url, '/'),
        repository: action.repository,
        workflow: action.workflow,
        ref: action.ref,
        parameters,
      };
  }
};

export const stepsOf = (
  steps: readonly z.output<typeof runbookStepSchema>[],
): readonly RunbookStep[] =>
  steps.map(({ id, title, action }) => ({
    id,
    title,
    action: action === null ? null : actionOf(action),
  }));

const actionView = (action: RunbookAction): z.output<typeof runbookActionSchema> => {
  const parameters = { ...action.parameters };
  switch (action.kind) {
    case 'webhook':
      return { kind: 'webhook', url: action.url, parameters };
    case 'lambda':
      return { kind: 'lambda', function_arn: action.functionArn, parameters };
    case 'ssm_document':
      return { kind: 'ssm_document', document_arn: action.documentArn, parameters };
    case 'github_workflow':
      return {
        kind: 'github_workflow',
        base_url: action.baseUrl,
        repository: action.repository,
        workflow: action.workflow,
        ref: action.ref,
        parameters,
      };
  }
};

/** A runbook with what somebody changes of it; secrets are kept elsewhere. */
export const changedRunbook = (
  before: Runbook,
  body: z.output<typeof patchRunbookBody>,
  secretNames: readonly string[],
  nowMs: number,
): Runbook => ({
  ...before,
  name: body.name ?? before.name,
  match: body.match ?? before.match,
  text: body.text ?? before.text,
  url: body.url === undefined ? before.url : body.url,
  steps: body.steps === undefined ? before.steps : stepsOf(body.steps),
  secretNames,
  updatedMs: nowMs,
});

export const runbookView = (runbook: Runbook): z.input<typeof runbookSchema> => ({
  object: 'runbook',
  id: runbook.id,
  name: runbook.name,
  match: { ...runbook.match },
  text: runbook.text,
  url: runbook.url,
  steps: runbook.steps.map(({ id, title, action }) => ({
    id,
    title,
    action: action === null ? null : actionView(action),
  })),
  secret_names: [...runbook.secretNames],
  revision: runbook.revision,
  created_at: runbook.createdMs,
  updated_at: runbook.updatedMs,
});

export const runbookHeadView = ({
  id,
  name,
  match,
  revision,
}: RunbookHead): z.input<typeof runbookHeadSchema> => ({
  object: 'runbook_head',
  id,
  name,
  match: { ...match },
  revision,
});

export const remediationView = (one: Remediation): z.input<typeof remediationSchema> => ({
  object: 'remediation',
  id: one.id,
  incident_id: one.incidentId,
  runbook_id: one.runbookId,
  runbook_name: one.runbookName,
  runbook_revision: one.runbookRevision,
  step_id: one.stepId,
  step_title: one.stepTitle,
  state: one.state,
  plan: { ...one.plan, headers: { ...one.plan.headers } },
  plan_hash: one.planHash,
  proposed_by: one.proposedBy,
  proposed_by_agent: one.isProposedByAgent,
  proposed_at: one.proposedMs,
  expires_at: one.expiresMs,
  decided_by: one.decidedBy,
  decided_at: one.decidedMs,
  ended_at: one.endedMs,
  result: one.result,
  url: one.url,
});

export const settingsView = ({
  isEnabled,
  waitMs,
}: RemediationSettings): z.input<typeof remediationSettingsSchema> => ({
  object: 'remediation_settings',
  enabled: isEnabled,
  wait_minutes: Math.round(waitMs / MINUTE_MS),
});
