import * as z from 'zod';
import type { Item, ItemKey } from '../../platform/tables/tables.ts';
import { INCIDENT_STATES } from '../incidents/incident.ts';
import type { Delivery, DeliveryKey } from '../tickets/delivery.ts';

/** As incidents are kept. */
export const DELIVERY_TTL_SECONDS = 97 * 86_400;

/** `DLV#<tenant>#<incident>`: `D#<destination>` is a delivery, `X#<destination>#<ticket>` a ticket that does not count. */
export const deliveriesPk = (tenant: string, incidentId: string): string =>
  `DLV#${encodeURIComponent(tenant)}#${incidentId}`;

export const deliveryKey = ({ tenant, incidentId, destinationId }: DeliveryKey): ItemKey => ({
  pk: deliveriesPk(tenant, incidentId),
  sk: `D#${destinationId}`,
});

export const strayKey = (
  { tenant, incidentId, destinationId }: DeliveryKey,
  externalId: string,
): ItemKey => ({
  pk: deliveriesPk(tenant, incidentId),
  sk: `X#${destinationId}#${externalId}`,
});

/** By what its destination calls a ticket, the incident is found. */
export const ticketKey = (destinationId: string, externalId: string): ItemKey => ({
  pk: `TKT#${destinationId}`,
  sk: externalId,
});

const BANDS = ['critical', 'high', 'medium', 'low'] as const;
const STOP_REASONS = ['refused', 'given_up', 'removed', 'not_needed'] as const;

const deliveryItem = z.object({
  tenant: z.string(),
  incident_id: z.string(),
  destination_id: z.string(),
  want_rev: z.number(),
  hold_until: z.number(),
  created_at: z.number(),
  attempt_id: z.string(),
  lease_until: z.number(),
  doing: z.enum(['open', 'find', 'update', 'remind', 'sweep', 'close']).nullish(),
  wake_at: z.number().nullish(),
  sent_rev: z.number().nullish(),
  sent_state: z.enum(INCIDENT_STATES).nullish(),
  sent_band: z.enum(BANDS).nullish(),
  sent_at: z.number().nullish(),
  first_sent_at: z.number().nullish(),
  external_id: z.string().nullish(),
  ticket_url: z.string().nullish(),
  unsure_since: z.number().nullish(),
  again_at: z.number().nullish(),
  siblings_at: z.number().nullish(),
  sweeps_left: z.number().nullish(),
  gone: z.number().nullish(),
  failures: z.number().nullish(),
  failing_since: z.number().nullish(),
  not_before: z.number().nullish(),
  reminders: z.number().nullish(),
  reminded_at: z.number().nullish(),
  stop_reason: z.enum(STOP_REASONS).nullish(),
  stop_at: z.number().nullish(),
  stop_want: z.number().nullish(),
  stop_destination: z.number().nullish(),
  problem: z.string().nullish(),
});

export const deliveryOf = (stored: Item): Delivery => {
  const item = deliveryItem.parse(stored);
  return {
    tenant: item.tenant,
    incidentId: item.incident_id,
    destinationId: item.destination_id,
    wantRevision: item.want_rev,
    holdUntilMs: item.hold_until,
    createdMs: item.created_at,
    attemptId: item.attempt_id,
    leaseUntilMs: item.lease_until,
    doing: item.doing ?? null,
    wakeMs: item.wake_at ?? 0,
    sentRevision: item.sent_rev ?? 0,
    sentState: item.sent_state ?? null,
    sentBand: item.sent_band ?? null,
    sentMs: item.sent_at ?? null,
    firstSentMs: item.first_sent_at ?? null,
    externalId: item.external_id ?? null,
    url: item.ticket_url ?? null,
    unsureSinceMs: item.unsure_since ?? null,
    againMs: item.again_at ?? null,
    sweepMs: item.siblings_at ?? null,
    sweepsLeft: item.sweeps_left ?? 0,
    goneCount: item.gone ?? 0,
    failures: item.failures ?? 0,
    failingSinceMs: item.failing_since ?? null,
    dueMs: item.not_before ?? 0,
    reminders: item.reminders ?? 0,
    remindedMs: item.reminded_at ?? null,
    stop: stopOf(item),
    problem: item.problem ?? null,
  };
};

const stopOf = (item: z.infer<typeof deliveryItem>): Delivery['stop'] => {
  const { stop_reason: reason } = item;
  if (reason === null || reason === undefined) return null;
  return {
    reason,
    atMs: item.stop_at ?? 0,
    wantRevision: item.stop_want ?? 0,
    destinationRevision: item.stop_destination ?? 0,
  };
};

/** What an attempt may change; what is wanted, and who holds the lease, are others' to write. */
export const resultAttributes = (delivery: Delivery): Readonly<Record<string, unknown>> => ({
  sent_rev: delivery.sentRevision,
  sent_state: delivery.sentState,
  sent_band: delivery.sentBand,
  sent_at: delivery.sentMs,
  first_sent_at: delivery.firstSentMs,
  external_id: delivery.externalId,
  ticket_url: delivery.url,
  unsure_since: delivery.unsureSinceMs,
  again_at: delivery.againMs,
  siblings_at: delivery.sweepMs,
  sweeps_left: delivery.sweepsLeft,
  gone: delivery.goneCount,
  failures: delivery.failures,
  failing_since: delivery.failingSinceMs,
  not_before: delivery.dueMs,
  reminders: delivery.reminders,
  reminded_at: delivery.remindedMs,
  stop_reason: delivery.stop?.reason ?? null,
  stop_at: delivery.stop?.atMs ?? null,
  stop_want: delivery.stop?.wantRevision ?? null,
  stop_destination: delivery.stop?.destinationRevision ?? null,
  problem: delivery.problem,
});
