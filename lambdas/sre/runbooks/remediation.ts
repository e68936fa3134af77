import { createHash } from 'node:crypto';
import type { Incident } from '../incidents/incident.ts';
import { FOLLOW_MS, isFollowed, isLost, type Following } from './following.ts';
import { planStep, type Plan } from './plan.ts';
import type { Runbook } from './runbook.ts';

export const REMEDIATION_STATES = [
  'waiting',
  'approved',
  'running',
  'succeeded',
  /** The other side took it and does it in its own time; it is asked for the end where `following` says how. */
  'handed_over',
  'failed',
  /** It took too long there, or so long that nobody asks any more. */
  'timed_out',
  /** It may have been done: nobody knows, and nothing repeats it. */
  'unknown',
  'rejected',
  'expired',
  /** It was approved, and what was approved is not so any more. */
  'cancelled',
] as const;
export type RemediationState = (typeof REMEDIATION_STATES)[number];

/** Of one step in one incident: the one after it has another id. */
export const TRIES_MAX = 36;
/** What was approved and did not begin by then does not begin any more. */
export const APPROVAL_MS = 900_000;
const RESULT_CHARS_MAX = 500;

/** One step of a runbook for one incident: what it would send, who allowed that, and what came of it. Times are epoch ms. */
export interface Remediation {
  /** Names its incident, so that it is found without another index. */
  readonly id: string;
  readonly tenant: string;
  readonly incidentId: string;
  /** Rises with each write; a write names the revision that it changes. */
  readonly revision: number;
  readonly incidentGeneration: number;
  readonly runbookId: string;
  readonly runbookName: string;
  readonly runbookRevision: number;
  readonly stepId: string;
  readonly stepTitle: string;
  readonly plan: Plan;
  /** Of the plan and all that it is bound to: who approves says this. */
  readonly planHash: string;
  readonly state: RemediationState;
  readonly proposedBy: string;
  /** A model proposed it by this key: the key never approves it. */
  readonly isProposedByAgent: boolean;
  readonly proposedMs: number;
  /** Who waits that long waits for ever. */
  readonly expiresMs: number;
  /** Who approved or rejected it. */
  readonly decidedBy: string | null;
  readonly decidedMs: number | null;
  /** Whose result counts; '': nobody began. */
  readonly attemptId: string;
  /** In the past: its holder died, and what it did is unknown. 0: nobody began. */
  readonly leaseUntilMs: number;
  readonly endedMs: number | null;
  /** A sentence. */
  readonly result: string | null;
  /** Where people see how it continues; null: nowhere. */
  readonly url: string | null;
  /** What was handed over and is asked for its end; null: nothing. It stays when the end is known. */
  readonly following: Following | null;
}

/** What a project allows. */
export interface RemediationSettings {
  /** false unless somebody said so: nothing is proposed, approved or begun. */
  readonly isEnabled: boolean;
  /** How long a proposal waits for a person. */
  readonly waitMs: number;
}

/** A message that asks to look after a remediation. */
export interface RemediationTask {
  readonly tenant: string;
  readonly remediationId: string;
  /** Which look at what was handed over it is; absent: none. */
  readonly look?: number;
}

const STEP_HASH_CHARS = 12;

/** Where the ids of an incident's remediations begin. */
export const remediationIdsOf = (incidentId: string): string =>
  `remediation_${incidentId.replace(/^incident_/, '')}`;

/**
 * The same for the same try of the same step, so that two who propose it propose one: a step has one remediation at a
 * time that may still act.
 */
export const remediationId = (
  incidentId: string,
  { runbookId, stepId }: { readonly runbookId: string; readonly stepId: string },
  tries: number,
): string => {
  const hash = createHash('sha256')
    .update(JSON.stringify([runbookId, stepId]))
    .digest('hex');
  return `${remediationIdsOf(incidentId)}${hash.slice(0, STEP_HASH_CHARS)}${tries.toString(36)}`;
};

const ID = /^remediation_([0-9a-z]{21})[0-9a-f]{12}[0-9a-z]$/;

/** null: it is no id of a remediation. */
export const incidentIdOf = (id: string): string | null => {
  const incident = ID.exec(id)?.[1];
  return incident === undefined ? null : `incident_${incident}`;
};

/** As it is at `nowMs`: what waited or was approved for too long is over without a write. */
export const remediationAsOf = (remediation: Remediation, nowMs: number): Remediation => {
  const { state, expiresMs, decidedMs } = remediation;
  if (isLost(remediation, nowMs)) return { ...remediation, state: 'unknown' };
  const isOver =
    (state === 'waiting' && nowMs >= expiresMs) ||
    (state === 'approved' && nowMs >= (decidedMs ?? 0) + APPROVAL_MS);
  return isOver ? { ...remediation, state: 'expired' } : remediation;
};

/** Nothing more comes of it. */
export const isEnded = (remediation: Pick<Remediation, 'state' | 'following'>): boolean =>
  !isFollowed(remediation) && !BEFORE_THE_END.has(remediation.state);

const BEFORE_THE_END: ReadonlySet<RemediationState> = new Set(['waiting', 'approved', 'running']);

/** What must still be so when it is approved, and again when it begins. */
export interface Circumstances {
  /** null: it is gone. */
  readonly incident: Incident | null;
  readonly runbook: Runbook | null;
  readonly isEnabled: boolean;
}

/** Why it may not act as it was planned, a sentence; null: it may. */
export const circumstanceProblem = (
  remediation: Remediation,
  { incident, runbook, isEnabled }: Circumstances,
): string | null => {
  const { incidentGeneration, runbookRevision } = remediation;
  if (!isEnabled) return 'Actions of runbooks are switched off in this project.';
  if (runbook === null) return 'The runbook was deleted meanwhile.';
  if (runbook.revision !== runbookRevision)
    return 'The runbook was changed meanwhile: propose the step again.';
  if (incident === null || incident.resolvedMs !== null) return 'The incident is over.';
  if (incident.generation !== incidentGeneration)
    return 'The incident was over and opened again meanwhile: propose the step again.';
  if (!isPlannedFrom(remediation, runbook, incident))
    return 'The incident says something else by now, of its cause or how bad it is, and the step would send that: propose the step again.';
  return null;
};

/** A cause that becomes another one leaves nothing to approve of what was filled from the one before. */
export const isPlannedFrom = (
  { id, stepId, planHash }: Remediation,
  runbook: Runbook,
  incident: Incident,
): boolean => {
  const step = runbook.steps.find((one) => one.id === stepId);
  if (step === undefined) return false;
  const planned = planStep({ remediationId: id, runbook, step, incident });
  return planned.kind === 'planned' && planned.hash === planHash;
};

export interface Decision {
  readonly by: string;
  /** As the one who decides has read it. */
  readonly planHash: string;
  readonly nowMs: number;
}

export type Decided =
  | { readonly kind: 'decided'; readonly after: Remediation }
  /** The same decision was made before. */
  | { readonly kind: 'so already' }
  | { readonly kind: 'refused'; readonly reason: string };

/** The first characters of a hash do, as a ticket shows them: enough that nobody meets them by chance. */
const HASH_CHARS_MIN = 12;

const isHashOf = (said: string, { planHash }: Remediation): boolean =>
  said.length >= HASH_CHARS_MIN && planHash.startsWith(said);

/** A person allows exactly what was planned. */
export const approve = (
  stored: Remediation,
  { by, planHash, nowMs }: Decision,
  circumstances: Circumstances,
): Decided => {
  const remediation = remediationAsOf(stored, nowMs);
  if (!isHashOf(planHash, remediation))
    return refused('This is not the hash of what would be sent: read the plan and approve that.');
  if (remediation.isProposedByAgent && remediation.proposedBy === by)
    return refused('An agent proposed it with this key: somebody else approves it.');
  if (remediation.decidedBy === by && !UNDECIDED.has(remediation.state))
    return { kind: 'so already' };
  if (remediation.state !== 'waiting')
    return refused(`It is ${wordsOf(remediation.state)} already.`);
  const problem = circumstanceProblem(remediation, circumstances);
  if (problem !== null) return refused(problem);
  return { kind: 'decided', after: decided(remediation, 'approved', by, nowMs) };
};

/** In these nobody's approval is at work. */
const UNDECIDED: ReadonlySet<RemediationState> = new Set([
  'waiting',
  'rejected',
  'expired',
  'cancelled',
]);

/** Nobody needs to read a plan to say no to it. */
export const reject = (stored: Remediation, { by, nowMs }: Omit<Decision, 'planHash'>): Decided => {
  const remediation = remediationAsOf(stored, nowMs);
  if (remediation.state === 'rejected') return { kind: 'so already' };
  if (remediation.state !== 'waiting')
    return refused(`It is ${wordsOf(remediation.state)} already.`);
  return {
    kind: 'decided',
    after: { ...decided(remediation, 'rejected', by, nowMs), endedMs: nowMs },
  };
};

export const wordsOf = (state: RemediationState): string => state.replaceAll('_', ' ');

const refused = (reason: string): Decided => ({ kind: 'refused', reason });

const decided = (
  remediation: Remediation,
  state: 'approved' | 'rejected',
  by: string,
  nowMs: number,
): Remediation => ({
  ...remediation,
  revision: remediation.revision + 1,
  state,
  decidedBy: by,
  decidedMs: nowMs,
});

/** What an attempt came to. */
export interface Outcome {
  readonly state:
    | 'succeeded'
    | 'handed_over'
    | 'failed'
    | 'timed_out'
    | 'unknown'
    | 'expired'
    | 'cancelled';
  readonly result: string;
  /** null: where it was before. */
  readonly url: string | null;
  /** Of what was handed over: its name there, by which it is asked for the end. Absent: nobody can ask. */
  readonly follow?: string;
}

/** It begins, once: the lease is what makes a death known. */
export const begin = (
  remediation: Remediation,
  attemptId: string,
  leaseUntilMs: number,
): Remediation => ({
  ...remediation,
  revision: remediation.revision + 1,
  state: 'running',
  attemptId,
  leaseUntilMs,
});

export const end = (
  remediation: Remediation,
  { state, result, url, follow }: Outcome,
  nowMs: number,
): Remediation => {
  const following =
    follow === undefined
      ? remediation.following
      : { id: follow, looks: 0, untilMs: nowMs + FOLLOW_MS };
  return {
    ...remediation,
    revision: remediation.revision + 1,
    state,
    result: result.slice(0, RESULT_CHARS_MAX),
    url: url ?? remediation.url,
    following,
    endedMs: isFollowed({ state, following }) ? null : nowMs,
  };
};
