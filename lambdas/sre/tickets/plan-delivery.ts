import type { Band } from '../score/composite.ts';
import { isWorse } from '../domain/anomaly.ts';
import type { IncidentState } from '../incidents/incident.ts';
import type { Delivery } from './delivery.ts';
import { PAGERS, type Destination } from './destination.ts';
import type { TicketWire } from './ticket-wire.ts';

/** What people changed there is looked at again after so long. */
export const STOPPED_LOOK_MS = 15 * 60_000;
/** From then on a stopped delivery continues with a change of its incident alone. */
const STOPPED_MS_MAX = 24 * 3_600_000;
/** Changes that are no news for people come together for so long. */
const UPDATE_GAP_MS = 10_000;
const REMINDERS_MAX = 6;

/** What an incident is at the moment. */
export interface IncidentNow {
  readonly state: IncidentState;
  readonly band: Band;
  /** Resolved, or taken in by another one. */
  readonly isOver: boolean;
  /** Nobody is reminded before; null: it is not snoozed. */
  readonly snoozedUntilMs: number | null;
  readonly isFlapping: boolean;
}

export interface PlanInput {
  readonly delivery: Delivery;
  readonly incident: IncidentNow;
  readonly destination: Pick<Destination, 'kind' | 'revision' | 'remindAfterMs'>;
  readonly wire: Pick<TicketWire, 'afterUnknown' | 'findLagMs'> & { readonly canRemind: boolean };
  /** Tickets that a race left beside the one that counts. */
  readonly strays: readonly string[];
  readonly nowMs: number;
}

/** Something there is to change. */
export type Changing =
  | { readonly kind: 'open' }
  | { readonly kind: 'update' }
  | { readonly kind: 'remind' }
  | { readonly kind: 'close'; readonly externalId: string };

/** Something there is to be looked for. */
export type Looking = { readonly kind: 'find' } | { readonly kind: 'sweep' };

/** `drop`: nobody is to be notified any more. */
export type Action = Changing | Looking | { readonly kind: 'drop' };

export type Plan =
  | Action
  | { readonly kind: 'wait'; readonly untilMs: number }
  /** Nothing is left to do until the incident changes. */
  | { readonly kind: 'rest' };

/** The next step of a delivery, from what is known alone. `delivery` is as `afterDeath` gives it. */
export const planDelivery = (input: PlanInput): Plan => {
  const { delivery, nowMs } = input;
  if (delivery.leaseUntilMs > nowMs) return wait(delivery.leaseUntilMs);
  const stopped = planStopped(input);
  if (stopped !== null) return stopped;
  if (delivery.dueMs > nowMs) return wait(delivery.dueMs);
  return delivery.externalId === null ? planFirst(input) : planNext(input, delivery.externalId);
};

const wait = (untilMs: number): Plan => ({ kind: 'wait', untilMs });

/** null: nothing stops it. */
const planStopped = ({ delivery, destination, nowMs }: PlanInput): Plan | null => {
  const { stop } = delivery;
  if (stop === null || stop.wantRevision < delivery.wantRevision) return null;
  if (stop.reason === 'not_needed' || stop.reason === 'removed') return { kind: 'rest' };
  if (stop.destinationRevision < destination.revision) return null;
  return nowMs - stop.atMs < STOPPED_MS_MAX ? wait(nowMs + STOPPED_LOOK_MS) : { kind: 'rest' };
};

/** There is no ticket, as far as is known. */
const planFirst = ({ delivery, incident, destination, wire, nowMs }: PlanInput): Plan => {
  if (delivery.unsureSinceMs !== null) {
    if (wire.afterUnknown === 'repeat') return { kind: 'open' };
    const lookMs = delivery.unsureSinceMs + wire.findLagMs;
    return lookMs > nowMs ? wait(lookMs) : { kind: 'find' };
  }
  if (incident.isOver && (PAGERS.includes(destination.kind) || delivery.goneCount > 0))
    return { kind: 'drop' };
  return delivery.holdUntilMs > nowMs ? wait(delivery.holdUntilMs) : { kind: 'open' };
};

const planNext = (input: PlanInput, externalId: string): Plan => {
  const { delivery, nowMs } = input;
  const stray = input.strays.find((id) => id !== externalId);
  if (stray !== undefined) return { kind: 'close', externalId: stray };
  const waits: number[] = [];
  if (delivery.sentRevision < delivery.wantRevision) {
    const atMs = updateMs(input);
    if (atMs <= nowMs) return { kind: 'update' };
    waits.push(atMs);
  }
  if (delivery.againMs !== null) {
    if (delivery.againMs <= nowMs) return { kind: 'update' };
    waits.push(delivery.againMs);
  }
  if (delivery.sweepMs !== null) {
    if (delivery.sweepMs <= nowMs) return { kind: 'sweep' };
    waits.push(delivery.sweepMs);
  }
  const remindMs = reminderMs(input);
  if (remindMs !== null) {
    if (remindMs <= nowMs) return { kind: 'remind' };
    waits.push(remindMs);
  }
  return waits.length === 0 ? { kind: 'rest' } : wait(Math.min(...waits));
};

/** What is news for people goes at once. */
const updateMs = ({ delivery, incident }: PlanInput): number => {
  const { sentMs, sentState, sentBand } = delivery;
  const isNews = sentState !== incident.state || isWorse(incident.band, sentBand);
  return isNews || sentMs === null ? 0 : sentMs + UPDATE_GAP_MS;
};

/** null: none is due. */
const reminderMs = ({ delivery, incident, destination, wire }: PlanInput): number | null => {
  const { remindAfterMs } = destination;
  if (remindAfterMs === null || !wire.canRemind) return null;
  if (incident.isOver || incident.isFlapping || incident.state !== 'identified') return null;
  if (delivery.reminders >= REMINDERS_MAX) return null;
  const lastMs = delivery.remindedMs ?? delivery.firstSentMs ?? delivery.createdMs;
  return Math.max(lastMs + remindAfterMs, incident.snoozedUntilMs ?? 0);
};
