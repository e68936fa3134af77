import type { InboundLog } from '../ports/deliveries.ts';
import type { DeliveryStore } from '../ports/deliveries.ts';
import type { DestinationBook, DestinationSecrets, WiresByKind } from '../ports/destinations.ts';
import type { Destination } from '../tickets/destination.ts';
import type { InboundEvent, InboundRequest } from '../tickets/inbound-wire.ts';
import { changeIncident, type Act, type ChangeIncidentDeps } from './change-incident.ts';

export interface TakeInboundDeps extends ChangeIncidentDeps {
  readonly destinations: Pick<DestinationBook, 'find'>;
  readonly secrets: Pick<DestinationSecrets, 'read'>;
  readonly deliveries: Pick<DeliveryStore, 'ofTicket'>;
  readonly inboundLog: InboundLog;
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
    return { kind: 'refused', reason: 'there is no such destination, or it tells nothing' };
  const secrets = await deps.secrets.read(destinationId);
  const reading = inbound({ destination, secrets }).read(request);
  if (reading.kind === 'refused' || reading.kind === 'answer') return reading;
  let events = 0;
  for (const event of reading.events) if (await takeEvent(deps, destination, event)) events++;
  return { kind: 'taken', events };
};

/** false: it is of no incident here, or it was taken before. */
const takeEvent = async (
  deps: TakeInboundDeps,
  destination: Destination,
  event: InboundEvent,
): Promise<boolean> => {
  const act = actOf(event);
  const incidentId = await incidentOf(deps, destination, event);
  if (act === null || incidentId === null) return false;
  const { id, tenant, name } = destination;
  if (await deps.inboundLog.has(id, event.id)) return false;
  const by = event.by === '' ? name : `${event.by} (${name})`;
  const after = await changeIncident(deps, { tenant, id: incidentId, act, by });
  // Behind it: what failed before it was done comes again, and done twice changes nothing but a comment.
  await deps.inboundLog.put(id, event.id, deps.timers.nowMs());
  return after !== null;
};

/** Of this project alone: an incident's id in a signed body opens no other one's. */
const incidentOf = async (
  { deliveries }: TakeInboundDeps,
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
      return null;
  }
};
