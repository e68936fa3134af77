import type { InboundEvent } from './inbound-wire.ts';
import type { Ticket } from './ticket.ts';

/** What is known after one attempt to change somebody else's system. */
export type Attempt =
  /** It is there. `url` null: people cannot open it. Of an `update` too: the id that counts from now on. */
  | { readonly kind: 'done'; readonly externalId: string; readonly url: string | null }
  /** The request may have been carried out: nobody repeats it blindly, `find` comes first. */
  | { readonly kind: 'unknown'; readonly reason: string }
  /** Certainly not carried out; later it may be. `afterMs` null: the sender chooses. */
  | { readonly kind: 'later'; readonly reason: string; readonly afterMs: number | null }
  /** Certainly not carried out, and the same again will not be. `credentials`: a person must give new ones. */
  | { readonly kind: 'refused'; readonly reason: string; readonly fault: 'request' | 'credentials' }
  /** What `externalId` names is not there any more. */
  | { readonly kind: 'gone'; readonly reason: string };

/** What a look for an earlier ticket of the same incident found. */
export type Found =
  | {
      readonly kind: 'found';
      readonly externalId: string;
      readonly url: string | null;
      readonly extras: readonly string[];
    }
  | { readonly kind: 'none' }
  /** It may be there and not be shown yet. */
  | { readonly kind: 'later'; readonly afterMs: number }
  | { readonly kind: 'failed'; readonly attempt: Attempt };

/** What tickets are like where they live; events of a state that has not changed have the id that they had before. */
export type Polled =
  | {
      readonly kind: 'read';
      readonly events: readonly InboundEvent[];
      /** The last one that was looked at, where not all of them were; absent: all were. */
      readonly last?: string;
      /** What came of one that could not be read; absent: all could. */
      readonly problem?: Attempt;
    }
  | { readonly kind: 'failed'; readonly attempt: Attempt; readonly last?: string };

/**
 * How a kind of destination is spoken to. No method throws for what the other side answers, and none repeats: the
 * worker that holds the lease owns repetition.
 */
export interface TicketWire {
  /** `repeat`: the other side takes a repeated `open` for the same one. `find`: look first. */
  readonly afterUnknown: 'repeat' | 'find';
  /** How long a search does not show what was created; 0: it shows at once. */
  readonly findLagMs: number;
  /** `attemptId` is the same in each repetition of one `open`, and another one for a ticket that follows one that is gone. */
  open(ticket: Ticket, attemptId: string): Promise<Attempt>;
  /** Brings the ticket to what the incident is now: text, severity, state, resolution. */
  update(externalId: string, ticket: Ticket): Promise<Attempt>;
  find(ticket: Ticket): Promise<Found>;
  /**
   * Says again that nobody looks after it, for the `count`th time. Absent: this kind does so by itself, or cannot.
   */
  remind?(externalId: string, ticket: Ticket, count: number): Promise<Attempt>;
  /** Closes a ticket that a race left beside the one that counts. */
  closeExtra(externalId: string, keptId: string): Promise<Attempt>;
  /** What people did to these tickets, where nobody reports it. Absent: its inbound requests do, or nothing does. */
  poll?(externalIds: readonly string[]): Promise<Polled>;
  /** Tickets that one `poll` looks at, at most: of more they take turns. */
  readonly pollMax?: number;
  /** Who Sluice is there, as its events name people; null: it cannot be had now. Absent: events say it by themselves. */
  ownAccount?(): Promise<string | null>;
  /** Says by a harmless call whether credentials and settings work; the reason is for people. */
  test(): Promise<Attempt>;
}
