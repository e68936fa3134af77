import type { RemediationStore, RunbookBook } from '../ports/runbooks.ts';
import {
  approve,
  reject,
  remediationAsOf,
  type Decided,
  type Remediation,
} from '../runbooks/remediation.ts';
import { tellOnIncident, type TellOnIncidentDeps } from './tell-on-incident.ts';

const RACES_MAX = 5;

export interface DecideDeps extends TellOnIncidentDeps {
  readonly runbooks: Pick<RunbookBook, 'get'>;
  readonly remediations: Pick<RemediationStore, 'settings' | 'get' | 'change'>;
}

export interface DecideInput {
  readonly tenant: string;
  readonly id: string;
  /** A key, or a person with the destination where they decided. */
  readonly by: string;
  /** `planHash`: of what the one who approves has read. */
  readonly decision:
    | { readonly kind: 'approve'; readonly planHash: string }
    | { readonly kind: 'reject' };
}

export type DecisionMade =
  | { readonly kind: 'made'; readonly remediation: Remediation }
  | { readonly kind: 'refused'; readonly reason: string; readonly remediation: Remediation }
  | { readonly kind: 'missing' };

/**
 * A person's word, in one conditional write. What was approved begins from the stream of the table: nothing that is
 * approved stays undone because somebody died here, and nothing else ever begins.
 */
export const decideRemediation = async (
  deps: DecideDeps,
  input: DecideInput,
): Promise<DecisionMade> => {
  const { tenant, id } = input;
  for (let races = 0; races < RACES_MAX; races++) {
    const stored = await deps.remediations.get(tenant, id);
    if (stored === null) return { kind: 'missing' };
    const nowMs = deps.timers.nowMs();
    const decided = await decisionOf(deps, stored, input, nowMs);
    if (decided.kind === 'refused')
      return {
        kind: 'refused',
        reason: decided.reason,
        remediation: remediationAsOf(stored, nowMs),
      };
    const after = decided.kind === 'decided' ? decided.after : stored;
    if (decided.kind === 'decided' && !(await deps.remediations.change(after))) continue;
    await tellDecided(deps, after);
    return { kind: 'made', remediation: remediationAsOf(after, nowMs) };
  }
  return {
    kind: 'refused',
    reason: 'Too many decide at once: ask again.',
    remediation: await presentOne(deps, input),
  };
};

const presentOne = async (
  { remediations }: DecideDeps,
  { tenant, id }: DecideInput,
): Promise<Remediation> => {
  const stored = await remediations.get(tenant, id);
  if (stored === null) throw new Error('a remediation that was there is gone');
  return stored;
};

const decisionOf = async (
  deps: DecideDeps,
  stored: Remediation,
  { tenant, by, decision }: DecideInput,
  nowMs: number,
): Promise<Decided> => {
  if (decision.kind === 'reject') return reject(stored, { by, nowMs });
  const [incident, runbook, { isEnabled }] = await Promise.all([
    deps.incidents.get(tenant, stored.incidentId),
    deps.runbooks.get(tenant, stored.runbookId),
    deps.remediations.settings(tenant),
  ]);
  const said = { by, planHash: decision.planHash, nowMs };
  return approve(stored, said, { incident, runbook, isEnabled });
};

/** Who allowed it, or did not, on the audit trail of the incident. */
export const tellDecided = async (
  deps: TellOnIncidentDeps,
  { id, tenant, incidentId, state, stepTitle, decidedBy, planHash }: Remediation,
): Promise<void> => {
  if (decidedBy === null) return;
  const isRejected = state === 'rejected';
  await tellOnIncident(deps, {
    tenant,
    incidentId,
    reference: `${id}.decided`,
    by: decidedBy,
    text: isRejected
      ? `"${stepTitle}" is rejected (${id}).`
      : `"${stepTitle}" is approved as planned, ${planHash.slice(0, 12)} (${id}).`,
  });
};
