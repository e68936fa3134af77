import type { Ticket } from '../../lambdas/sre/tickets/ticket.ts';
import type { Attempt, Found, TicketWire } from '../../lambdas/sre/tickets/ticket-wire.ts';
import type { Seeded } from './seeded.ts';
import { must } from './scheduler.ts';
import type { Actor, VirtualTime } from './virtual-time.ts';

/** What is known of its tickets: a key that dedups, a search that sees all, one that lags. */
export type DeskKind = 'keyed' | 'searched' | 'lagging';

const SEARCH_LAG_MS = 120_000;
const ANSWER_MS_MAX = 4_000;
const RETRY_AFTER_MS = 40_000;
/** Clocks of workers differ. */
const TOLERANCE_MS = 3_000;

interface DeskTicket {
  readonly id: string;
  readonly incidentId: string;
  readonly createdMs: number;
  revision: number;
  isResolved: boolean;
  isClosedAsExtra: boolean;
  isRemoved: boolean;
}

/** A time in which it asked to be left alone. */
interface Quiet {
  readonly askedOf: Actor;
  readonly untilMs: number;
  /** Who decides from then on can know of it; null: the one that it was said to has written nothing since. */
  knownMs: number | null;
}

/** Somebody else's ticket system on a bad day, with the vendor's own view of what it holds. */
export class SimulatedDesk {
  readonly kind: DeskKind;
  readonly tickets: DeskTicket[] = [];
  isCalm = false;
  isDown = false;
  losesCredentials = false;
  requests = 0;
  private readonly quiets: Quiet[] = [];
  private readonly time: VirtualTime;
  private readonly random: Seeded;
  private readonly seen: Set<string>;

  constructor(
    kind: DeskKind,
    {
      time,
      random,
      seen,
    }: { readonly time: VirtualTime; readonly random: Seeded; readonly seen: Set<string> },
  ) {
    this.kind = kind;
    this.time = time;
    this.random = random;
    this.seen = seen;
  }

  /** People remove a ticket. */
  remove(): void {
    const ticket = this.tickets.find((one) => !one.isRemoved && !one.isClosedAsExtra);
    if (ticket === undefined) return;
    ticket.isRemoved = true;
    this.seen.add('ticket removed');
  }

  /** Something that `actor` wrote is stored. */
  stored(actor: Actor): void {
    for (const quiet of this.quiets) if (quiet.askedOf === actor) quiet.knownMs ??= this.time.nowMs;
  }

  wire(actor: Actor, lagMs = this.kind === 'lagging' ? SEARCH_LAG_MS : 0): TicketWire {
    // Each step gets a wire before it looks whether it may ask.
    const decidedMs = this.time.nowMs;
    const asked = async (change: () => Attempt): Promise<Attempt> =>
      await this.asked(actor, decidedMs, change);
    return {
      afterUnknown: this.kind === 'keyed' ? 'repeat' : 'find',
      findLagMs: lagMs,
      open: async (ticket, attemptId) => await asked(() => this.create(ticket, attemptId)),
      update: async (id, ticket) => await asked(() => this.show(id, ticket)),
      closeExtra: async (id) => await asked(() => this.close(id)),
      find: async (ticket) => await this.search(actor, decidedMs, ticket.incidentId),
      test: async () => ({ kind: 'done', externalId: '', url: null }),
    };
  }

  private async asked(actor: Actor, decidedMs: number, change: () => Attempt): Promise<Attempt> {
    await this.time.sleep(actor, this.random.below(ANSWER_MS_MAX));
    this.requests++;
    const refusal = this.refusal(actor, decidedMs);
    if (refusal !== null) return refusal;
    const isLost = !this.isCalm && this.random.chance(0.15);
    if (isLost && this.random.chance(0.3)) {
      this.seen.add('500 before anything');
      return { kind: 'unknown', reason: '500' };
    }
    const attempt = change();
    await this.time.sleep(actor, this.random.below(ANSWER_MS_MAX));
    if (!isLost) return attempt;
    this.seen.add(this.random.chance(0.5) ? 'timed out after creating' : '500 after creating');
    return { kind: 'unknown', reason: 'no answer' };
  }

  private refusal(actor: Actor, decidedMs: number): Attempt | null {
    if (this.isDown) return { kind: 'later', reason: 'down', afterMs: null };
    this.mustBeLeftAloneNoMore(decidedMs);
    if (this.losesCredentials) {
      this.seen.add('credentials lost');
      return { kind: 'refused', reason: '401', fault: 'credentials' };
    }
    if (this.isCalm || !this.random.chance(0.1)) return null;
    this.seen.add('rate limited');
    const untilMs = this.time.nowMs + RETRY_AFTER_MS;
    this.quiets.push({ askedOf: actor, untilMs, knownMs: null });
    return { kind: 'later', reason: '429', afterMs: RETRY_AFTER_MS };
  }

  /** What is under way cannot be called back, and nobody knows what was said to a worker that died of it or stands still. */
  private mustBeLeftAloneNoMore(decidedMs: number): void {
    for (const { untilMs, knownMs } of this.quiets) {
      const isKnown = knownMs !== null && knownMs <= decidedMs;
      must(
        !isKnown || this.time.nowMs + TOLERANCE_MS >= untilMs,
        'a destination is asked again before the time that it named',
      );
    }
  }

  private create(ticket: Ticket, attemptId: string): Attempt {
    const id = this.kind === 'keyed' ? attemptId : `T${this.tickets.length + 1}`;
    const known = this.tickets.find((one) => one.id === id);
    if (known !== undefined) this.seen.add('repeated by its key');
    else
      this.tickets.push({
        id,
        incidentId: ticket.incidentId,
        createdMs: this.time.nowMs,
        revision: ticket.revision,
        isResolved: false,
        isClosedAsExtra: false,
        isRemoved: false,
      });
    return { kind: 'done', externalId: id, url: null };
  }

  private show(id: string, { revision, state }: Ticket): Attempt {
    const ticket = this.tickets.find((one) => one.id === id);
    if (ticket === undefined || ticket.isRemoved) return { kind: 'gone', reason: '404' };
    ticket.revision = revision;
    ticket.isResolved = state === 'resolved';
    return { kind: 'done', externalId: id, url: null };
  }

  private close(id: string): Attempt {
    const ticket = this.tickets.find((one) => one.id === id);
    if (ticket === undefined || ticket.isRemoved) return { kind: 'gone', reason: '404' };
    ticket.isClosedAsExtra = true;
    this.seen.add('extra closed');
    return { kind: 'done', externalId: id, url: null };
  }

  private async search(actor: Actor, decidedMs: number, incidentId: string): Promise<Found> {
    await this.time.sleep(actor, this.random.below(ANSWER_MS_MAX));
    if (this.isDown)
      return { kind: 'failed', attempt: { kind: 'later', reason: 'down', afterMs: null } };
    this.mustBeLeftAloneNoMore(decidedMs);
    if (!this.isCalm && this.random.chance(0.1))
      return { kind: 'failed', attempt: { kind: 'unknown', reason: '500' } };
    const lagMs = this.kind === 'lagging' ? SEARCH_LAG_MS : 0;
    const [first, ...rest] = this.tickets.filter(
      (one) =>
        one.incidentId === incidentId &&
        !one.isRemoved &&
        !one.isClosedAsExtra &&
        one.createdMs + lagMs <= this.time.nowMs,
    );
    if (first === undefined) return { kind: 'none' };
    this.seen.add('found after doubt');
    return { kind: 'found', externalId: first.id, url: null, extras: rest.map(({ id }) => id) };
  }
}
