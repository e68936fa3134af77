import { AppError } from '../../../shared/app-error.ts';
import { SUBSCRIPTIONS_MAX } from '../../domain/limits.ts';
import type { Viewer } from '../domain/socket.ts';
import {
  itemOfViewer,
  itemOfWatched,
  socketKey,
  viewerKey,
  watchedKey,
} from './connection-items.ts';
import type { Tables, Write } from '../../../platform/tables/tables.ts';

/** A socket that subscribes to one thread twice at once meets itself; more often only a store in trouble refuses. */
const TRIES_MAX = 20;

/**
 * One transaction: both directions, and the count of the socket, which must be open. Throws AppError `storage_unavailable`
 * when others were always faster: a socket that is open learns it, and does not count as closed.
 */
export const subscribe = async (
  tables: Tables,
  viewer: Viewer,
): Promise<'subscribed' | 'closed' | 'full'> => {
  const { threadId, connectionId } = viewer;
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const watched = await tables.get('connections', watchedKey(threadId, connectionId));
    const isNew = watched === null;
    const outcome = await tables.transact(subscribeWrites(viewer, isNew));
    if (outcome.kind === 'written') return 'subscribed';
    const socket = await tables.get('connections', socketKey(connectionId));
    if (socket === null) return 'closed';
    if (isNew && Number(socket['subscriptions']) >= SUBSCRIPTIONS_MAX) return 'full';
  }
  throw tooBusy();
};

const subscribeWrites = (viewer: Viewer, isNew: boolean): readonly Write[] => {
  const { threadId, connectionId } = viewer;
  const socket = { table: 'connections', key: socketKey(connectionId) } as const;
  return [
    isNew
      ? {
          ...socket,
          kind: 'update',
          condition: 'attribute_exists(pk) AND subscriptions < :max',
          update: 'SET subscriptions = subscriptions + :one',
          values: { ':max': SUBSCRIPTIONS_MAX, ':one': 1 },
        }
      : { ...socket, kind: 'check', condition: 'attribute_exists(pk)' },
    {
      kind: 'put',
      table: 'connections',
      key: watchedKey(threadId, connectionId),
      condition: isNew ? 'attribute_not_exists(pk)' : 'attribute_exists(pk)',
      item: itemOfWatched(viewer),
    },
    {
      kind: 'put',
      table: 'connections',
      key: viewerKey(threadId, connectionId),
      item: itemOfViewer(viewer),
    },
  ];
};

export const unsubscribe = async (
  tables: Tables,
  connectionId: string,
  threadId: string,
): Promise<boolean> => {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const watched = watchedKey(threadId, connectionId);
    if ((await tables.get('connections', watched)) === null) return tries > 0;
    const outcome = await tables.transact([
      {
        kind: 'update',
        table: 'connections',
        key: socketKey(connectionId),
        condition: 'attribute_exists(pk)',
        update: 'SET subscriptions = subscriptions - :one',
        values: { ':one': 1 },
      },
      { kind: 'delete', table: 'connections', key: watched, condition: 'attribute_exists(pk)' },
      { kind: 'delete', table: 'connections', key: viewerKey(threadId, connectionId) },
    ]);
    if (outcome.kind === 'written') return true;
    if ((await tables.get('connections', socketKey(connectionId))) === null) return false;
  }
  throw tooBusy();
};

const tooBusy = (): AppError =>
  new AppError({
    code: 'storage_unavailable',
    publicMessage: 'The socket is too busy; nothing was changed. Send it again.',
  });
