import type { Delivery, DeliveryStop } from './delivery.ts';
import type { Changing, Looking } from './plan-delivery.ts';
import type { Ticket } from './ticket.ts';
import type { Attempt, Found, TicketWire } from './ticket-wire.ts';

const FIRST_PAUSE_MS = 5_000;
const PAUSE_MS_MAX = 15 * 60_000;
/** So long a destination may fail until a delivery is given up. */
const FAILING_MS_MAX = 24 * 3_600_000;
/** A search that lags more than it says is looked at once more. */
const SWEEPS = 2;

/** What a concluded attempt is judged by. */
export interface Concluding {
  readonly delivery: Delivery;
  readonly ticket: Ticket;
  readonly isOver: boolean;
  readonly wire: Pick<TicketWire, 'afterUnknown' | 'findLagMs'>;
  readonly destinationRevision: number;
  readonly nowMs: number;
  /** 0 to 1: spreads what failed together. */
  readonly random: number;
}

export interface Concluded {
  readonly delivery: Delivery;
  readonly newStrays: readonly string[];
  /** It was closed, or cannot be. */
  readonly closedStray: string | null;
}

/** A delivery after a change of a ticket was tried. */
export const concludeAttempt = (input: Concluding, plan: Changing, attempt: Attempt): Concluded => {
  switch (attempt.kind) {
    case 'done':
      return done(input, plan, attempt);
    case 'unknown':
      return plain(failing(input, attempt.reason, null, plan.kind === 'open'));
    case 'later':
      return plain(failing(input, attempt.reason, attempt.afterMs, false));
    case 'refused':
      if (attempt.fault === 'credentials')
        return plain(failing(input, attempt.reason, PAUSE_MS_MAX, false));
      return plan.kind === 'close'
        ? { ...plain(input.delivery), closedStray: plan.externalId }
        : plain(stopped(input, 'refused', attempt.reason));
    case 'gone':
      return plan.kind === 'close'
        ? { ...plain(input.delivery), closedStray: plan.externalId }
        : plain(gone(input, attempt.reason));
  }
};

const plain = (delivery: Delivery): Concluded => ({ delivery, newStrays: [], closedStray: null });

const WELL = { failures: 0, failingSinceMs: null, dueMs: 0, stop: null, problem: null } as const;

const done = (
  { delivery, ticket, isOver, wire, nowMs }: Concluding,
  plan: Changing,
  { externalId, url }: Attempt & { readonly kind: 'done' },
): Concluded => {
  const well = { ...delivery, ...WELL };
  switch (plan.kind) {
    case 'close':
      return { ...plain(well), closedStray: plan.externalId };
    case 'remind':
      return plain({ ...well, reminders: delivery.reminders + 1, remindedMs: nowMs });
    case 'update':
    case 'open': {
      // Nobody opens a ticket as resolved, and a repeated opening leaves what the first one said: an update follows.
      const follows = plan.kind === 'open' && (isOver || delivery.unsureSinceMs !== null);
      const isDoubted = delivery.unsureSinceMs !== null || delivery.sweepMs !== null;
      const sweeps = plan.kind === 'open' && isDoubted && wire.afterUnknown === 'find';
      return plain({
        ...well,
        externalId,
        url,
        unsureSinceMs: null,
        sentRevision: follows ? 0 : Math.max(ticket.revision, delivery.wantRevision),
        sentState: follows ? null : ticket.state,
        sentBand: ticket.band,
        sentMs: nowMs,
        firstSentMs: delivery.firstSentMs ?? nowMs,
        againMs: delivery.againMs !== null && delivery.againMs > nowMs ? delivery.againMs : null,
        ...(sweeps ? { sweepMs: nowMs + wire.findLagMs, sweepsLeft: SWEEPS } : {}),
      });
    }
  }
};

/** A delivery after its ticket was looked for, because one may be there (`find`) or more than one (`sweep`). */
export const concludeFind = (input: Concluding, plan: Looking, found: Found): Concluded => {
  if (found.kind === 'failed') return plain(failedFind(input, found.attempt));
  return plan.kind === 'find' ? looked(input, found) : swept(input, found);
};

const failedFind = (input: Concluding, attempt: Attempt): Delivery => {
  if (attempt.kind === 'refused' && attempt.fault === 'request')
    return stopped(input, 'refused', attempt.reason);
  const afterMs =
    attempt.kind === 'refused' ? PAUSE_MS_MAX : attempt.kind === 'later' ? attempt.afterMs : null;
  const reason = attempt.kind === 'done' ? 'the search did not answer' : attempt.reason;
  return failing(input, reason, afterMs, false);
};

const looked = (
  { delivery, wire, nowMs }: Concluding,
  found: Exclude<Found, { readonly kind: 'failed' }>,
): Concluded => {
  const doubted = { sweepMs: nowMs + wire.findLagMs, sweepsLeft: SWEEPS };
  switch (found.kind) {
    case 'found':
      return {
        delivery: {
          ...delivery,
          ...WELL,
          ...doubted,
          externalId: found.externalId,
          url: found.url,
          unsureSinceMs: null,
          // What it shows is not known.
          sentRevision: 0,
          sentState: null,
          firstSentMs: delivery.firstSentMs ?? nowMs,
        },
        newStrays: found.extras,
        closedStray: null,
      };
    case 'none':
      return plain({ ...delivery, ...doubted, dueMs: 0, unsureSinceMs: null });
    case 'later':
      return plain({ ...delivery, dueMs: nowMs + found.afterMs });
  }
};

const swept = (
  { delivery, wire, nowMs }: Concluding,
  found: Exclude<Found, { readonly kind: 'failed' }>,
): Concluded => {
  if (found.kind === 'later')
    return plain({ ...delivery, sweepMs: nowMs + Math.max(1_000, found.afterMs) });
  const sweepsLeft = delivery.sweepsLeft - 1;
  return {
    delivery: {
      ...delivery,
      ...WELL,
      sweepsLeft: Math.max(0, sweepsLeft),
      sweepMs: sweepsLeft > 0 ? nowMs + Math.max(60_000, 2 * wire.findLagMs) : null,
    },
    newStrays:
      found.kind === 'found'
        ? [found.externalId, ...found.extras].filter((id) => id !== delivery.externalId)
        : [],
    closedStray: null,
  };
};

const failing = (
  input: Concluding,
  reason: string,
  afterMs: number | null,
  isUnsure: boolean,
): Delivery => {
  const { delivery, nowMs, random } = input;
  const failingSinceMs = delivery.failingSinceMs ?? nowMs;
  const failures = delivery.failures + 1;
  const unsureSinceMs = isUnsure ? nowMs : delivery.unsureSinceMs;
  if (nowMs - failingSinceMs >= FAILING_MS_MAX)
    return { ...stopped(input, 'given_up', reason), unsureSinceMs };
  const pauseMs = Math.min(PAUSE_MS_MAX, FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 20));
  return {
    ...delivery,
    failures,
    failingSinceMs,
    unsureSinceMs,
    // What the other side asks for is the least; a half is spread, so that what failed together does not come together.
    dueMs: nowMs + Math.ceil((afterMs ?? 0) + pauseMs / 2 + (random * pauseMs) / 2),
    stop: null,
    problem: reason,
  };
};

const stopped = (
  { delivery, destinationRevision, nowMs }: Concluding,
  reason: DeliveryStop['reason'],
  problem: string,
): Delivery => ({
  ...delivery,
  failures: 0,
  failingSinceMs: null,
  dueMs: 0,
  stop: { reason, atMs: nowMs, wantRevision: delivery.wantRevision, destinationRevision },
  problem,
});

/** It is over before anybody was notified, where a notice wakes people. */
export const dropped = (input: Concluding): Delivery =>
  stopped(input, 'not_needed', 'It was over before it could be sent.');

/** Whoever removes a ticket may have erred: of what continues another one is opened, once. */
const gone = (input: Concluding, reason: string): Delivery => {
  const { delivery } = input;
  if (delivery.goneCount > 0 || input.isOver)
    return { ...stopped(input, 'removed', reason), goneCount: delivery.goneCount + 1 };
  return {
    ...delivery,
    ...WELL,
    externalId: null,
    url: null,
    sentRevision: 0,
    sentState: null,
    sweepMs: null,
    goneCount: delivery.goneCount + 1,
    problem: reason,
  };
};
