import type { IncidentState } from '../incidents/incident.ts';
import type { Band } from '../score/composite.ts';

/** What is done to the other side under one lease. */
export type StepKind = 'open' | 'find' | 'update' | 'remind' | 'sweep' | 'close';

/** One incident at one destination: what it is to be there, and what is known of it. */
export interface Delivery {
  readonly tenant: string;
  readonly incidentId: string;
  readonly destinationId: string;
  /** The revision that the other side is to show; rises alone, whoever holds the lease. */
  readonly wantRevision: number;
  /** Nothing is opened before, for the hours of a route; 0: at once. */
  readonly holdUntilMs: number;
  readonly createdMs: number;
  /** Whose result counts; '': there was no attempt yet. */
  readonly attemptId: string;
  /** 0: nobody holds it. In the past: its holder died, and what it did is unknown. */
  readonly leaseUntilMs: number;
  /** What the holder is about. */
  readonly doing: StepKind | null;
  /** A reminder to look again is under way for this time; 0: none. */
  readonly wakeMs: number;
  /** 0: nothing. */
  readonly sentRevision: number;
  readonly sentState: IncidentState | null;
  readonly sentBand: Band | null;
  readonly sentMs: number | null;
  readonly firstSentMs: number | null;
  /** null: as far as is known there is no ticket. */
  readonly externalId: string | null;
  readonly url: string | null;
  /** Since when a ticket may have been opened that nobody knows; null: none. */
  readonly unsureSinceMs: number | null;
  /** When it is said again what the ticket shows, because a worker that lost its lease may have said something older; null: no. */
  readonly againMs: number | null;
  /** There was a doubt in this ticket's life: its siblings are looked for then. null: no. */
  readonly sweepMs: number | null;
  readonly sweepsLeft: number;
  /** Tickets that somebody removed there. */
  readonly goneCount: number;
  readonly failures: number;
  readonly failingSinceMs: number | null;
  /** Not before; 0: at once. */
  readonly dueMs: number;
  readonly reminders: number;
  readonly remindedMs: number | null;
  /** null: it continues. */
  readonly stop: DeliveryStop | null;
  /** What went wrong last, for people. */
  readonly problem: string | null;
}

/** Why nothing more is tried until the incident or the destination changes. */
export interface DeliveryStop {
  /**
   * `refused`: the other side does not take this ticket. `given_up`: a day of failures. `removed`: people removed it
   * twice. `not_needed`: it was over before anybody was woken.
   */
  readonly reason: 'refused' | 'given_up' | 'removed' | 'not_needed';
  readonly atMs: number;
  readonly wantRevision: number;
  readonly destinationRevision: number;
}

/** The same for each repetition of one opening: what a destination that knows repetitions goes by. */
export const openingId = ({ incidentId, destinationId, goneCount }: Delivery): string =>
  `${incidentId}.${destinationId}.${goneCount}`;

/** By then whoever lost a lease and did not notice has come to its end. */
const STRAGGLER_MS = 120_000;

/** What the holder of a lease that ran out was about is not known: an opening of it may be there, a change may still come. */
export const afterDeath = (delivery: Delivery): Delivery => {
  const { leaseUntilMs, doing } = delivery;
  if (leaseUntilMs === 0 || (doing !== 'open' && doing !== 'update')) return delivery;
  const againMs = leaseUntilMs + STRAGGLER_MS;
  return doing === 'open'
    ? { ...delivery, againMs, unsureSinceMs: leaseUntilMs }
    : { ...delivery, againMs };
};

export interface DeliveryKey {
  readonly tenant: string;
  readonly incidentId: string;
  readonly destinationId: string;
}

export interface StoredDelivery {
  readonly delivery: Delivery;
  /** Tickets of the same incident and destination that do not count. */
  readonly strays: readonly string[];
}

/** How it is with a destination, whatever the incident. */
export interface DestinationHealth {
  /** Nothing is tried before. */
  readonly pausedUntilMs: number;
  /** Since when it does not take our credentials; null: it does. */
  readonly refusedSinceMs: number | null;
  readonly problem: string | null;
  readonly lastSentMs: number | null;
}

/** A message that asks to look after a delivery. */
export interface DeliveryTask extends DeliveryKey {
  /** Of the reminder that it is; 0: it is none. */
  readonly wakeMs: number;
}

/** Whose open tickets are looked at. */
export interface PollKey {
  readonly tenant: string;
  readonly destinationId: string;
}

/** A look that is due. */
export interface PollTask extends PollKey {
  readonly dueMs: number;
}
