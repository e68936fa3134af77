import * as z from 'zod';
import { readAll, type Item, type ItemKey, type Tables } from '../../platform/tables/tables.ts';
import { DESTINATION_KINDS, type Destination } from '../tickets/destination.ts';
import type { DestinationBook } from '../ports/destinations.ts';

/** A change that meets others so often gives up: people make them. */
const CHANGE_TRIES_MAX = 5;

/** Ids as they are given here; another one names nothing, and may not fit a key. */
const ID = /^dst_[0-9a-z]{1,40}$/;

const hours = z.object({
  timeZone: z.string(),
  days: z.array(z.number()),
  fromMinute: z.number(),
  untilMinute: z.number(),
});
const list = z.array(z.string()).nullable();
const stored = z.object({
  id: z.string(),
  tenant: z.string(),
  name: z.string(),
  kind: z.enum(DESTINATION_KINDS),
  settings: z.record(z.string(), z.string()),
  secretNames: z.array(z.string()),
  routes: z.array(
    z.object({
      bands: z.array(z.enum(['critical', 'high', 'medium', 'low'])).nullable(),
      services: list,
      environments: list,
      owners: list,
      hours: hours.nullable(),
      send: z.enum(['ticket', 'none']),
    }),
  ),
  remindAfterMs: z.number().nullable(),
  isPaused: z.boolean(),
  revision: z.number(),
  createdMs: z.number(),
  updatedMs: z.number(),
});
const destinationItem = z.object({ destination: z.string() });
const ownerItem = z.object({ tenant: z.string() });

/** `DST#<tenant> / <id>`, and `DSTID#<id> / OWNER`: whose it is. */
export const tableDestinationBook = ({
  tables,
  destinationsMax,
}: {
  readonly tables: Tables;
  readonly destinationsMax: number;
}): DestinationBook => {
  const get: DestinationBook['get'] = async (tenant, id) => {
    if (!ID.test(id)) return null;
    const item = await tables.get('sre', keyOf(tenant, id));
    return item === null ? null : destinationOf(item);
  };
  const read: DestinationBook['list'] = async (tenant) => {
    const items = await readAll(tables, {
      table: 'sre',
      pk: keyOf(tenant, '').pk,
      from: null,
      to: null,
      isAscending: true,
      limit: destinationsMax,
    });
    return items.map(destinationOf);
  };
  return {
    list: read,
    get,
    find: async (id) => {
      if (!ID.test(id)) return null;
      const owner = await tables.get('sre', ownerKey(id));
      return owner === null ? null : await get(ownerItem.parse(owner).tenant, id);
    },
    create: async (destination) => {
      const { tenant, id } = destination;
      if ((await read(tenant)).length >= destinationsMax) return false;
      const key = ownerKey(id);
      await tables.transact([
        { kind: 'put', table: 'sre', key: keyOf(tenant, id), item: itemOf(destination) },
        { kind: 'put', table: 'sre', key, item: { ...key, schema: 1, tenant } },
      ]);
      return true;
    },
    change: async (tenant, id, change) => {
      for (let tries = 0; tries < CHANGE_TRIES_MAX; tries++) {
        const before = await get(tenant, id);
        if (before === null) return null;
        const after = { ...change(before), revision: before.revision + 1 };
        const outcome = await tables.write({
          kind: 'put',
          table: 'sre',
          key: keyOf(tenant, id),
          condition: 'rev = :rev',
          values: { ':rev': before.revision },
          item: itemOf(after),
        });
        if (outcome.kind === 'written') return after;
      }
      throw new Error('a destination changed too often to be changed');
    },
    remove: async (tenant, id) => {
      if (!ID.test(id)) return false;
      const outcome = await tables.transact([
        {
          kind: 'delete',
          table: 'sre',
          key: keyOf(tenant, id),
          condition: 'attribute_exists(pk)',
        },
        { kind: 'delete', table: 'sre', key: ownerKey(id) },
      ]);
      return outcome.kind === 'written';
    },
  };
};

const keyOf = (tenant: string, id: string): ItemKey => ({
  pk: `DST#${encodeURIComponent(tenant)}`,
  sk: id,
});

const ownerKey = (id: string): ItemKey => ({ pk: `DSTID#${id}`, sk: 'OWNER' });

const itemOf = (destination: Destination): Item => ({
  ...keyOf(destination.tenant, destination.id),
  schema: 1,
  rev: destination.revision,
  kind: destination.kind,
  destination: JSON.stringify(destination),
});

const destinationOf = (item: Item): Destination =>
  stored.parse(JSON.parse(destinationItem.parse(item).destination));
