import { checked, jsonBody } from '../../http/body.ts';
import type { Handler } from '../../http/door.ts';
import { listBody } from '../../http/lists.ts';
import { authenticateAdmin, authenticateReader, authenticateResponder } from '../../ledger/door.ts';
import type { KeyRegister } from '../../ledger/ports.ts';
import { AppError } from '../../shared/app-error.ts';
import { remediationView, settingsView } from '../formats/runbook-format.ts';
import {
  decideRemediationBody,
  DRY_RUN,
  patchRemediationSettingsBody,
  proposeRemediationBody,
  remediationsQuery,
} from '../formats/runbook-schemas.ts';
import type { RemediationStore, RunbookBook } from '../ports/runbooks.ts';
import { remediationAsOf } from '../runbooks/remediation.ts';
import { decideRemediation } from '../usecases/decide-remediation.ts';
import { proposeRemediation } from '../usecases/propose-remediation.ts';
import type { TellOnIncidentDeps } from '../usecases/tell-on-incident.ts';

const MINUTE_MS = 60_000;

export interface RemediationRouteDeps extends TellOnIncidentDeps {
  readonly keys: KeyRegister;
  readonly runbooks: Pick<RunbookBook, 'get'>;
  readonly remediations: RemediationStore;
  /** What is proposed here, an agent proposes: its key cannot approve it. */
  readonly isAgent: boolean;
}

/** Steps of runbooks for incidents: proposed, and approved or rejected by a person. */
export const remediationRoutes = (
  deps: RemediationRouteDeps,
): Readonly<Record<string, Handler>> => ({
  'GET /v1/remediations': async (request) => {
    const { projectId } = await authenticateReader(deps.keys, request);
    const { incident_id: incidentId } = checked(remediationsQuery, request.query);
    const all = await deps.remediations.list(projectId, incidentId);
    const nowMs = deps.timers.nowMs();
    const views = all.map((one) => remediationView(remediationAsOf(one, nowMs)));
    return { status: 200, body: listBody(views, null) };
  },
  'POST /v1/remediations': async (request) => {
    const { projectId, keyId } = await authenticateResponder(deps.keys, request);
    const body = checked(proposeRemediationBody, jsonBody(request));
    const proposed = await proposeRemediation(deps, {
      tenant: projectId,
      incidentId: body.incident_id,
      runbookId: body.runbook_id,
      stepId: body.step_id,
      by: keyId,
      isAgent: deps.isAgent,
      isDryRun: body.dry_run,
    });
    const view = remediationView(proposed);
    return body.dry_run
      ? { status: 200, body: { ...view, state: DRY_RUN } }
      : { status: 201, body: view };
  },
  'GET /v1/remediations/{remediation_id}': async (request) => {
    const { projectId } = await authenticateReader(deps.keys, request);
    const id = request.params['remediation_id'] ?? '';
    const stored = await deps.remediations.get(projectId, id);
    if (stored === null) throw missing(id);
    return { status: 200, body: remediationView(remediationAsOf(stored, deps.timers.nowMs())) };
  },
  'PATCH /v1/remediations/{remediation_id}': async (request) => {
    const { projectId, keyId } = await authenticateResponder(deps.keys, request);
    const id = request.params['remediation_id'] ?? '';
    const body = checked(decideRemediationBody, jsonBody(request));
    const made = await decideRemediation(deps, {
      tenant: projectId,
      id,
      by: keyId,
      decision:
        body.decision === 'approve'
          ? { kind: 'approve', planHash: body.plan_hash }
          : { kind: 'reject' },
    });
    if (made.kind === 'missing') throw missing(id);
    if (made.kind === 'refused')
      throw new AppError({ code: 'conflict', publicMessage: made.reason });
    return { status: 200, body: remediationView(made.remediation) };
  },
  'GET /v1/remediations/settings': async (request) => {
    const { projectId } = await authenticateReader(deps.keys, request);
    return { status: 200, body: settingsView(await deps.remediations.settings(projectId)) };
  },
  'PATCH /v1/remediations/settings': async (request) => {
    const { projectId } = await authenticateAdmin(deps.keys, request);
    const { enabled, wait_minutes: minutes } = checked(
      patchRemediationSettingsBody,
      jsonBody(request),
    );
    const before = await deps.remediations.settings(projectId);
    const after = {
      isEnabled: enabled ?? before.isEnabled,
      waitMs: minutes === undefined ? before.waitMs : minutes * MINUTE_MS,
    };
    await deps.remediations.setSettings(projectId, after);
    return { status: 200, body: settingsView(after) };
  },
});

const missing = (id: string): AppError =>
  new AppError({ code: 'not_found', publicMessage: `The remediation ${id} does not exist.` });
