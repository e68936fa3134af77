import type { OnceAnswer, OnceRequest, SendOnce } from '../../shared/deps.ts';
import type { Destination, DestinationKind } from '../tickets/destination.ts';
import type { InboundRequest, InboundWire } from '../tickets/inbound-wire.ts';
import type { TicketWire } from '../tickets/ticket-wire.ts';

/** What a wire sends, and what comes of it. */
export type WireRequest = OnceRequest;
export type WireAnswer = OnceAnswer;
export type SendToDestination = SendOnce;

/** What a wire is made of. */
export interface WireParts {
  readonly destination: Pick<Destination, 'id' | 'tenant' | 'kind' | 'settings'>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly send: SendToDestination;
  readonly nowMs: () => number;
}

/** A kind of destination: how it is written to, and how it reports; null: it cannot. */
export interface DestinationWires {
  /** What is wrong with settings or secrets of this kind, as `settings.url: ...`; null: nothing. */
  readonly problem: (parts: {
    readonly settings: Readonly<Record<string, string>>;
    readonly secrets: Readonly<Record<string, string>>;
  }) => string | null;
  readonly ticket: (parts: WireParts) => TicketWire;
  readonly inbound: InboundWires | null;
}

export interface InboundWires {
  /** Whether a request has something to compare with a secret: without it no secret is read. */
  readonly hasSignature: (request: Pick<InboundRequest, 'headers' | 'query'>) => boolean;
  readonly wire: (parts: Pick<WireParts, 'destination' | 'secrets'>) => InboundWire;
}

/** A kind that is missing has no wire yet. */
export type WiresByKind = Partial<Readonly<Record<DestinationKind, DestinationWires>>>;

/** What opens destinations, outside of the tables: written by people, read by the worker alone. */
export interface DestinationSecrets {
  /** {}: there is none. */
  read(id: string): Promise<Readonly<Record<string, string>>>;
  write(id: string, secrets: Readonly<Record<string, string>>): Promise<void>;
  remove(id: string): Promise<void>;
}

/** What opens a destination, as it is in this revision of it. */
export type SecretsOf = (
  destination: Pick<Destination, 'id' | 'revision' | 'secretNames' | 'settings'>,
) => Promise<Readonly<Record<string, string>>>;

/** How many mails a project sends. Throws AppError `storage_unavailable`. */
export interface MailBudget {
  /** Counts so many more on this day (UTC). false: they would be more than `max`, and none is counted. */
  take(tenant: string, mails: number, nowMs: number, max: number): Promise<boolean>;
}

/** A project's destinations. Throws AppError `storage_unavailable`. */
export interface DestinationBook {
  list(tenant: string): Promise<readonly Destination[]>;
  get(tenant: string, id: string): Promise<Destination | null>;
  /** Of whatever project: an inbound request names no project. */
  find(id: string): Promise<Destination | null>;
  /** false: the project has as many as it may. */
  create(destination: Destination): Promise<boolean>;
  /** null: it is not there. `change` is run again when another change was faster. */
  change(
    tenant: string,
    id: string,
    change: (before: Destination) => Destination,
  ): Promise<Destination | null>;
  remove(tenant: string, id: string): Promise<boolean>;
}
