import * as z from 'zod';
import { type Handler } from '../../../http/door.ts';
import { MCP_SERVERS_MAX } from '../../domain/limits.ts';
import type { McpTools } from '../ports/tool-calls.ts';
import type { McpServer } from '../domain/mcp-server.ts';
import {
  createMcpServerBody,
  mcpServerOf,
  mcpServerView,
  mcpTestView,
  patchMcpServer,
  patchMcpServerBody,
} from '../formats/mcp-server-format.ts';
import { listToolsQuery } from '../formats/tool-format.ts';
import type { ProjectList } from '../../ports/projects.ts';
import { checkUrl, createdOrThrow, foundOrThrow, pageOf } from './project-list-routes.ts';
import type { ToolRouteDeps } from './tool-routes.ts';
import { authenticateAdmin, authenticateReader } from '../../../ledger/door.ts';
import { checked, jsonBody } from '../../../http/body.ts';

export interface McpRouteDeps extends Pick<ToolRouteDeps, 'keys' | 'timers' | 'isLoopbackAllowed'> {
  readonly mcpServers: ProjectList<McpServer>;
  readonly mcp: Pick<McpTools, 'test'>;
}

const NOUN = 'MCP server';

/** MCP servers of a project. */
export const mcpServerRoutes = (deps: McpRouteDeps): Readonly<Record<string, Handler>> => ({
  'POST /v1/mcp-servers': async (request) => {
    const { projectId } = await authenticateAdmin(deps.keys, request);
    const body = checked(createMcpServerBody, jsonBody(request));
    checkUrl('url', body.url, deps.isLoopbackAllowed);
    const server = mcpServerOf(body, deps.timers.nowMs());
    const what = { noun: NOUN, entriesMax: MCP_SERVERS_MAX };
    await createdOrThrow(deps.mcpServers, projectId, server, what);
    return { status: 201, body: mcpServerView(server) };
  },
  'GET /v1/mcp-servers': async (request) => {
    const { projectId } = await authenticateReader(deps.keys, request);
    return await pageOf(deps.mcpServers, projectId, request, {
      query: listToolsQuery,
      view: mcpServerView,
    });
  },
  'GET /v1/mcp-servers/{server_id}': async (request) => {
    const { projectId } = await authenticateReader(deps.keys, request);
    const server = await deps.mcpServers.get(projectId, request.params['server_id'] ?? '');
    return { status: 200, body: mcpServerView(foundOrThrow(server, NOUN)) };
  },
  'PATCH /v1/mcp-servers/{server_id}': async (request) => {
    const { projectId } = await authenticateAdmin(deps.keys, request);
    const body = checked(patchMcpServerBody, jsonBody(request));
    checkUrl('url', body.url, deps.isLoopbackAllowed);
    const nowMs = deps.timers.nowMs();
    const id = request.params['server_id'] ?? '';
    const server = await deps.mcpServers.change(projectId, id, (seen) =>
      patchMcpServer(seen, body, nowMs),
    );
    return { status: 200, body: mcpServerView(foundOrThrow(server, NOUN)) };
  },
  'POST /v1/mcp-servers/{server_id}/test': async (request) => {
    const { projectId } = await authenticateAdmin(deps.keys, request);
    checked(z.strictObject({}), jsonBody(request));
    const found = await deps.mcpServers.get(projectId, request.params['server_id'] ?? '');
    const server = foundOrThrow(found, NOUN);
    return { status: 200, body: mcpTestView(server, await deps.mcp.test(server)) };
  },
  'DELETE /v1/mcp-servers/{server_id}': async (request) => {
    const { projectId } = await authenticateAdmin(deps.keys, request);
    const id = request.params['server_id'] ?? '';
    foundOrThrow((await deps.mcpServers.remove(projectId, id)) ? id : null, NOUN);
    return { status: 200, body: { id, object: 'mcp_server', deleted: true } };
  },
});
