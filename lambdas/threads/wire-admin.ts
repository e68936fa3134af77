import { mcpServers } from './adapters/mcp-servers.ts';
import { registeredTools } from './adapters/registered-tools.ts';
import { tableThreadForks } from './adapters/table-thread-forks.ts';
import { wireRuns } from './wire.ts';

/** What keeps threads and a project's registries. */
export const wireAdmin = () => {
  const runs = wireRuns();
  return {
    ...runs,
    forks: tableThreadForks(runs.tables),
    registered: registeredTools(runs.tables),
    mcpServers: mcpServers(runs.tables),
  };
};
