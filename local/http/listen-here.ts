import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';

/** Listens on a port of this machine alone, a free one for 0, and returns it. Rejects with what the server says. */
export const listenHere = async (server: Server, wanted = 0): Promise<number> => {
  server.listen(wanted, '127.0.0.1');
  await once(server, 'listening');
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
};
