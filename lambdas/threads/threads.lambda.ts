import { byRoute, gatewayDoor } from '../inference/door.ts';
import { httpEntry } from '../platform/http-entry.ts';
import { forkRoutes } from './routes/fork-routes.ts';
import { mcpServerRoutes } from './routes/tools/mcp-server-routes.ts';
import { projectRoutes } from './routes/project-routes.ts';
import { ticketRoutes } from './routes/sockets/socket-connect.ts';
import { runRoutes } from './routes/run-routes.ts';
import { threadRoutes } from './routes/thread-routes.ts';
import { toolRoutes } from './routes/tools/tool-routes.ts';
import { wireAdmin } from './wire/admin.ts';

const threads = wireAdmin();

export const handler = httpEntry(
  gatewayDoor(
    threads.env.CORS_ORIGINS,
    () => 'native',
    byRoute({
      ...threadRoutes(threads),
      ...runRoutes(threads),
      ...forkRoutes(threads),
      ...ticketRoutes(threads),
      ...toolRoutes(threads),
      ...mcpServerRoutes(threads),
      ...projectRoutes(threads),
    }),
  ),
);
