import { byRoute, httpDoor } from '../http/door.ts';
import { httpEntry } from '../platform/http-entry.ts';
import { forkRoutes } from './dialects/native/routes/fork-routes.ts';
import { jobRoutes } from './jobs/routes/job-routes.ts';
import { mcpServerRoutes } from './tools/routes/mcp-server-routes.ts';
import { projectRoutes } from './dialects/native/routes/project-routes.ts';
import { ticketRoutes } from './sockets/routes/socket-connect.ts';
import { runRoutes } from './dialects/native/routes/run-routes.ts';
import { threadRoutes } from './dialects/native/routes/thread-routes.ts';
import { toolRoutes } from './tools/routes/tool-routes.ts';
import { wireAdmin } from './wire/admin.ts';

const threads = wireAdmin();

export const handler = httpEntry(
  httpDoor(
    threads.env.CORS_ORIGINS,
    () => 'native',
    byRoute(
      {
        ...threadRoutes(threads),
        ...runRoutes(threads),
        ...forkRoutes(threads),
        ...ticketRoutes(threads),
        ...toolRoutes(threads),
        ...mcpServerRoutes(threads),
        ...projectRoutes(threads),
        ...jobRoutes(threads),
      },
      ['POST /v1/threads/{thread_id}/messages'],
    ),
  ),
);
