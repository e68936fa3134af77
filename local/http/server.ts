import type { RequestListener, Server } from 'node:http';
import { createServer } from './node-http.ts';
import { portTaken } from './port.ts';

/** Serves on a port of this machine alone; 0 finds a free one. */
export const serve = async (
  listener: RequestListener,
  port: number,
): Promise<{ readonly server: Server; readonly port: number }> => {
  const server = createServer(listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(portTaken(error, port)));
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  return { server, port: typeof address === 'object' && address !== null ? address.port : port };
};

/** Ends it, whoever is still connected. */
export const closeServer = async (server: Server): Promise<void> => {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
};
