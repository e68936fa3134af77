/** What somebody did to a ticket where it lives. */
export interface InboundEvent {
  /** The other side's own, the same when it sends it again. */
  readonly id: string;
  /** null: the event names `externalId` alone. */
  readonly incidentId: string | null;
  readonly externalId: string | null;
  /** Of the incident, as the ticket names it; null: it names none. */
  readonly generation: number | null;
  /** When it was done there; null: the other side does not say. */
  readonly atMs: number | null;
  /** The account that Sluice uses there did it: perhaps a person who shares it, perhaps Sluice. */
  readonly isOwnAccount: boolean;
  /** Whose it is there, where the event does not show whether that is the account that Sluice uses: the other side is asked. */
  readonly account?: string;
  /** Not where the settings of the destination lead by now: nothing is decided there. */
  readonly isElsewhere?: true;
  /** As the other side names the person; '' when it does not. */
  readonly by: string;
  readonly action:
    | { readonly kind: 'acknowledge' | 'resolve' | 'reopen' }
    | { readonly kind: 'comment'; readonly text: string }
    /** Of a step of a runbook, as it was read there. */
    | { readonly kind: 'approve'; readonly remediationId: string; readonly planHash: string }
    | { readonly kind: 'reject'; readonly remediationId: string };
}

/** A request that claims to come from a destination. */
export interface InboundRequest {
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  /** As it came: signatures are of bytes. */
  readonly body: Uint8Array;
  readonly nowMs: number;
}

export type InboundReading =
  /** Signed, fresh and understood; what nobody here needs to know is no event. */
  | { readonly kind: 'read'; readonly events: readonly InboundEvent[] }
  /** Signed, and only asks to be answered: how Slack looks whether somebody listens. */
  | { readonly kind: 'answer'; readonly contentType: string; readonly body: string }
  /** Not signed, signed by others, or too old. */
  | { readonly kind: 'refused'; readonly reason: string };

/** How a kind of destination reports what people did there. Pure; it never throws for what was sent. */
export interface InboundWire {
  read(request: InboundRequest): InboundReading;
}
