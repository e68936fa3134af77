import type { Incident } from '../incidents/incident.ts';
import type {
  Delivery,
  DeliveryKey,
  DeliveryTask,
  DestinationHealth,
  StepKind,
  StoredDelivery,
} from '../tickets/delivery.ts';
import type { Destination } from '../tickets/destination.ts';
import type { TicketWire } from '../tickets/ticket-wire.ts';
import type { Ticket } from '../tickets/ticket.ts';

/** Whose a ticket is, by the name that its destination gave it. */
export type DeliveryOfTicket = Pick<DeliveryKey, 'tenant' | 'incidentId'>;

/** What incidents are at their destinations, as single atomic steps. Throws AppError `storage_unavailable`. */
export interface DeliveryStore {
  /** Every delivery of an incident, as they are. */
  list(tenant: string, incidentId: string): Promise<readonly StoredDelivery[]>;
  /** false: it wants this revision or a later one already. */
  want(
    key: DeliveryKey,
    wanted: { readonly revision: number; readonly holdUntilMs: number; readonly nowMs: number },
  ): Promise<boolean>;
  /** false: somebody else leased it since `seen` was read. */
  lease(
    seen: Delivery,
    lease: Pick<Delivery, 'unsureSinceMs' | 'againMs'> & {
      readonly attemptId: string;
      readonly untilMs: number;
      readonly doing: StepKind;
    },
  ): Promise<boolean>;
  /** Ends the lease of `attemptId`. false: another one has taken over, and nothing is written. */
  record(
    attemptId: string,
    result: {
      readonly delivery: Delivery;
      readonly newStrays: readonly string[];
      readonly closedStray: string | null;
    },
  ): Promise<boolean>;
  /** A ticket that was opened by somebody whose lease was over. */
  addStray(key: DeliveryKey, externalId: string): Promise<void>;
  /** A reminder is under way for that time. */
  wake(key: DeliveryKey, wakeMs: number): Promise<void>;
  /** The incident of a ticket; null: nobody here opened it. */
  ofTicket(destinationId: string, externalId: string): Promise<DeliveryOfTicket | null>;
}

export interface HealthBook {
  read(destinationId: string): Promise<DestinationHealth>;
  pause(destinationId: string, untilMs: number, problem: string): Promise<void>;
  /** true: it is the first to say so since the destination last took one. */
  refuse(destinationId: string, nowMs: number, untilMs: number, problem: string): Promise<boolean>;
  well(destinationId: string, nowMs: number): Promise<void>;
  /** Forgets what kept it from being tried. */
  renew(destinationId: string): Promise<void>;
}

/** What a destination told, so that it is taken once. */
export interface InboundLog {
  has(destinationId: string, eventId: string): Promise<boolean>;
  put(destinationId: string, eventId: string, nowMs: number): Promise<void>;
}

/** Throws AppError `storage_unavailable` when one of them was not taken. */
export interface DeliveryQueue {
  /** Not before so many milliseconds, 15 minutes at most. */
  send(tasks: readonly DeliveryTask[], afterMs: number): Promise<void>;
}

/** Something that became of a ticket. Told again with the same `id` it is the same. */
export interface TicketNote {
  readonly id: string;
  readonly atMs: number;
  readonly what: string;
}

/** Writes on an incident's timeline; it is no change of the incident. */
export interface TicketNews {
  note(tenant: string, incidentId: string, note: TicketNote): Promise<void>;
}

/** A destination's wire that ends its requests before `untilMs`; null: its kind has none. */
export type WireOf = (destination: Destination, untilMs: number) => Promise<TicketWire | null>;

export type RenderTicket = (incident: Incident) => Promise<Ticket>;
