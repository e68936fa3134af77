import * as z from 'zod';
import { readAll, type Tables, type Update, type Write } from '../../platform/tables/tables.ts';
import type { Delivery, DeliveryKey, StoredDelivery } from '../tickets/delivery.ts';
import type { DeliveryStore } from '../ports/deliveries.ts';
import {
  deliveriesPk,
  DELIVERY_TTL_SECONDS,
  deliveryKey,
  deliveryOf,
  resultAttributes,
  strayKey,
  ticketKey,
} from './delivery-items.ts';

/** Of one incident: its destinations, and the strays of a bad day. */
const ITEMS_MAX = 1_000;
const SORT_KEY_BYTES_MAX = 1_024;
/** A transaction has at most 100 writes. */
const STRAYS_A_WRITE_MAX = 90;

const strayItem = z.object({ destination_id: z.string(), external_id: z.string() });
const ticketItem = z.object({ tenant: z.string(), incident_id: z.string() });

export const tableDeliveryStore = ({ tables }: { readonly tables: Tables }): DeliveryStore => ({
  list: async (tenant, incidentId) => {
    const items = await readAll(tables, {
      table: 'sre',
      pk: deliveriesPk(tenant, incidentId),
      from: null,
      to: null,
      isAscending: true,
      limit: ITEMS_MAX,
    });
    const strays = items
      .filter(({ sk }) => String(sk).startsWith('X#'))
      .map((item) => strayItem.parse(item));
    return items
      .filter(({ sk }) => String(sk).startsWith('D#'))
      .map((item): StoredDelivery => {
        const delivery = deliveryOf(item);
        return {
          delivery,
          strays: strays
            .filter(({ destination_id: id }) => id === delivery.destinationId)
            .map(({ external_id: id }) => id),
        };
      });
  },
  want: async (key, wanted) => (await tables.write(wantWrite(key, wanted))).kind === 'written',
  lease: async (seen, { attemptId, untilMs, doing, unsureSinceMs, againMs }) => {
    const outcome = await tables.write({
      kind: 'update',
      table: 'sre',
      key: deliveryKey(seen),
      condition: 'attempt_id = :seen_attempt AND lease_until = :seen_until',
      update:
        'SET attempt_id = :attempt, lease_until = :until, doing = :doing, unsure_since = :unsure, again_at = :again',
      values: {
        ':seen_attempt': seen.attemptId,
        ':seen_until': seen.leaseUntilMs,
        ':attempt': attemptId,
        ':until': untilMs,
        ':doing': doing,
        ':unsure': unsureSinceMs,
        ':again': againMs,
      },
    });
    return outcome.kind === 'written';
  },
  record: async (attemptId, { delivery, newStrays, closedStray }) => {
    const strays = newStrays
      .slice(0, STRAYS_A_WRITE_MAX)
      .map((externalId) => strayWrite(delivery, externalId, sentOf(delivery)));
    const writes = [
      resultWrite(attemptId, delivery),
      ...(delivery.externalId === null ? [] : [ticketWrite(delivery, delivery.externalId)]),
      ...strays,
      ...(closedStray === null ? [] : [strayEnd(delivery, closedStray)]),
    ];
    const outcome = await tables.transact(writes);
    return outcome.kind === 'written';
  },
  addStray: async (key, externalId, nowMs) => {
    await tables.write(strayWrite(key, externalId, nowMs));
  },
  wake: async (key, wakeMs) => {
    await tables.write({
      kind: 'update',
      table: 'sre',
      key: deliveryKey(key),
      condition: 'attribute_exists(pk)',
      update: 'SET wake_at = :wake',
      values: { ':wake': wakeMs },
    });
  },
  ofTicket: async (destinationId, externalId) => {
    // What a sort key holds; a name that does not fit one is of no ticket here.
    if (externalId === '' || Buffer.byteLength(externalId) > SORT_KEY_BYTES_MAX) return null;
    const item = await tables.get('sre', ticketKey(destinationId, externalId));
    if (item === null) return null;
    const { tenant, incident_id: incidentId } = ticketItem.parse(item);
    return { tenant, incidentId };
  },
});

const wantWrite = (
  key: DeliveryKey,
  {
    revision,
    holdUntilMs,
    nowMs,
  }: { readonly revision: number; readonly holdUntilMs: number; readonly nowMs: number },
): Update => ({
  kind: 'update',
  table: 'sre',
  key: deliveryKey(key),
  condition: 'attribute_not_exists(want_rev) OR want_rev < :rev',
  update: [
    'SET want_rev = :rev, hold_until = :hold, tenant = :tenant, incident_id = :incident',
    'destination_id = :destination, #schema = :schema, #ttl = :ttl',
    'created_at = if_not_exists(created_at, :now), attempt_id = if_not_exists(attempt_id, :nobody)',
    'lease_until = if_not_exists(lease_until, :never)',
  ].join(', '),
  names: { '#schema': 'schema', '#ttl': 'ttl' },
  values: {
    ':rev': revision,
    ':hold': holdUntilMs,
    ':tenant': key.tenant,
    ':incident': key.incidentId,
    ':destination': key.destinationId,
    ':schema': 1,
    ':ttl': ttlFrom(nowMs),
    ':now': nowMs,
    ':nobody': '',
    ':never': 0,
  },
});

const ttlFrom = (ms: number): number => Math.ceil(ms / 1_000) + DELIVERY_TTL_SECONDS;

const resultWrite = (attemptId: string, delivery: Delivery): Write => {
  const attributes = Object.entries(resultAttributes(delivery));
  return {
    kind: 'update',
    table: 'sre',
    key: deliveryKey(delivery),
    condition: 'attempt_id = :attempt',
    update: `SET lease_until = :never, ${attributes.map(([name]) => `${name} = :${name}`).join(', ')}`,
    values: {
      ':attempt': attemptId,
      ':never': 0,
      ...Object.fromEntries(attributes.map(([name, value]) => [`:${name}`, value])),
    },
  };
};

const ticketWrite = (delivery: Delivery, externalId: string): Write => {
  const key = ticketKey(delivery.destinationId, externalId);
  return {
    kind: 'put',
    table: 'sre',
    key,
    item: {
      ...key,
      schema: 1,
      tenant: delivery.tenant,
      incident_id: delivery.incidentId,
      ttl: ttlFrom(sentOf(delivery)),
    },
  };
};

const sentOf = ({ firstSentMs, createdMs }: Delivery): number => firstSentMs ?? createdMs;

const strayWrite = (key: DeliveryKey, externalId: string, nowMs: number): Write => {
  const itemKey = strayKey(key, externalId);
  return {
    kind: 'put',
    table: 'sre',
    key: itemKey,
    item: {
      ...itemKey,
      schema: 1,
      destination_id: key.destinationId,
      external_id: externalId,
      ttl: ttlFrom(nowMs),
    },
  };
};

const strayEnd = (key: DeliveryKey, externalId: string): Write => ({
  kind: 'delete',
  table: 'sre',
  key: strayKey(key, externalId),
});
