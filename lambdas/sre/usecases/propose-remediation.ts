import { AppError } from '../../shared/app-error.ts';
import type { Incident } from '../incidents/incident.ts';
import type { RemediationStore, RunbookBook } from '../ports/runbooks.ts';
import { planStep } from '../runbooks/plan.ts';
import {
  isEnded,
  isPlannedFrom,
  remediationAsOf,
  remediationId,
  TRIES_MAX,
  type Remediation,
} from '../runbooks/remediation.ts';
import type { Runbook, RunbookStep } from '../runbooks/runbook.ts';
import { tellOnIncident, type TellOnIncidentDeps } from './tell-on-incident.ts';

const RACES_MAX = 5;

export interface ProposeDeps extends TellOnIncidentDeps {
  readonly runbooks: Pick<RunbookBook, 'get'>;
  readonly remediations: Pick<RemediationStore, 'settings' | 'list' | 'create' | 'get'>;
}

export interface ProposeInput {
  readonly tenant: string;
  readonly incidentId: string;
  readonly runbookId: string;
  readonly stepId: string;
  /** Who proposes it. */
  readonly by: string;
  /** A model does, by that key. */
  readonly isAgent: boolean;
  /** Nothing is stored and nobody hears of it. */
  readonly isDryRun: boolean;
}

/**
 * Plans a step for an incident, which then waits for a person. A step that waits, or acts, already is not proposed
 * twice: whoever proposes it gets the one that is there. Throws AppError (400, 404, 409).
 */
export const proposeRemediation = async (
  deps: ProposeDeps,
  input: ProposeInput,
): Promise<Remediation> => {
  const { tenant, incidentId, by } = input;
  const { incident, runbook, step } = await namedBy(deps, input);
  const settings = await deps.remediations.settings(tenant);
  if (!input.isDryRun && !settings.isEnabled)
    throw conflict(
      'Actions of runbooks are switched off in this project: PATCH /v1/remediations/settings.',
    );
  if (!input.isDryRun && incident.resolvedMs !== null) throw conflict('The incident is over.');
  for (let races = 0; races < RACES_MAX; races++) {
    const nowMs = deps.timers.nowMs();
    const all = await deps.remediations.list(tenant, incidentId);
    const ofStep = all.filter((one) => one.runbookId === runbook.id && one.stepId === step.id);
    const open = ofStep.find((one) => !isEnded(remediationAsOf(one, nowMs)));
    // One that was planned from something else can never begin: it stands in nobody's way.
    if (open !== undefined && !input.isDryRun && !isStale(open, runbook, incident)) {
      // Whoever stored it may have died before anybody heard of it.
      if (open.state === 'waiting') await tellProposed(deps, open);
      return open;
    }
    const id = remediationId(incidentId, { runbookId: runbook.id, stepId: step.id }, ofStep.length);
    const planned = planStep({ remediationId: id, runbook, step, incident });
    if (planned.kind === 'refused')
      throw new AppError({
        code: 'conflict',
        publicMessage: `The step cannot be planned: ${planned.reason}.`,
      });
    const proposed: Remediation = {
      id,
      tenant,
      incidentId,
      revision: 1,
      incidentGeneration: incident.generation,
      runbookId: runbook.id,
      runbookName: runbook.name,
      runbookRevision: runbook.revision,
      stepId: step.id,
      stepTitle: step.title,
      plan: planned.plan,
      planHash: planned.hash,
      state: 'waiting',
      proposedBy: by,
      isProposedByAgent: input.isAgent,
      proposedMs: nowMs,
      expiresMs: nowMs + settings.waitMs,
      decidedBy: null,
      decidedMs: null,
      attemptId: '',
      leaseUntilMs: 0,
      endedMs: null,
      result: null,
      url: null,
      following: null,
    };
    if (input.isDryRun) return proposed;
    if (ofStep.length >= TRIES_MAX)
      throw conflict(`This step was proposed ${TRIES_MAX} times for this incident.`);
    if (await deps.remediations.create(proposed)) {
      await tellProposed(deps, proposed);
      return proposed;
    }
  }
  throw conflict('The step is being proposed by too many at once.');
};

const isStale = (open: Remediation, runbook: Runbook, incident: Incident): boolean =>
  open.state === 'waiting' && !isPlannedFrom(open, runbook, incident);

const namedBy = async (
  deps: ProposeDeps,
  { tenant, incidentId, runbookId, stepId }: ProposeInput,
): Promise<{
  readonly incident: Incident;
  readonly runbook: Runbook;
  readonly step: RunbookStep;
}> => {
  const [incident, runbook] = await Promise.all([
    deps.incidents.get(tenant, incidentId),
    deps.runbooks.get(tenant, runbookId),
  ]);
  if (incident === null) throw missing('incident', incidentId);
  if (runbook === null) throw missing('runbook', runbookId);
  const step = runbook.steps.find(({ id }) => id === stepId);
  if (step === undefined) throw missing('step', stepId);
  return { incident, runbook, step };
};

const tellProposed = async (deps: ProposeDeps, remediation: Remediation): Promise<void> => {
  const { id, tenant, incidentId, stepTitle, runbookName, proposedBy } = remediation;
  await tellOnIncident(deps, {
    tenant,
    incidentId,
    reference: `${id}.proposed`,
    by: proposedBy,
    text: `"${stepTitle}" of the runbook "${runbookName}" waits for approval (${id}).`,
  });
};

const missing = (what: string, id: string): AppError =>
  new AppError({ code: 'not_found', publicMessage: `The ${what} ${id} does not exist.` });

const conflict = (publicMessage: string): AppError =>
  new AppError({ code: 'conflict', publicMessage });
