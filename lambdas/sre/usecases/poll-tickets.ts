import type { Clock, Metrics } from '../../shared/deps.ts';
import type { HealthBook, PollList, WireOf } from '../ports/deliveries.ts';
import type { DestinationBook } from '../ports/destinations.ts';
import type { PollTask } from '../tickets/delivery.ts';
import type { Destination } from '../tickets/destination.ts';
import type { Attempt } from '../tickets/ticket-wire.ts';
import { takeEvents, type TakeEventDeps } from './take-inbound.ts';

export interface PollDeps extends TakeEventDeps {
  readonly polls: PollList;
  readonly destinations: Pick<DestinationBook, 'get'>;
  readonly health: Pick<HealthBook, 'read'>;
  readonly wireOf: WireOf;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

/** So often a destination is asked at most: as soon as `tick` comes by after it. */
export const POLL_MS = 110_000;
/** After a failure, unless it asks for more; an hour at most. */
const FAILED_MS = 10 * 60_000;
const FAILED_MS_MAX = 3_600_000;

/**
 * One look at the open tickets of a destination that reports nothing by itself: what people did there is done to their
 * incidents. Twice or late, it changes nothing but when.
 */
export const pollTickets = async (
  deps: PollDeps,
  { task, untilMs }: { readonly task: PollTask; readonly untilMs: number },
): Promise<void> => {
  const nowMs = deps.clock.nowMs();
  const turn = await deps.polls.take(task, nowMs + POLL_MS);
  if (turn === null) return;
  const destination = await deps.destinations.get(task.tenant, task.destinationId);
  if (destination === null) return await deps.polls.end(turn);
  const { pausedUntilMs } = await deps.health.read(destination.id);
  if (destination.isPaused || pausedUntilMs > nowMs) return;
  const wire = await deps.wireOf(destination, untilMs);
  const open = await openTickets(deps, destination);
  // Its inbound requests report by now, or there is nothing to look at.
  if (wire?.poll === undefined || open.length === 0) return await deps.polls.end(turn);
  const tickets = nextTickets(open, turn.after, wire.pollMax ?? open.length);
  const polled = await wire.poll(tickets);
  const last = polled.last ?? tickets.at(-1);
  const isPart = tickets.length < open.length || polled.last !== undefined;
  if (polled.kind === 'failed') {
    tell(deps, polled.attempt);
    // Those behind the ones that cannot be read have their turn all the same.
    if (polled.last !== undefined) await deps.polls.advance(turn, polled.last);
    const askedMs = polled.attempt.kind === 'later' ? (polled.attempt.afterMs ?? 0) : 0;
    const pauseMs = Math.min(FAILED_MS_MAX, Math.max(FAILED_MS, askedMs));
    return await deps.polls.delay(turn, nowMs + pauseMs);
  }
  await takeEvents(deps, destination, polled.events);
  if (polled.problem !== undefined)
    deps.metrics.record({ failedDeliveries: 1 }, { by: { reason: polled.problem.kind } });
  if (isPart && last !== undefined) await deps.polls.advance(turn, last);
};

/** Those after the last one first, around the whole: each has its turn, whatever comes and goes meanwhile. */
const nextTickets = (
  open: readonly string[],
  after: string | null,
  max: number,
): readonly string[] => {
  const sorted = [...new Set(open)].toSorted();
  const from = after === null ? 0 : sorted.findIndex((id) => id > after);
  return [...sorted.slice(Math.max(0, from)), ...sorted.slice(0, Math.max(0, from))].slice(0, max);
};

/** Of live incidents: what people do to others changes nothing. */
const openTickets = async (
  { incidents, deliveries, clock }: PollDeps,
  { tenant, id }: Destination,
): Promise<readonly string[]> => {
  const { live } = await incidents.load(tenant, [], clock.nowMs());
  const open: string[] = [];
  for (const incident of live)
    for (const { delivery } of await deliveries.list(tenant, incident.id))
      if (delivery.destinationId === id && delivery.externalId !== null)
        open.push(delivery.externalId);
  return open;
};

const tell = ({ metrics }: PollDeps, attempt: Attempt): void => {
  metrics.record({ failedDeliveries: 1 }, { by: { reason: attempt.kind } });
  if (attempt.kind === 'refused' && attempt.fault === 'credentials')
    metrics.record({ refusedCredentials: 1 });
};
