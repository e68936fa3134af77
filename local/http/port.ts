import { once } from 'node:events';
import { createServer } from 'node:net';

const CHOOSE = 'choose another one with --port or SLUICE_PORT';
/** Those above 1023 of https://fetch.spec.whatwg.org/#port-blocking; the others belong to the administrator. */
const BLOCKED: ReadonlySet<number> = new Set([
  1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669,
  6679, 6697, 10080,
]);

/** Says at once that a port cannot be had, before anything is built. */
export const checkPort = async (port: number): Promise<void> => {
  if (BLOCKED.has(port)) throw new Error(`browsers and fetch refuse port ${port}: ${CHOOSE}`);
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
export const portTaken = (error: unknown, port: number): unknown => {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  const problem = { EADDRINUSE: 'is taken', EACCES: 'is for the administrator of this machine' };
  if (code !== 'EADDRINUSE' && code !== 'EACCES') return error;
  return new Error(`port ${port} ${problem[code]}: ${CHOOSE}`, { cause: error });
};
