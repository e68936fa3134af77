import * as z from 'zod';
import { MCP_SERVERS_MAX } from '../../domain/limits.ts';
import type { McpServer } from '../domain/mcp-server.ts';
import type { ProjectList } from '../../ports/projects.ts';
import { tableProjectList } from '../../adapters/table-project-list.ts';
import type { Tables } from '../../../platform/tables/tables.ts';

const schema: z.ZodType<McpServer> = z.object({
  id: z.string(),
  name: z.string(),
  url: z.string(),
  headers: z.record(z.string(), z.string()),
  timeoutMs: z.number(),
  requiresApproval: z.boolean(),
  createdAtMs: z.number(),
  updatedAtMs: z.number(),
});

/** The MCP servers of a project. */
export const mcpServers = (tables: Tables): ProjectList<McpServer> =>
  tableProjectList({ tables, prefix: 'MCP', schema, entriesMax: MCP_SERVERS_MAX });
