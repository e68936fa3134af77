import type { Metrics, Timers } from '../../shared/deps.ts';
import { diagnosed } from '../incidents/diagnosed.ts';
import type { DiagnosisOutcome, DiagnosisTask, DiagnosisTurn } from '../diagnose/diagnosis.ts';
import { LEASE_MS, RETRY_MS, TRIES_MAX } from '../diagnose/limits.ts';
import {
  planDiagnosis,
  type DiagnosisPlan,
  type DiagnosisSettings,
} from '../diagnose/plan-diagnosis.ts';
import type { Incident } from '../incidents/incident.ts';
import type { DiagnosisClaims, DiagnosisQueue, DiagnosisSettingsBook } from '../ports/diagnoses.ts';
import type { IncidentStore } from '../ports/incidents.ts';
import { askAboutIncident, type AskDeps } from './ask-about-incident.ts';
import { withoutRace } from './place-anomalies.ts';

export interface DiagnoseDeps extends AskDeps {
  readonly incidents: AskDeps['incidents'] & Pick<IncidentStore, 'get' | 'commit'>;
  readonly settings: Pick<DiagnosisSettingsBook, 'get'>;
  readonly claims: DiagnosisClaims;
  readonly queue: DiagnosisQueue;
  readonly timers: Timers;
  readonly metrics: Metrics;
  readonly newAttemptId: () => string;
}

/** Clocks of two workers differ. */
const LATER_MS = 5_000;

/**
 * One message: an incident may have something to ask a model about. Any number may come, in any order: one at a time asks,
 * and what is written once is asked no more. Whoever dies is followed by the message that it did not end; the hold of its
 * call expires.
 */
export const diagnoseIncident = async (deps: DiagnoseDeps, task: DiagnosisTask): Promise<void> => {
  const settings = await deps.settings.get(task.tenant);
  const plan = await planOf(deps, task, settings);
  switch (plan.kind) {
    case 'no':
      return;
    case 'wait':
      return await deps.queue.send([task], plan.untilMs - deps.timers.nowMs());
    case 'ask':
      return await attempt(deps, task, settings, plan.incident.generation);
  }
};

/** Whoever is to ask has the incident as it was read. */
type TaskPlan =
  | Exclude<DiagnosisPlan, { readonly kind: 'ask' }>
  | (Extract<DiagnosisPlan, { readonly kind: 'ask' }> & { readonly incident: Incident });

const planOf = async (
  { incidents, timers }: DiagnoseDeps,
  { tenant, incidentId }: DiagnosisTask,
  settings: DiagnosisSettings,
): Promise<TaskPlan> => {
  const incident = await incidents.get(tenant, incidentId);
  if (incident === null) return { kind: 'no', why: 'over' };
  const plan = planDiagnosis(incident, settings, timers.nowMs());
  return plan.kind === 'ask' ? { ...plan, incident } : plan;
};

const attempt = async (
  deps: DiagnoseDeps,
  task: DiagnosisTask,
  settings: DiagnosisSettings,
  generation: number,
): Promise<void> => {
  const attemptId = deps.newAttemptId();
  const turn = { ...task, generation };
  const nowMs = deps.timers.nowMs();
  const claim = await deps.claims.claim(turn, { attemptId, nowMs, leaseMs: LEASE_MS });
  // Should it die, its own message may come before its lease is over, and end here.
  if (claim.kind === 'held') return await deps.queue.send([task], claim.untilMs - nowMs + LATER_MS);
  const { tries } = claim;
  // Whoever held it before may have written its result since this one looked.
  const plan = await planOf(deps, task, settings);
  if (plan.kind !== 'ask') return;
  const { model, incident } = plan;
  // It opened again meanwhile: whoever hears of that asks about it.
  if (incident.generation !== generation) return;
  if (tries > TRIES_MAX)
    return await conclude(deps, turn, model, {
      kind: 'none',
      why: `It was begun ${TRIES_MAX} times, and came to no end.`,
    });
  const asked = await askAboutIncident(deps, { incident, settings, model });
  if (asked.kind === 'again' && tries < TRIES_MAX) {
    await deps.queue.send([task], RETRY_MS * tries);
    return await deps.claims.release(turn, attemptId);
  }
  await conclude(
    deps,
    turn,
    model,
    asked.kind === 'again' ? { kind: 'none', why: asked.why } : asked,
  );
};

/** Written on the condition that nobody wrote one before: a worker that lost its lease and did not notice writes nothing. */
const conclude = async (
  { incidents, timers, metrics }: DiagnoseDeps,
  { tenant, incidentId, generation }: DiagnosisTurn,
  model: string,
  outcome: DiagnosisOutcome,
): Promise<void> => {
  const { isWritten } = await withoutRace({ timers }, async () => {
    const incident = await incidents.get(tenant, incidentId);
    const change =
      incident === null
        ? null
        : diagnosed(incident, { atMs: timers.nowMs(), generation, model, outcome });
    if (change === null) return { isWritten: false };
    const commit = { tenant, version: null, changes: [change], marks: [] };
    return (await incidents.commit(commit)) ? { isWritten: true } : null;
  });
  if (isWritten)
    metrics.record(outcome.kind === 'given' ? { diagnoses: 1 } : { failedDiagnoses: 1 });
};
