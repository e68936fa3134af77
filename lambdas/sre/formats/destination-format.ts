import type * as z from 'zod';
import type { DestinationHealth, StoredDelivery } from '../tickets/delivery.ts';
import type { Destination, Route } from '../tickets/destination.ts';
import { hoursOf, hoursView } from './hours-format.ts';
import type {
  deliverySchema,
  destinationSchema,
  patchDestinationBody,
  routeSchema,
} from './destination-schemas.ts';

const MINUTE_MS = 60_000;

export const routeOf = (route: z.output<typeof routeSchema>): Route => ({
  bands: route.severities,
  services: route.services,
  environments: route.environments,
  owners: route.owners,
  hours: route.hours === null ? null : hoursOf(route.hours),
  send: route.send,
});

const routeView = (route: Route): z.output<typeof routeSchema> => ({
  severities: route.bands === null ? null : [...route.bands],
  services: route.services === null ? null : [...route.services],
  environments: route.environments === null ? null : [...route.environments],
  owners: route.owners === null ? null : [...route.owners],
  hours: route.hours === null ? null : hoursView(route.hours),
  send: route.send,
});

/** A destination with what somebody changes of it; secrets are kept elsewhere. */
export const changedDestination = (
  before: Destination,
  body: z.output<typeof patchDestinationBody>,
  secretNames: readonly string[],
  nowMs: number,
): Destination => ({
  ...before,
  name: body.name ?? before.name,
  settings: body.settings ?? before.settings,
  secretNames,
  routes: body.routes?.map(routeOf) ?? before.routes,
  remindAfterMs: remindMs(body.remind_after_minutes, before.remindAfterMs),
  isPaused: body.paused ?? before.isPaused,
  updatedMs: nowMs,
});

export const remindMs = (minutes: number | null | undefined, before: number | null) => {
  if (minutes === undefined) return before;
  return minutes === null ? null : minutes * MINUTE_MS;
};

export const destinationView = (
  destination: Destination,
  health: DestinationHealth | null,
  hasInbound: boolean,
): z.input<typeof destinationSchema> => ({
  object: 'destination',
  id: destination.id,
  kind: destination.kind,
  name: destination.name,
  settings: { ...destination.settings },
  secret_names: [...destination.secretNames],
  routes: destination.routes.map(routeView),
  remind_after_minutes:
    destination.remindAfterMs === null ? null : Math.round(destination.remindAfterMs / MINUTE_MS),
  paused: destination.isPaused,
  inbound_path: hasInbound ? `/v1/destinations/${destination.id}/inbound` : null,
  health:
    health === null
      ? null
      : {
          last_sent_at: health.lastSentMs,
          paused_until: health.pausedUntilMs === 0 ? null : health.pausedUntilMs,
          refused_since: health.refusedSinceMs,
          problem: health.problem,
        },
  created_at: destination.createdMs,
  updated_at: destination.updatedMs,
});

export const deliveryView = ({
  delivery,
  strays,
}: StoredDelivery): z.input<typeof deliverySchema> => ({
  object: 'delivery',
  incident_id: delivery.incidentId,
  destination_id: delivery.destinationId,
  status: statusOf({ delivery, strays }),
  external_id: delivery.externalId,
  url: delivery.url,
  wanted_revision: delivery.wantRevision,
  sent_revision: delivery.sentRevision,
  first_sent_at: delivery.firstSentMs,
  sent_at: delivery.sentMs,
  next_try_at: delivery.dueMs === 0 ? null : delivery.dueMs,
  failures: delivery.failures,
  stopped_because: delivery.stop?.reason ?? null,
  problem: delivery.problem,
  extra_tickets: strays.filter((id) => id !== delivery.externalId),
});

const statusOf = ({ delivery }: StoredDelivery): z.input<typeof deliverySchema>['status'] => {
  if (delivery.stop !== null && delivery.stop.wantRevision >= delivery.wantRevision)
    return 'stopped';
  if (delivery.failures > 0) return 'failing';
  return delivery.sentRevision >= delivery.wantRevision ? 'sent' : 'waiting';
};
