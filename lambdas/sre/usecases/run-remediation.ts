import { AppError } from '../../shared/app-error.ts';
import type { Metrics, Report } from '../../shared/deps.ts';
import { hostsOf, secretsFor } from '../domain/bound-secrets.ts';
import type {
  Act,
  Look,
  RemediationQueue,
  RemediationStore,
  RunbookBook,
  RunbookSecrets,
  Seen,
} from '../ports/runbooks.ts';
import {
  isFollowed,
  isLost,
  LEFT_ALONE,
  lookAfterMs,
  lookedAt,
  neverHeard,
  TOO_LONG,
  type Following,
} from '../runbooks/following.ts';
import {
  APPROVAL_MS,
  begin,
  circumstanceProblem,
  end,
  isEnded,
  remediationAsOf,
  wordsOf,
  type Outcome,
  type Remediation,
  type RemediationTask,
} from '../runbooks/remediation.ts';
import { SLUICE } from '../incidents/timeline.ts';
import { tellDecided } from './decide-remediation.ts';
import { tellOnIncident, type TellOnIncidentDeps } from './tell-on-incident.ts';

/** Longer than a function that acts may live, so that a lease which is over has no holder that still sends. */
const REMEDIATION_LEASE_MS = 100_000;
/** Nothing is sent with less time than this: the answer must still be written. */
const ACT_MS_MIN = 5_000;
const WRITES_MAX = 5;
const AGAIN_MS = 60_000;

export interface RunRemediationDeps extends TellOnIncidentDeps {
  readonly runbooks: Pick<RunbookBook, 'get'>;
  readonly secrets: Pick<RunbookSecrets, 'read'>;
  readonly remediations: Pick<RemediationStore, 'settings' | 'get' | 'change'>;
  readonly queue: RemediationQueue;
  readonly act: Act;
  readonly look: Look;
  readonly newAttemptId: () => string;
  readonly metrics: Metrics;
  readonly report: Report;
}

/**
 * Does what was approved, once. Whoever dies after taking the lease leaves a result that nobody knows: it is said so, and
 * nothing repeats it. A message that comes again, or late, or twice, finds what is left to do: mostly nothing.
 */
export const runRemediation = async (
  deps: RunRemediationDeps,
  { task, untilMs }: { readonly task: RemediationTask; readonly untilMs: number },
): Promise<void> => {
  const { tenant, remediationId: id } = task;
  const stored = await deps.remediations.get(tenant, id);
  if (stored === null) return;
  const nowMs = deps.timers.nowMs();
  switch (stored.state) {
    case 'waiting':
    case 'rejected':
      return;
    case 'approved':
      return await beginApproved(deps, stored, { task, untilMs });
    case 'handed_over':
      return await lookAfterHandedOver(deps, stored, { task, untilMs });
    case 'running':
      if (nowMs < stored.leaseUntilMs)
        return await deps.queue.send([task], stored.leaseUntilMs - nowMs);
      return await conclude(deps, stored, LEFT_ALONE);
    default:
      return await tellEnded(deps, stored);
  }
};

const beginApproved = async (
  deps: RunRemediationDeps,
  stored: Remediation,
  { task, untilMs }: { readonly task: RemediationTask; readonly untilMs: number },
): Promise<void> => {
  // Before the lease: a death here leaves everything to be done.
  await tellDecided(deps, stored);
  const problem = await problemOf(deps, stored);
  if (problem !== null) return await conclude(deps, stored, problem);
  const secrets = await secretsOf(deps, stored);
  const nowMs = deps.timers.nowMs();
  if (untilMs - nowMs < ACT_MS_MIN) return await deps.queue.send([task], 0);
  const begun = begin(stored, deps.newAttemptId(), nowMs + REMEDIATION_LEASE_MS);
  // Somebody else has it: this message looks after it when that one's lease is over.
  if (!(await deps.remediations.change(begun)))
    return await deps.queue.send([task], REMEDIATION_LEASE_MS);
  await conclude(deps, begun, await outcomeOf(deps, begun, secrets, untilMs));
};

/** Those of the host that was approved. */
const secretsOf = async (
  deps: RunRemediationDeps,
  { plan, runbookId }: Remediation,
): Promise<Readonly<Record<string, string>>> => {
  const hosts = hostsOf([plan.target]);
  return secretsFor(await deps.secrets.read(runbookId), () => hosts);
};

const outcomeOf = async (
  deps: RunRemediationDeps,
  begun: Remediation,
  secrets: Readonly<Record<string, string>>,
  untilMs: number,
): Promise<Outcome> => {
  // The write of the lease may have taken its time.
  if (deps.timers.nowMs() >= Math.min(begun.leaseUntilMs, untilMs) - ACT_MS_MIN)
    return { state: 'failed', result: 'No time was left to do it: nothing was sent.', url: null };
  try {
    return await deps.act(begun.plan, { secrets, untilMs });
  } catch (error) {
    deps.report('an action of a runbook failed in an unexpected way', error);
    return {
      state: 'unknown',
      result: 'It failed in an unexpected way: it may have been done.',
      url: null,
    };
  }
};

/** Why what was approved does not begin; null: it does. */
const problemOf = async (
  deps: RunRemediationDeps,
  stored: Remediation,
): Promise<Outcome | null> => {
  const [incident, runbook, { isEnabled }] = await Promise.all([
    deps.incidents.get(stored.tenant, stored.incidentId),
    deps.runbooks.get(stored.tenant, stored.runbookId),
    deps.remediations.settings(stored.tenant),
  ]);
  const problem = circumstanceProblem(stored, { incident, runbook, isEnabled });
  if (problem !== null)
    return { state: 'cancelled', result: `${problem} Nothing was sent.`, url: null };
  return remediationAsOf(stored, deps.timers.nowMs()).state === 'expired'
    ? {
        state: 'expired',
        result: `It did not begin within ${APPROVAL_MS / 60_000} minutes of its approval. Nothing was sent.`,
        url: null,
      }
    : null;
};

/**
 * What somebody else does is asked for its end, by one message a look. The message of the next look is sent before it is
 * written that this one was: whoever dies in between looks again, and a message of a look that is written has nothing
 * left to do. While nothing can be written, each message leaves one in its place at most: the look before is written
 * before anybody asks again, and what was sent continues without a write.
 */
const lookAfterHandedOver = async (
  deps: RunRemediationDeps,
  stored: Remediation,
  { task, untilMs }: { readonly task: RemediationTask; readonly untilMs: number },
): Promise<void> => {
  const { following } = stored;
  if (task.look === undefined) return await tellFollowed(deps, stored);
  if (following === null) return await tellEnded(deps, stored);
  if (task.look < following.looks) return;
  if (task.look > following.looks) {
    const before = lookedAt(stored, following);
    if (await isWritten(deps, before))
      return await lookAfterHandedOver(deps, before, { task, untilMs });
    if (isLost(stored, deps.timers.nowMs())) return;
    return await deps.queue.send([task], lookAfterMs(task.look));
  }
  // Whoever wrote that it was handed over may have died before anybody heard of it.
  if (following.looks === 0) await tellEnded(deps, stored);
  const seen = await seenOf(deps, stored, following, untilMs);
  if (seen.kind === 'ended') return await conclude(deps, stored, seen.outcome);
  if (deps.timers.nowMs() >= following.untilMs)
    return await conclude(
      deps,
      stored,
      seen.kind === 'continues' ? TOO_LONG : neverHeard(seen.why),
    );
  const look = following.looks + 1;
  await deps.queue.send([{ ...task, look }], lookAfterMs(look));
  // Who loses this race leaves what the winner wrote: a look, or the end, which that one's message reports.
  await isWritten(deps, lookedAt(stored, following));
};

/** What was handed over late is written after the message of its first look came, and found nothing to follow. */
const tellFollowed = async (deps: RunRemediationDeps, stored: Remediation): Promise<void> => {
  await tellEnded(deps, stored);
  if (stored.following?.looks === 0) await askFirst(deps, stored);
};

const askFirst = async (
  { queue }: RunRemediationDeps,
  { tenant, id }: Remediation,
): Promise<void> => {
  await queue.send([{ tenant, remediationId: id, look: 0 }], lookAfterMs(0));
};

/** false: somebody else wrote before, or storage does not take it; a message that is under way looks after it. */
const isWritten = async (
  { remediations }: RunRemediationDeps,
  after: Remediation,
): Promise<boolean> => {
  try {
    return await remediations.change(after);
  } catch (error) {
    if (error instanceof AppError) return false;
    throw error;
  }
};

const seenOf = async (
  deps: RunRemediationDeps,
  stored: Remediation,
  { id }: Following,
  untilMs: number,
): Promise<Seen> => {
  const secrets = await secretsOf(deps, stored);
  try {
    return await deps.look(stored.plan, { id, secrets, untilMs });
  } catch (error) {
    deps.report('whoever runs a step of a runbook was asked in vain', error);
    return { kind: 'unheard', why: 'The answer could not be read.' };
  }
};

/** Writes what came of it, unless somebody wrote an end that knows more; then this message looks after what that one left. */
const conclude = async (
  deps: RunRemediationDeps,
  from: Remediation,
  outcome: Outcome,
): Promise<void> => {
  let before = from;
  for (let writes = 0; writes < WRITES_MAX; writes++) {
    const after = end(before, outcome, deps.timers.nowMs());
    // Before the write: a death behind it leaves a message that looks.
    if (isFollowed(after)) await askFirst(deps, after);
    if (await deps.remediations.change(after)) {
      if (NOT_DONE.has(outcome.state)) deps.metrics.record({ failedRemediations: 1 });
      return await tellEnded(deps, after);
    }
    const present = await deps.remediations.get(from.tenant, from.id);
    if (present === null) return;
    // Called unknown while its own holder was late: who did it knows better.
    const isOwn = present.state === 'unknown' && present.attemptId === from.attemptId;
    if (!isOwn || outcome.state === 'unknown' || from.attemptId === '')
      return await lookAfter(deps, present);
    // Nobody's message is left that would report it after a death here.
    await deps.queue.send([{ tenant: from.tenant, remediationId: from.id }], AGAIN_MS);
    before = present;
  }
};

/** Of these the alarm tells. */
const NOT_DONE: ReadonlySet<Outcome['state']> = new Set(['unknown', 'failed', 'timed_out']);

const lookAfter = async (deps: RunRemediationDeps, present: Remediation): Promise<void> => {
  const { tenant, id } = present;
  if (isEnded(present) || isFollowed(present)) return await tellFollowed(deps, present);
  await deps.queue.send([{ tenant, remediationId: id }], REMEDIATION_LEASE_MS);
};

const tellEnded = async (deps: RunRemediationDeps, remediation: Remediation): Promise<void> => {
  const { id, tenant, incidentId, state, stepTitle, result } = remediation;
  if (!isEnded(remediation) && !isFollowed(remediation)) return;
  await tellOnIncident(deps, {
    tenant,
    incidentId,
    reference: `${id}.${state}`,
    by: SLUICE,
    text: `"${stepTitle}": ${wordsOf(state)}. ${result ?? ''} (${id})`,
  });
};
