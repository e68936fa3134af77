import type { Clock } from '../../shared/deps.ts';
import type { DueList, Looks } from '../ports/incidents.ts';
import type { Learning } from '../ports/causes.ts';
import type { PollList, Polls } from '../ports/deliveries.ts';
import type { ActiveTenants, Evaluations } from '../ports/ingest.ts';

/** The smallest step of a schedule is a minute; evaluations of a tenant come this often. */
const DELAYS_SECONDS = [0, 10, 20, 30, 40, 50] as const;
const MINUTE_MS = 60_000;
/** All of this minute has arrived. */
const ARRIVED_MINUTES = 2;
/** Tenants take turns when there are more. */
const LEARNED_A_MINUTE_MAX = 100;
/** The rest is due in the next minute too. */
const ANOMALIES_A_SWEEP_MAX = 100;
/** Destinations that are polled in a minute; those that waited longest come first. */
const POLLS_A_MINUTE_MAX = 1_000;

export interface TickDeps {
  readonly tenants: ActiveTenants;
  readonly evaluations: Evaluations;
  readonly due: Pick<DueList, 'due'>;
  readonly looks: Looks;
  readonly learning: Learning;
  readonly pollList: Pick<PollList, 'due'>;
  readonly polls: Polls;
  readonly clock: Clock;
}

/**
 * Each minute: asks for six evaluations of each tenant that sends, and for a look at each that has live incidents
 * and at each destination that is polled. Twice or late, it changes nothing but when.
 */
export const tick = async ({
  tenants,
  evaluations,
  due,
  looks,
  learning,
  pollList,
  polls,
  clock,
}: TickDeps): Promise<void> => {
  const active = await tenants.list();
  await evaluations.ask(
    DELAYS_SECONDS.flatMap((delaySeconds) =>
      active.map((tenant) => ({ tenant, delaySeconds, hot: [] })),
    ),
  );
  const minute = Math.floor(clock.nowMs() / MINUTE_MS) - ARRIVED_MINUTES;
  // Looks at incidents go the same way, and wait for none of it.
  const rounds = Math.max(1, Math.ceil(active.length / LEARNED_A_MINUTE_MAX));
  const learners = active.filter((_, index) => index % rounds === minute % rounds);
  await learning.ask(learners.map((tenant) => ({ tenant, minute })));
  const sweeps = await due.due(clock.nowMs());
  await looks.ask(
    sweeps.map(({ tenant, anomalyIds }) => ({
      tenant,
      anomalyIds: anomalyIds.slice(0, ANOMALIES_A_SWEEP_MAX),
      incidentId: null,
      isSweep: true,
      delaySeconds: 0,
    })),
  );
  await polls.ask(await pollList.due(clock.nowMs(), POLLS_A_MINUTE_MAX));
};
