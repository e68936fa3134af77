import type { Clock, Metrics } from '../../shared/deps.ts';
import type { Incident } from '../incidents/incident.ts';
import type {
  DeliveryQueue,
  DeliveryStore,
  HealthBook,
  PollList,
  RenderTicket,
  TicketNews,
  WireOf,
} from '../ports/deliveries.ts';
import type { DestinationBook } from '../ports/destinations.ts';
import type { IncidentBook } from '../ports/incidents.ts';
import {
  afterDeath,
  type Delivery,
  type DeliveryKey,
  type DeliveryTask,
} from '../tickets/delivery.ts';
import type { Destination } from '../tickets/destination.ts';
import { planDelivery, STOPPED_LOOK_MS, type Action, type Plan } from '../tickets/plan-delivery.ts';
import type { InboundEvent } from '../tickets/inbound-wire.ts';
import type { TicketWire } from '../tickets/ticket-wire.ts';
import { POLL_MS } from './poll-tickets.ts';
import { stepOf, type StepDeps } from './step-delivery.ts';

export interface DeliverDeps extends StepDeps {
  readonly deliveries: DeliveryStore;
  readonly destinations: Pick<DestinationBook, 'get'>;
  readonly health: HealthBook;
  readonly incidents: Pick<IncidentBook, 'get'>;
  readonly render: RenderTicket;
  readonly wireOf: WireOf;
  readonly queue: DeliveryQueue;
  readonly news: TicketNews;
  readonly polls: Pick<PollList, 'touch'>;
  /** Does what people did to a ticket; answers how much of it was new. */
  readonly takeEvents: (
    destination: Destination,
    events: readonly InboundEvent[],
  ) => Promise<number>;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly newAttemptId: () => string;
  readonly random: () => number;
}

/** Longer than a worker lives, so that what a lease covers is over when it is. */
export const LEASE_MS = 75_000;
/** An attempt begins only with so much time left. */
const ATTEMPT_MS_MIN = 20_000;
const STEPS_MAX = 8;
/** The longest delay of SQS. */
const WAKE_MS_MAX = 900_000;
const PAUSED_MS_MAX = 24 * 3_600_000;

/**
 * Brings one destination to what one incident is, as far as that goes now; what is left comes again by a message, which
 * is sent before this one ends. Safe to be run by several at once, and to be ended at any await.
 */
export const deliverTicket = async (
  deps: DeliverDeps,
  { task, untilMs }: { readonly task: DeliveryTask; readonly untilMs: number },
): Promise<void> => {
  for (let steps = 0; steps < STEPS_MAX; steps++) {
    const step = await nextStep(deps, task, untilMs);
    if (step === null) return;
    if (step.plan.kind === 'wait')
      return await remind(deps, task, step.delivery, step.plan.untilMs);
    if (step.plan.kind === 'rest') return;
    if (deps.clock.nowMs() + ATTEMPT_MS_MIN > untilMs) break;
    if (await hasNews(deps, step)) continue;
    await take(deps, { ...step, plan: step.plan });
  }
  await deps.queue.send([{ ...keyOf(task), wakeMs: 0 }], 0);
};

const keyOf = ({ tenant, incidentId, destinationId }: DeliveryKey): DeliveryKey => ({
  tenant,
  incidentId,
  destinationId,
});

interface Next {
  readonly seen: Delivery;
  readonly delivery: Delivery;
  readonly destination: Destination;
  readonly incident: Incident;
  readonly wire: TicketWire;
  readonly plan: Plan;
}

/** null: there is nothing that could be brought anywhere. */
const nextStep = async (
  deps: DeliverDeps,
  { tenant, incidentId, destinationId }: DeliveryKey,
  untilMs: number,
): Promise<Next | null> => {
  // First: what it wants was reached by the incident that is read then.
  const stored = await deps.deliveries.list(tenant, incidentId);
  const [destination, incident] = await Promise.all([
    deps.destinations.get(tenant, destinationId),
    deps.incidents.get(tenant, incidentId),
  ]);
  const found = stored.find(({ delivery }) => delivery.destinationId === destinationId);
  if (found === undefined || destination === null || incident === null) return null;
  const wire = await deps.wireOf(destination, untilMs);
  if (wire === null) return null;
  const delivery = afterDeath(found.delivery);
  const nowMs = deps.clock.nowMs();
  const plan = planDelivery({
    delivery,
    incident: {
      state: incident.state,
      band: incident.band,
      isOver: isOver(incident),
      snoozedUntilMs: incident.snoozedUntilMs,
      isFlapping: incident.flappingSinceMs !== null,
    },
    destination,
    wire: {
      afterUnknown: wire.afterUnknown,
      findLagMs: wire.findLagMs,
      canRemind: wire.remind !== undefined,
    },
    strays: found.strays,
    nowMs,
  });
  const next = { seen: found.delivery, delivery, destination, incident, wire };
  if (plan.kind === 'wait' || plan.kind === 'rest') return { ...next, plan };
  return { ...next, plan: await unlessPaused(deps, destination, delivery, plan, nowMs) };
};

export const isOver = ({ state, mergedInto }: Incident): boolean =>
  state === 'resolved' || mergedInto !== null;

const unlessPaused = async (
  { health, random }: DeliverDeps,
  destination: Destination,
  delivery: Delivery,
  plan: Plan,
  nowMs: number,
): Promise<Plan> => {
  if (destination.isPaused)
    return nowMs - Math.max(destination.updatedMs, delivery.createdMs) < PAUSED_MS_MAX
      ? { kind: 'wait', untilMs: nowMs + STOPPED_LOOK_MS }
      : { kind: 'rest' };
  const { pausedUntilMs } = await health.read(destination.id);
  return pausedUntilMs > nowMs
    ? // What waits for the same does not come back together.
      { kind: 'wait', untilMs: pausedUntilMs + Math.ceil(random() * 2_000) }
    : plan;
};

/**
 * Where nothing reports what people did to a ticket, that is asked before the ticket is written over: afterwards the last who
 * changed it is Sluice. Whatever is new is done first.
 */
const hasNews = async (
  deps: DeliverDeps,
  { plan, wire, delivery, destination, incident }: Next,
): Promise<boolean> => {
  if (wire.poll === undefined) return false;
  const { tenant, destinationId, externalId } = delivery;
  const nowMs = deps.clock.nowMs();
  if (!isOver(incident))
    await deps.polls.touch({ tenant, destinationId }, nowMs + POLL_MS, deps.newAttemptId());
  if (plan.kind !== 'update' || externalId === null) return false;
  const polled = await wire.poll([externalId]);
  return polled.kind === 'read' && (await deps.takeEvents(destination, polled.events)) > 0;
};

/** One leased step and its result. */
const take = async (
  deps: DeliverDeps,
  { seen, delivery, destination, incident, wire, plan }: Next & { readonly plan: Action },
): Promise<void> => {
  const rendered = await deps.render(incident);
  // A ticket of an incident that another one took in is over, whatever state it was in.
  const ticket = isOver(incident) ? { ...rendered, state: 'resolved' as const } : rendered;
  const attemptId = deps.newAttemptId();
  const isLeased = await deps.deliveries.lease(seen, {
    attemptId,
    untilMs: deps.clock.nowMs() + LEASE_MS,
    doing: plan.kind === 'drop' ? 'close' : plan.kind,
    unsureSinceMs: delivery.unsureSinceMs,
    againMs: delivery.againMs,
  });
  if (!isLeased) return;
  const about = { delivery, destination, incident, ticket, isOver: isOver(incident) };
  const result = await stepOf(deps, { ...about, wire, plan });
  const notes = await result.tell();
  const isRecorded = await deps.deliveries.record(attemptId, result.concluded);
  if (!isRecorded) {
    if (result.openedId !== null)
      await deps.deliveries.addStray(keyOf(delivery), result.openedId, deps.clock.nowMs());
    return;
  }
  result.count();
  for (const note of notes) await deps.news.note(incident.tenant, incident.id, note);
};

/** A message is the memory of what waits: one at a time, and it is under way before it is written that it is. */
const remind = async (
  deps: DeliverDeps,
  task: DeliveryTask,
  delivery: Delivery,
  untilMs: number,
): Promise<void> => {
  const nowMs = deps.clock.nowMs();
  const isAnotherUnderWay =
    task.wakeMs !== delivery.wakeMs && delivery.wakeMs > nowMs && delivery.wakeMs <= untilMs;
  if (isAnotherUnderWay) return;
  const wakeMs = Math.min(untilMs, nowMs + WAKE_MS_MAX);
  await deps.queue.send([{ ...keyOf(task), wakeMs }], Math.max(0, wakeMs - nowMs));
  await deps.deliveries.wake(keyOf(task), wakeMs);
};
