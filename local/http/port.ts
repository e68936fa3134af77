import { once } from 'node:events';
import { createServer } from 'node:net';

/** Says at once that a port is taken, before anything is built. */
export const checkPort = async (port: number): Promise<void> => {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    throw portTaken(error, port);
  }
  server.close();
  await once(server, 'close');
};

/** What a person reads when listening failed. */
export const portTaken = (error: unknown, port: number): unknown =>
  error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
    ? new Error(`port ${port} is taken: choose another one with --port or SLUICE_PORT`, {
        cause: error,
      })
    : error;
