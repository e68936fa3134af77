import type { Clock } from '../../shared/deps.ts';
import type { DeliveryQueue, DeliveryStore } from '../ports/deliveries.ts';
import type { DestinationBook } from '../ports/destinations.ts';
import type { IncidentBook } from '../ports/incidents.ts';
import type { OwnersOf } from '../ports/settings.ts';
import { routingOf, type RoutedFacts } from '../tickets/routing.ts';
import type { Destination } from '../tickets/destination.ts';
import type { Incident, IncidentChanged } from '../incidents/incident.ts';
import { isOver } from './deliver-ticket.ts';

export interface FileTicketsDeps {
  readonly incidents: Pick<IncidentBook, 'get'>;
  readonly destinations: Pick<DestinationBook, 'list'>;
  readonly deliveries: Pick<DeliveryStore, 'list' | 'want'>;
  readonly ownersOf: OwnersOf;
  readonly queue: DeliveryQueue;
  readonly clock: Clock;
}

/**
 * Decides which destinations hear of a change of an incident, and asks for each of them. Whoever has heard of it hears
 * of every change, whatever the routes say by then; nobody hears for the first time of what is over.
 */
export const fileTickets = async (
  deps: FileTicketsDeps,
  { tenant, incidentId, revision }: IncidentChanged,
): Promise<void> => {
  const incident = await deps.incidents.get(tenant, incidentId);
  if (incident === null) return;
  const nowMs = deps.clock.nowMs();
  const [destinations, stored, owners] = await Promise.all([
    deps.destinations.list(tenant),
    deps.deliveries.list(tenant, incidentId),
    deps.ownersOf(tenant, incident.members),
  ]);
  const known = new Set(stored.map(({ delivery }) => delivery.destinationId));
  const wanted = destinations.flatMap((destination) => {
    const holdUntilMs = holdOf(incident, destination, known.has(destination.id), {
      facts: { band: incident.band, members: incident.members, owners },
      nowMs,
    });
    return holdUntilMs === null ? [] : [{ destinationId: destination.id, holdUntilMs }];
  });
  for (const { destinationId, holdUntilMs } of wanted)
    await deps.deliveries.want(
      { tenant, incidentId, destinationId },
      // What is read may be newer than the message, and never older.
      { revision: Math.max(revision, incident.newsRevision), holdUntilMs, nowMs },
    );
  // Whether or not it is news to the store: the message before may have died between both.
  await deps.queue.send(
    wanted.map(({ destinationId }) => ({ tenant, incidentId, destinationId, wakeMs: 0 })),
    0,
  );
};

/** null: it does not hear of it. */
const holdOf = (
  incident: Incident,
  destination: Destination,
  isKnown: boolean,
  { facts, nowMs }: { readonly facts: RoutedFacts; readonly nowMs: number },
): number | null => {
  if (!isKnown && isOver(incident)) return null;
  const routing = routingOf(destination, facts, nowMs);
  switch (routing.kind) {
    case 'send':
      return 0;
    case 'wait':
      return routing.untilMs;
    case 'none':
      return isKnown ? 0 : null;
  }
};
