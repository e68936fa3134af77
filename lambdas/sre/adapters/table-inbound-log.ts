import { createHash } from 'node:crypto';
import type { ItemKey, Tables } from '../../platform/tables/tables.ts';
import type { InboundLog } from '../ports/deliveries.ts';

/** Longer than any vendor sends an event again. */
const TTL_SECONDS = 8 * 86_400;

/** `INB#<destination> / <hash of the event's id>` */
export const tableInboundLog = ({ tables }: { readonly tables: Tables }): InboundLog => ({
  has: async (destinationId, eventId) =>
    (await tables.get('sre', keyOf(destinationId, eventId))) !== null,
  put: async (destinationId, eventId, nowMs) => {
    const key = keyOf(destinationId, eventId);
    const ttl = Math.ceil(nowMs / 1_000) + TTL_SECONDS;
    await tables.write({ kind: 'put', table: 'sre', key, item: { ...key, schema: 1, ttl } });
  },
});

/** Ids are somebody else's texts: a hash fits a key, whatever they are. */
const keyOf = (destinationId: string, eventId: string): ItemKey => ({
  pk: `INB#${destinationId}`,
  sk: createHash('sha256').update(eventId).digest('hex'),
});
