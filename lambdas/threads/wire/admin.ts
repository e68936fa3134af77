import { mcpServers } from '../tools/adapters/mcp-servers.ts';
import { mcpTools } from '../tools/adapters/mcp-tools.ts';
import { outbound, systemResolve } from '../../platform/outbound.ts';
import { registeredTools } from '../tools/adapters/registered-tools.ts';
import { tableThreadForks } from '../adapters/threads/table-thread-forks.ts';
import { wireJobs } from './jobs.ts';
import { wireRuns } from './runs.ts';

/** What keeps threads and a project's registries. */
export const wireAdmin = () => {
  const runs = wireRuns();
  const send = outbound({ isLoopbackAllowed: runs.isLoopbackAllowed, resolve: systemResolve });
  return {
    ...runs,
    ...wireJobs(runs),
    forks: tableThreadForks(runs.tables),
    registered: registeredTools(runs.tables),
    mcpServers: mcpServers(runs.tables),
    mcp: mcpTools({ send, timers: runs.timers, report: runs.report }),
  };
};
