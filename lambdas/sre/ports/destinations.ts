import type { Destination, DestinationKind } from '../tickets/destination.ts';
import type { InboundWire } from '../tickets/inbound-wire.ts';
import type { TicketWire } from '../tickets/ticket-wire.ts';

/** One request to somebody else's system; it is made once. */
export interface WireRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** null: none. */
  readonly body: string | null;
}

export type WireAnswer =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** Lower-case names. */
      readonly headers: Readonly<Record<string, string>>;
      readonly text: string;
    }
  /** Nobody there received it: no name, no connection, no certificate that holds. */
  | { readonly kind: 'unsent'; readonly reason: string }
  /** It may have been received: the connection broke, or the time was over. */
  | { readonly kind: 'lost'; readonly reason: string }
  /** The address is one that nothing is sent to. */
  | { readonly kind: 'refused'; readonly reason: string };

/** Never throws, and repeats nothing. */
export type SendToDestination = (request: WireRequest) => Promise<WireAnswer>;

/** What a wire is made of. */
export interface WireParts {
  readonly destination: Pick<Destination, 'id' | 'kind' | 'settings'>;
  readonly secrets: Readonly<Record<string, string>>;
  readonly send: SendToDestination;
  readonly nowMs: () => number;
}

/** A kind of destination: how it is told, and how it tells; null: it cannot. */
export interface DestinationWires {
  /** What is wrong with settings or secrets of this kind, as `settings.url: ...`; null: nothing. */
  readonly problem: (parts: {
    readonly settings: Readonly<Record<string, string>>;
    readonly secrets: Readonly<Record<string, string>>;
  }) => string | null;
  readonly ticket: (parts: WireParts) => TicketWire;
  readonly inbound: ((parts: Pick<WireParts, 'destination' | 'secrets'>) => InboundWire) | null;
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
