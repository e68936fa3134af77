import { cleanLine, printable } from '../../shared/clean-text.ts';
import type { DeliveryStore, InboundLog, WireOf } from '../ports/deliveries.ts';
import type { DestinationBook, SecretsOf, WiresByKind } from '../ports/destinations.ts';
import type { Destination } from '../tickets/destination.ts';
import type { InboundEvent, InboundRequest } from '../tickets/inbound-wire.ts';
import { decisionOf, hasApprovals, type InboundDecision } from '../tickets/approvals.ts';
import { incidentIdOf } from '../runbooks/remediation.ts';
import { SLUICE } from '../incidents/timeline.ts';
import type { DecideInput, DecisionMade } from './decide-remediation.ts';
import { changeIncident, type Act, type ChangeIncidentDeps } from './change-incident.ts';

export interface TakeEventDeps extends ChangeIncidentDeps {
  readonly deliveries: Pick<DeliveryStore, 'list' | 'ofTicket'>;
  readonly inboundLog: InboundLog;
  readonly decide: (input: DecideInput) => Promise<DecisionMade>;
  /** Asks the other side who Sluice is there; absent: what reports here needs no asking. */
  readonly wireOf?: WireOf;
}

export interface TakeInboundDeps extends TakeEventDeps {
  readonly destinations: Pick<DestinationBook, 'find'>;
  readonly secretsOf: SecretsOf;
  readonly wires: WiresByKind;
}

export type Taken =
  | { readonly kind: 'taken'; readonly events: number }
  | { readonly kind: 'answer'; readonly contentType: string; readonly body: string }
  | { readonly kind: 'refused'; readonly reason: string };

/** Does to incidents what people did to their tickets. An event that comes again is the same one. */
export const takeInbound = async (
  deps: TakeInboundDeps,
  destinationId: string,
  request: InboundRequest,
): Promise<Taken> => {
  const destination = await deps.destinations.find(destinationId);
  const inbound = destination === null ? null : (deps.wires[destination.kind]?.inbound ?? null);
  if (destination === null || inbound === null)
    return { kind: 'refused', reason: 'there is no such destination, or it reports nothing' };
  if (!inbound.hasSignature(request)) return { kind: 'refused', reason: 'it is not signed at all' };
  const secrets = await deps.secretsOf(destination);
  const reading = inbound.wire({ destination, secrets }).read(request);
  if (reading.kind === 'refused' || reading.kind === 'answer') return reading;
  return { kind: 'taken', events: await takeEvents(deps, destination, reading.events) };
};

/** Answers how many of them were new. */
export const takeEvents = async (
  deps: TakeEventDeps,
  destination: Destination,
  events: readonly InboundEvent[],
): Promise<number> => {
  let taken = 0;
  for (const event of events) if (await takeEvent(deps, destination, asShown(event))) taken++;
  return taken;
};

/** Of whatever kind of destination: what people wrote there is shown on terminals and in other tickets. */
const asShown = (event: InboundEvent): InboundEvent => ({
  ...event,
  by: cleanLine(event.by, BY_CHARS_MAX),
  action:
    event.action.kind === 'comment'
      ? { ...event.action, text: printable(event.action.text) }
      : event.action,
});

const BY_CHARS_MAX = 200;

/** What is ours may be written down a while after it was done, and clocks differ. */
const ECHO_MS = 60_000;

/** false: it is of no incident here, it was taken before, or Sluice did it. */
const takeEvent = async (
  deps: TakeEventDeps,
  destination: Destination,
  event: InboundEvent,
): Promise<boolean> => {
  const decision = hasApprovals(destination) ? decisionOf(event) : null;
  if (decision !== null) return await takeDecision(deps, destination, event, decision);
  const act = actOf(event);
  const incidentId = await incidentOf(deps, destination, event);
  if (act === null || incidentId === null) return false;
  const { id, tenant, name } = destination;
  if (await deps.inboundLog.has(id, event.id)) return false;
  // Sluice writes no comment on a ticket that counts: one is of a person who shares its account.
  if (act.kind !== 'note' && (await isEcho(deps, destination, incidentId, event))) return false;
  const by = event.by === '' ? name : `${event.by} (${name})`;
  const after = await changeIncident(deps, { tenant, id: incidentId, act, by, done: event });
  // Behind it: what failed before it was done comes again, and done twice changes nothing but a comment.
  await deps.inboundLog.put(id, event.id, deps.timers.nowMs());
  return after !== null;
};

/** A person allows a step where its ticket is, or does not. What is refused is on the timeline, so that they know. */
const takeDecision = async (
  deps: TakeEventDeps,
  destination: Destination,
  event: InboundEvent,
  decision: InboundDecision,
): Promise<boolean> => {
  const { id, tenant, name } = destination;
  const incidentId = incidentIdOf(decision.remediationId);
  if (incidentId === null) return false;
  // Sluice decides nothing by itself, and whoever shares its account cannot be told from it.
  if (event.isOwnAccount || event.by === '') return false;
  if (await deps.inboundLog.has(id, event.id)) return false;
  const by = `${event.by} (${name})`;
  const isThere = await isAtTicket(deps, destination, incidentId, event);
  const isOwn = isThere ? await isOwnAccount(deps, destination, event) : 'no';
  if (isOwn === 'yes') return false;
  const made = !isThere
    ? ELSEWHERE
    : isOwn === 'no'
      ? await deps.decide({ tenant, id: decision.remediationId, by, decision })
      : NOT_KNOWN;
  if (made.kind === 'refused') {
    const what = 'remediation' in made ? `"${made.remediation.stepTitle}"` : decision.remediationId;
    const text = `${by} asked to ${decision.kind} ${what}: ${made.reason}`;
    const act = { kind: 'note', text } as const;
    await changeIncident(deps, { tenant, id: incidentId, act, by: SLUICE });
  }
  await deps.inboundLog.put(id, event.id, deps.timers.nowMs());
  return made.kind === 'made';
};

/** Where the event does not say it, the other side is asked: an approval by an account that may be ours is none. */
const isOwnAccount = async (
  { wireOf, timers }: TakeEventDeps,
  destination: Destination,
  { account }: InboundEvent,
): Promise<'yes' | 'no' | 'unknown'> => {
  if (account === undefined) return 'no';
  const wire = await wireOf?.(destination, timers.nowMs() + ASK_MS);
  const own = (await wire?.ownAccount?.()) ?? null;
  if (own === null || account === '') return 'unknown';
  return own === account ? 'yes' : 'no';
};

/** Ends before the front door gives up. */
const ASK_MS = 15_000;

const NOT_KNOWN = {
  kind: 'refused',
  reason:
    'Whether that is the account that Sluice uses there could not be found out. Say it again.',
} as const;

const ELSEWHERE = {
  kind: 'refused',
  reason: 'That is decided at the ticket of this incident alone.',
} as const;

/**
 * Whoever can write in some other ticket of the same system may not decide: what is there is not what was read, and
 * those who may write there are not those of this ticket.
 */
const isAtTicket = async (
  { deliveries }: TakeEventDeps,
  { id, tenant }: Destination,
  incidentId: string,
  { incidentId: named, externalId, isElsewhere }: InboundEvent,
): Promise<boolean> => {
  if (isElsewhere === true || (named === null && externalId === null)) return false;
  if (named !== null && named !== incidentId) return false;
  const all = await deliveries.list(tenant, incidentId);
  const ticket = all.find(({ delivery }) => delivery.destinationId === id)?.delivery.externalId;
  if (ticket === null || ticket === undefined) return false;
  return externalId === null || externalId === ticket;
};

/** What the account that Sluice uses did while Sluice changed the ticket is what Sluice did. */
const isEcho = async (
  { deliveries, timers }: TakeEventDeps,
  { id, tenant }: Destination,
  incidentId: string,
  { isOwnAccount, atMs }: InboundEvent,
): Promise<boolean> => {
  if (!isOwnAccount) return false;
  const all = await deliveries.list(tenant, incidentId);
  const delivery = all.find((one) => one.delivery.destinationId === id)?.delivery;
  if (delivery === undefined) return false;
  const { leaseUntilMs, failures, sentMs } = delivery;
  if (leaseUntilMs > 0 || failures > 0) return true;
  return (atMs ?? timers.nowMs()) <= (sentMs ?? 0) + ECHO_MS;
};

/** Of this project alone: an incident's id in a signed body opens no other one's. */
const incidentOf = async (
  { deliveries }: TakeEventDeps,
  { id, tenant }: Destination,
  { incidentId, externalId }: InboundEvent,
): Promise<string | null> => {
  if (incidentId !== null) return incidentId;
  if (externalId === null) return null;
  const found = await deliveries.ofTicket(id, externalId);
  return found === null || found.tenant !== tenant ? null : found.incidentId;
};

/** null: telemetry alone reopens an incident. */
const actOf = ({ action }: InboundEvent): Act | null => {
  switch (action.kind) {
    case 'acknowledge':
      return { kind: 'acknowledge' };
    case 'resolve':
      return { kind: 'resolve', reason: 'It was resolved where its ticket is.' };
    case 'comment':
      return { kind: 'note', text: action.text };
    case 'reopen':
    // Of a destination whose people may not.
    case 'approve':
    case 'reject':
      return null;
  }
};
