import { formatLogCursor, type LogCursor } from '../../domain/log-cursor.ts';
import type { Viewer } from '../domain/socket.ts';
import type { ThreadPlace } from '../../domain/thread-ids.ts';
import type { Connections, ThreadActivity } from '../ports/sockets.ts';
import {
  idOf,
  itemOfKeysSocket,
  itemOfSocket,
  itemOfTicket,
  keysSocketKey,
  socketKey,
  socketOf,
  ticketKey,
  ticketOf,
  viewerKey,
  viewerOf,
  watchedKey,
} from './connection-items.ts';
import { subscribe, unsubscribe } from './subscribe-writes.ts';
import {
  itemKeyOf,
  readAll,
  type Item,
  type ItemKey,
  type Tables,
  type Write,
} from '../../../platform/tables/tables.ts';
import { metaKey, runKey } from '../../adapters/threads/thread-keys.ts';

/** More than any partition here has: 101 subscriptions, or the sockets of one key. */
const ITEMS_MAX = 10_000;

/** Sockets on conditional writes of the Connections table. */
export const tableConnections = (tables: Tables): Connections => ({
  open: async (connection) => {
    // Whoever finds it by its key finds the socket itself: without it they would close and remove one that only opens.
    await put(tables, itemOfSocket(connection));
    await put(tables, itemOfKeysSocket(connection));
  },
  get: async (connectionId) => {
    const item = await tables.get('connections', socketKey(connectionId));
    return item === null ? null : socketOf(connectionId, item);
  },
  remove: async (connectionId) => await removeSocket(tables, connectionId),
  ofKey: async (keyId) => (await under(tables, `KEY#${keyId}`)).map(({ sk }) => idOf(sk)),
  subscribe: async (viewer) => await subscribe(tables, viewer),
  unsubscribe: async (connectionId, threadId) => await unsubscribe(tables, connectionId, threadId),
  viewers: async (threadId) => (await under(tables, `THREAD#${threadId}`)).map(viewerOf),
  goLive: async (viewer, cursor, { place, moment }) => {
    const outcome = await tables.transact([goLiveWrite(viewer, cursor), ...stillSo(place, moment)]);
    if (outcome.kind === 'written') return 'live';
    return outcome.items[0] === undefined ? 'moved' : 'replaced';
  },
  advance: async (viewer, cursor) => {
    await tables.write({
      kind: 'update',
      table: 'connections',
      key: viewerKey(viewer.threadId, viewer.connectionId),
      condition: 'subscription = :subscription AND #cursor = :before',
      update: 'SET #cursor = :cursor',
      names: { '#cursor': 'cursor' },
      values: { ...valuesOf(viewer, cursor), ':before': formatLogCursor(viewer.cursor) },
    });
  },
  putTicket: async (ticket) => await put(tables, itemOfTicket(ticket)),
  takeTicket: async (ticketHash, nowMs) => {
    const key = ticketKey(ticketHash);
    const item = await tables.get('connections', key);
    if (item === null) return null;
    const ticket = ticketOf(ticketHash, item);
    const condition = 'attribute_exists(pk)';
    const outcome = await tables.write({ kind: 'delete', table: 'connections', key, condition });
    return outcome.kind === 'written' && ticket.expiresAtMs > nowMs ? ticket : null;
  },
});

const valuesOf = (viewer: Viewer, cursor: LogCursor) => ({
  ':subscription': viewer.subscription,
  ':cursor': formatLogCursor(cursor),
});

const goLiveWrite = (viewer: Viewer, cursor: LogCursor): Write => ({
  kind: 'update',
  table: 'connections',
  key: viewerKey(viewer.threadId, viewer.connectionId),
  condition: 'subscription = :subscription',
  update: 'SET #state = :live, #cursor = :cursor',
  names: { '#state': 'state', '#cursor': 'cursor' },
  values: { ...valuesOf(viewer, cursor), ':live': 'live' },
});

/** The thread, or its run, as it was seen: an end, a start or a wake-up in between refuses. */
const stillSo = (place: ThreadPlace, moment: ThreadActivity): readonly Write[] => {
  if (moment.kind === 'idle')
    return [
      {
        kind: 'check',
        table: 'threads',
        key: metaKey(place),
        condition: `attribute_not_exists(active_run) AND ${
          moment.lastRun === 0 ? 'attribute_not_exists(last_run)' : 'last_run = :last'
        }`,
        ...(moment.lastRun === 0 ? {} : { values: { ':last': moment.lastRun } }),
      },
    ];
  return [
    {
      kind: 'check',
      table: 'threads',
      key: runKey({ ...place, seq: moment.seq }),
      condition: '#status = :status',
      names: { '#status': 'status' },
      values: { ':status': moment.kind === 'running' ? 'active' : 'requires_action' },
    },
  ];
};

/** The socket itself first: nothing can be subscribed after this. */
const removeSocket = async (tables: Tables, connectionId: string): Promise<void> => {
  const items = await under(tables, `CONN#${connectionId}`);
  const socket = items.find(({ sk }) => sk === 'META');
  if (socket !== undefined) {
    await remove(tables, socketKey(connectionId));
    const { keyId } = socketOf(connectionId, socket);
    await remove(tables, keysSocketKey(keyId, connectionId));
  }
  for (const { sk } of items) {
    if (sk === 'META') continue;
    await remove(tables, viewerKey(idOf(sk), connectionId));
    await remove(tables, watchedKey(idOf(sk), connectionId));
  }
};

const under = async (tables: Tables, pk: string): Promise<readonly Item[]> =>
  await readAll(tables, {
    table: 'connections',
    pk,
    from: ' ',
    to: '~',
    isAscending: true,
    limit: ITEMS_MAX,
  });

const put = async (tables: Tables, item: Item): Promise<void> => {
  const key = itemKeyOf(item);
  await tables.write({ kind: 'put', table: 'connections', key, item });
};

const remove = async (tables: Tables, key: ItemKey): Promise<void> => {
  await tables.write({ kind: 'delete', table: 'connections', key });
};
