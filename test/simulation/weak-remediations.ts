import type { Change } from '../../lambdas/sre/incidents/life.ts';
import type { IncidentStore } from '../../lambdas/sre/ports/incidents.ts';
import type { RemediationQueue, RemediationStore } from '../../lambdas/sre/ports/runbooks.ts';
import type { Remediation, RemediationTask } from '../../lambdas/sre/runbooks/remediation.ts';

/** Weakenings that the invariants must catch. */
export type RemediationMutation =
  | 'no lease'
  | 'a death is repeated'
  | 'told each time'
  | 'decided without a condition'
  | 'nobody is told of a death'
  | 'nobody asks twice'
  | 'a look is written first';

/** Knows nothing of what was told. */
export const weakIncidents = (
  store: IncidentStore,
  mutation: RemediationMutation | null,
): IncidentStore =>
  mutation === 'told each time'
    ? {
        ...store,
        isTold: async () => await Promise.resolve(false),
        commit: async (commit) =>
          await store.commit({ ...commit, changes: commit.changes.map(withoutReference) }),
      }
    : store;

/** Its news are told as if they were others each time. */
const withoutReference = ({ step: { reference: _none, ...step }, ...change }: Change): Change => ({
  ...change,
  step,
});

export const weakRemediations = (
  store: RemediationStore,
  mutation: RemediationMutation | null,
  time: { readonly nowMs: number },
): RemediationStore => {
  const force = async (after: Remediation): Promise<boolean> => {
    const present = await store.get(after.tenant, after.id);
    return await store.change({ ...after, revision: (present?.revision ?? 0) + 1 });
  };
  return {
    ...store,
    get: async (...key) => {
      const found = await store.get(...key);
      const isDead = found?.state === 'running' && found.leaseUntilMs <= time.nowMs;
      if (!isDead || mutation !== 'a death is repeated') return found;
      return { ...found, state: 'approved' };
    },
    change: async (after) => {
      if (mutation === 'nobody is told of a death' && after.state === 'unknown') return true;
      const isWeak =
        (mutation === 'no lease' && after.state === 'running') ||
        (mutation === 'decided without a condition' && after.state === 'approved');
      return isWeak ? await force(after) : await store.change(after);
    },
  };
};

/** How looks at what was handed over follow each other. */
export const weakLooks = <Store extends Pick<RemediationStore, 'change'>>(
  store: Store,
  mutation: RemediationMutation | null,
  {
    enqueue,
    pass,
  }: {
    readonly enqueue: (tasks: readonly RemediationTask[], afterMs: number) => void;
    /** An await: it may be the last. */
    readonly pass: () => Promise<void>;
  },
): { readonly remediations: Store; readonly queue: RemediationQueue } => {
  const late: (() => void)[] = [];
  const isWrittenFirst = mutation === 'a look is written first';
  return {
    queue: {
      send: async (tasks, afterMs) => {
        const isLook = tasks.some(({ look }) => look !== undefined);
        if (mutation === 'nobody asks twice' && tasks.some(({ look }) => (look ?? 0) > 0)) return;
        if (isWrittenFirst && isLook) late.push(() => enqueue(tasks, afterMs));
        else enqueue(tasks, afterMs);
        await Promise.resolve();
      },
    },
    remediations: {
      ...store,
      change: async (after: Remediation) => {
        const isWritten = await store.change(after);
        if (isWrittenFirst) await pass();
        for (const send of late.splice(0)) send();
        return isWritten;
      },
    },
  };
};
