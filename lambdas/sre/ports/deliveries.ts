import type { Incident } from '../incidents/incident.ts';
import type {
  Delivery,
  DeliveryKey,
  DeliveryTask,
  DestinationHealth,
  PollKey,
  PollTask,
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
  addStray(key: DeliveryKey, externalId: string, nowMs: number): Promise<void>;
  /** A reminder is under way for that time. */
  wake(key: DeliveryKey, wakeMs: number): Promise<void>;
  /** The incident of a ticket; null: nobody here opened it. */
  ofTicket(destinationId: string, externalId: string): Promise<DeliveryOfTicket | null>;
}

/** A look that was taken; the next one is due then. */
export interface PollTurn extends PollTask {
  /** Of the opening of a ticket that was the last one by then. */
  readonly touched: string;
  /** The ticket that was looked at last, by the name that the destination gave it; null: none was. */
  readonly after: string | null;
}

/**
 * Destinations that report nothing of what people do to tickets, and have open ones. Throws AppError `storage_unavailable`.
 */
export interface PollList {
  /** A ticket of it is open: it is looked at from `dueMs` on, unless it is already. `touch` is another one each time. */
  touch(key: PollKey, dueMs: number, touch: string): Promise<void>;
  /** Those that are due, the longest first. */
  due(nowMs: number, limit: number): Promise<readonly PollTask[]>;
  /** null: somebody else took this one. */
  take(task: PollTask, nextMs: number): Promise<PollTurn | null>;
  /** The next look begins after this ticket. */
  advance(turn: PollTurn, after: string): Promise<void>;
  /** The next look comes later than it would. */
  delay(turn: PollTurn, nextMs: number): Promise<void>;
  /** No ticket of it is open; nothing happens where one was opened since the turn was taken. */
  end(turn: PollTurn): Promise<void>;
}

/** Asks to look at destinations. */
export interface Polls {
  ask(tasks: readonly PollTask[]): Promise<void>;
}

export interface HealthBook {
  read(destinationId: string): Promise<DestinationHealth>;
  /** Never shortens a pause. */
  pause(destinationId: string, untilMs: number, problem: string): Promise<void>;
  /** As a pause. true: it is the first to say so since the destination last took one. */
  refuse(destinationId: string, nowMs: number, untilMs: number, problem: string): Promise<boolean>;
  /** It took one. A pause lasts to its end nevertheless. */
  well(destinationId: string, nowMs: number): Promise<void>;
  /** Forgets what kept it from being tried. */
  renew(destinationId: string): Promise<void>;
}

/** What a destination reported, so that it is taken once. */
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
