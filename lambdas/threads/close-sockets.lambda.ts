import { recordEntry } from '../platform/batch-entry.ts';
import { checkSocketsOfKey } from './sockets/usecases/check-socket.ts';
import { wireSockets } from './wire/sockets.ts';

const sockets = wireSockets();

/** Keys stream, what an admin changed: a socket lives no longer than what its key may do. */
export const handler = recordEntry(async (record) => {
  const [, keyId] = /^KEY#(.+)$/.exec(record.dynamodb?.Keys?.['pk']?.S ?? '') ?? [];
  if (keyId !== undefined) await checkSocketsOfKey(sockets, keyId);
});
