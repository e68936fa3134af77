import type { Clock, Metrics, Report } from '../../shared/deps.ts';
import type { Incident } from '../incidents/incident.ts';
import type { HealthBook, TicketNote } from '../ports/deliveries.ts';
import {
  concludeAttempt,
  concludeFind,
  dropped,
  type Concluded,
  type Concluding,
} from '../tickets/conclude-attempt.ts';
import { openingId, type Delivery } from '../tickets/delivery.ts';
import type { Destination } from '../tickets/destination.ts';
import type { Action, Changing } from '../tickets/plan-delivery.ts';
import type { Ticket } from '../tickets/ticket.ts';
import type { Attempt, Found, TicketWire } from '../tickets/ticket-wire.ts';

export interface StepDeps {
  readonly health: HealthBook;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly random: () => number;
  readonly report: Report;
}

export interface Step {
  readonly delivery: Delivery;
  readonly destination: Destination;
  readonly incident: Incident;
  readonly isOver: boolean;
  readonly ticket: Ticket;
  readonly wire: TicketWire;
  readonly plan: Action;
}

export interface StepResult {
  readonly concluded: Concluded;
  /** What an opening brought, for whoever finds its lease gone. */
  readonly openedId: string | null;
  /** Before the result is written: keeps how it is with the destination, and answers what is to be reported after it. */
  readonly tell: () => Promise<readonly TicketNote[]>;
  /** After it is written. */
  readonly count: () => void;
}

/** Of a pause that nobody asked for: one delivery tries, the others wait. */
const PAUSE_MS = 15_000;
const CREDENTIALS_PAUSE_MS = 15 * 60_000;

/** Does what is planned, once. Never throws for what the other side does. */
export const stepOf = async (deps: StepDeps, step: Step): Promise<StepResult> => {
  const { delivery, destination, isOver, ticket, wire, plan } = step;
  const concluding = (): Concluding => ({
    delivery,
    ticket,
    isOver,
    wire,
    destinationRevision: destination.revision,
    nowMs: deps.clock.nowMs(),
    random: deps.random(),
  });
  if (plan.kind === 'drop') {
    const concluded = { delivery: dropped(concluding()), newStrays: [], closedStray: null };
    return resultOf(deps, step, concluded, null);
  }
  if (plan.kind === 'find' || plan.kind === 'sweep') {
    const found = await looked(deps, async () => await wire.find(ticket));
    const concluded = concludeFind(concluding(), plan, found);
    return resultOf(deps, step, concluded, found.kind === 'failed' ? found.attempt : null);
  }
  const attempt = await tried(deps, plan, async () => await change(step, plan, ticket));
  const concluded = concludeAttempt(concluding(), plan, attempt);
  return resultOf(deps, step, concluded, attempt);
};

const change = async (
  { delivery, wire }: Step,
  plan: Changing,
  ticket: Ticket,
): Promise<Attempt> => {
  const externalId = delivery.externalId ?? '';
  switch (plan.kind) {
    case 'open':
      return await wire.open(ticket, openingId(delivery));
    case 'update':
      return await wire.update(externalId, ticket);
    case 'close':
      return await wire.closeExtra(plan.externalId, externalId);
    case 'remind': {
      const reminded = await wire.remind?.(externalId, ticket, delivery.reminders + 1);
      // A reminder that may have come is not said twice.
      return reminded === undefined || reminded.kind === 'unknown'
        ? { kind: 'done', externalId, url: delivery.url }
        : reminded;
    }
  }
};

/** A defect of a wire is nobody's reason to repeat blindly. */
const tried = async (
  { report }: StepDeps,
  plan: Action,
  attempt: () => Promise<Attempt>,
): Promise<Attempt> => {
  try {
    return await attempt();
  } catch (error) {
    report(`a wire failed at ${plan.kind}`, error);
    return { kind: 'unknown', reason: 'Sluice failed to speak to it.' };
  }
};

const looked = async ({ report }: StepDeps, find: () => Promise<Found>): Promise<Found> => {
  try {
    return await find();
  } catch (error) {
    report('a wire failed to look', error);
    return {
      kind: 'failed',
      attempt: { kind: 'unknown', reason: 'Sluice failed to speak to it.' },
    };
  }
};

const resultOf = (
  deps: StepDeps,
  step: Step,
  concluded: Concluded,
  attempt: Attempt | null,
): StepResult => {
  const { plan, delivery } = step;
  return {
    concluded,
    openedId: plan.kind === 'open' && attempt?.kind === 'done' ? attempt.externalId : null,
    tell: async () => await tell(deps, step, concluded.delivery, attempt),
    count: () => count(deps, step, delivery, concluded.delivery, attempt),
  };
};

const tell = async (
  deps: StepDeps,
  { destination, plan, delivery: before }: Step,
  after: Delivery,
  attempt: Attempt | null,
): Promise<readonly TicketNote[]> => {
  const { id, name } = destination;
  const nowMs = deps.clock.nowMs();
  const notes: TicketNote[] = [];
  const note = (noteId: string, what: string): void => {
    notes.push({ id: `${noteId}.${id}`, atMs: nowMs, what });
  };
  if (attempt?.kind === 'done') await deps.health.well(id, nowMs);
  if (attempt?.kind === 'later')
    await deps.health.pause(id, nowMs + (attempt.afterMs ?? PAUSE_MS), attempt.reason);
  if (attempt?.kind === 'refused' && attempt.fault === 'credentials') {
    const untilMs = nowMs + CREDENTIALS_PAUSE_MS;
    if (await deps.health.refuse(id, nowMs, untilMs, attempt.reason))
      note(`credentials.${nowMs}`, `${name} does not take its credentials: ${attempt.reason}`);
  }
  if (plan.kind === 'open' && after.externalId !== null)
    note(`opened.${before.goneCount}`, `A ticket was opened at ${name}${linkOf(after)}.`);
  if (plan.kind === 'find' && after.externalId !== null)
    note(`opened.${before.goneCount}`, `A ticket was found at ${name}${linkOf(after)}.`);
  if (after.goneCount > before.goneCount)
    note(`gone.${before.goneCount}`, `Its ticket at ${name} was removed there.`);
  if (after.stop !== null && after.stop !== before.stop && after.stop.reason !== 'removed')
    note(
      `stopped.${after.stop.wantRevision}`,
      `${STOPS[after.stop.reason](name)} ${after.problem ?? ''}`,
    );
  return notes;
};

const linkOf = ({ url, externalId }: Delivery): string => `: ${url ?? externalId ?? ''}`;

const STOPS = {
  refused: (name: string) => `${name} does not take the ticket:`,
  given_up: (name: string) => `${name} did not take the ticket for a day:`,
  not_needed: (name: string) => `${name} was not notified.`,
} as const;

const count = (
  { metrics, clock }: StepDeps,
  { plan, incident }: Step,
  before: Delivery,
  after: Delivery,
  attempt: Attempt | null,
): void => {
  if (attempt?.kind === 'done' && before.firstSentMs === null && after.firstSentMs !== null)
    metrics.record({ tickets: 1, ticketMs: Math.max(0, clock.nowMs() - incident.openedMs) });
  if (attempt !== null && attempt.kind !== 'done' && plan.kind !== 'close')
    metrics.record({ failedDeliveries: 1 }, { by: { reason: attempt.kind } });
  if (attempt?.kind === 'refused' && attempt.fault === 'credentials')
    metrics.record({ refusedCredentials: 1 });
  const isStopped = after.stop !== null && after.stop !== before.stop;
  if (isStopped && (after.stop.reason === 'refused' || after.stop.reason === 'given_up'))
    metrics.record({ stoppedDeliveries: 1 }, { by: { reason: after.stop.reason } });
};
