import { serve, type ServerType } from '@hono/node-server';
import type { Hono } from 'hono';

/** Serves on a port of this machine alone; rejects when it is taken. */
export const listen = async (
  app: Hono,
  port: number,
): Promise<{ server: ServerType; port: number }> =>
  await new Promise((resolve, reject) => {
    const server = serve({ fetch: app.fetch, port, hostname: '127.0.0.1' }, (info) =>
      resolve({ server, port: info.port }),
    );
    server.on('error', reject);
  });
