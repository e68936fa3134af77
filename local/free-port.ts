import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Systems give connections ports from here on (macOS from 49,152): one of those would not stay free for who comes back to
 * it. https://www.kernel.org/doc/html/latest/networking/ip-sysctl.html#ip-variables
 */
const EPHEMERAL_FROM = 32_768;
/** Browsers refuse some below. https://fetch.spec.whatwg.org/#port-blocking */
const FIRST = 10_240;
const TRIES_MAX = 100;

/** A port of this machine on which nobody listens. */
export const freePort = async (): Promise<number> => {
  for (let tries = 1; tries < TRIES_MAX; tries++) {
    const port = randomInt(FIRST, EPHEMERAL_FROM);
    if (await isFree(port)) return port;
  }
  throw new Error('no port of this machine is free');
};

const isFree = async (port: number): Promise<boolean> =>
  await new Promise((resolve) => {
    const server = createServer();
    server.on('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
