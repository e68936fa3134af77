import type { Outcome, Remediation } from '../../lambdas/sre/runbooks/remediation.ts';
import { must } from './scheduler.ts';

/** An action as the other side saw it. */
export interface Done {
  readonly id: string;
  readonly planHash: string;
  readonly outcome: Outcome['state'];
  /** What became of it there later; null: it was over at once, or nobody can ask. */
  readonly later: {
    readonly state: 'succeeded' | 'failed' | 'timed_out';
    readonly atMs: number;
  } | null;
}

/** What one came to is what was done of it, once at most, and people were told so. */
export const checkRemediation = (
  one: Remediation,
  {
    done,
    seen,
    told,
  }: {
    readonly done: readonly Done[];
    readonly seen: Set<string>;
    readonly told: ReadonlySet<string>;
  },
): void => {
  const acts = done.filter(({ id }) => id === one.id);
  must(acts.length <= 1, `${one.id} is done ${acts.length} times`);
  const [act] = acts;
  seen.add(`ended ${one.state}`);
  if (act === undefined)
    must(one.state !== 'succeeded' && one.state !== 'handed_over', 'it is said and not done');
  else {
    must(act.planHash === one.planHash, 'what is done is not what was approved');
    const truth = act.later?.state ?? act.outcome;
    must(one.state === truth || one.state === 'unknown', `it is said to be ${one.state}`);
    if (act.outcome === 'handed_over' && one.state !== 'unknown') {
      must(told.has(`${one.id}.handed_over`), 'nobody is told that it was handed over');
      seen.add(act.later === null ? 'handed over and not followed' : 'followed to its end');
    }
    if (told.has(`${one.id}.unknown`) && one.state !== 'unknown')
      seen.add('said unknown, then known');
  }
  if (one.decidedMs === null) return;
  must(told.has(`${one.id}.decided`) || one.state === 'rejected', 'nobody is told who allowed it');
  must(told.has(`${one.id}.${one.state}`) || one.state === 'rejected', 'nobody is told its end');
};
