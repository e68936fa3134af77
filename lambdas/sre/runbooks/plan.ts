import { createHash } from 'node:crypto';
import type { Incident } from '../incidents/incident.ts';
import { factsOf, fillParameters, type Facts } from './facts.ts';
import type { ActionKind, Runbook, RunbookAction, RunbookStep } from './runbook.ts';

/** What one step would send, to the byte, but for secrets and the time of a signature. */
export interface Plan {
  readonly kind: ActionKind;
  /** An address, an ARN, or a workflow with its repository and ref. */
  readonly target: string;
  /** As people read it. `<...>` stands for what is put in when it is sent. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export type Planned =
  | { readonly kind: 'planned'; readonly plan: Plan; readonly hash: string }
  | { readonly kind: 'refused'; readonly reason: string };

export interface PlanInput {
  readonly remediationId: string;
  readonly runbook: Runbook;
  readonly step: RunbookStep;
  readonly incident: Incident;
}

/** GitHub's own address; an Enterprise Server has another one, below `/api/v3`. */
export const GITHUB_URL = 'https://api.github.com';

/** Fills a step for an incident. What it answers is what is sent, whatever changes until then. */
export const planStep = ({ remediationId, runbook, step, incident }: PlanInput): Planned => {
  const { action } = step;
  if (action === null)
    return { kind: 'refused', reason: 'a person does this step: it has no action' };
  const facts = factsOf(incident);
  const filled = fillParameters(action.parameters, facts);
  if (filled.kind === 'refused') return filled;
  const plan = planOf({ action, parameters: filled.parameters, remediationId, facts });
  const bound = [remediationId, runbook.id, runbook.revision, step.id, incident.generation, plan];
  const hash = createHash('sha256').update(JSON.stringify(bound)).digest('hex');
  return { kind: 'planned', plan, hash };
};

interface Filling {
  readonly action: RunbookAction;
  readonly parameters: Readonly<Record<string, string>>;
  readonly remediationId: string;
  readonly facts: Facts;
}

const planOf = ({ action, parameters, remediationId, facts }: Filling): Plan => {
  switch (action.kind) {
    case 'webhook':
      return {
        kind: 'webhook',
        target: action.url,
        headers: {
          'content-type': 'application/json',
          'x-sluice-timestamp': '<the time of sending>',
          'x-sluice-signature': '<HMAC-SHA256 of timestamp.body>',
        },
        body: JSON.stringify({
          id: remediationId,
          type: 'remediation',
          incident_id: facts.incident_id,
          parameters,
        }),
      };
    case 'lambda':
      return {
        kind: 'lambda',
        target: action.functionArn,
        headers: {},
        body: JSON.stringify({
          remediation_id: remediationId,
          incident_id: facts.incident_id,
          parameters,
        }),
      };
    case 'ssm_document':
      return {
        kind: 'ssm_document',
        target: action.documentArn,
        headers: {},
        body: JSON.stringify({
          DocumentName: action.documentArn,
          ClientToken: tokenOf(remediationId),
          Parameters: Object.fromEntries(
            Object.entries(parameters).map(([name, value]) => [name, [value]]),
          ),
        }),
      };
    case 'github_workflow':
      return {
        kind: 'github_workflow',
        target: `${action.baseUrl}/repos/${action.repository}/actions/workflows/${action.workflow}/dispatches`,
        headers: {
          accept: 'application/vnd.github+json',
          'content-type': 'application/json',
          'x-github-api-version': '2022-11-28',
          authorization: 'Bearer <github_token>',
        },
        body: JSON.stringify({
          ref: action.ref,
          inputs: parameters,
          // An Enterprise Server that does not know the member refuses the whole request.
          ...(action.baseUrl === GITHUB_URL ? { return_run_details: true } : {}),
        }),
      };
  }
};

/** A UUID that is the same for the same remediation: Automation starts nothing twice for it. */
const tokenOf = (remediationId: string): string => {
  const hex = createHash('sha256').update(remediationId).digest('hex');
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
  ];
  return [...parts, hex.slice(20, 32)].join('-');
};
