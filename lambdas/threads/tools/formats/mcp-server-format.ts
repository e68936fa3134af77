import * as z from 'zod';
import type { McpServerTestView, McpServerView } from './tool-schemas.ts';
import {
  MCP_HEADER_CHARS_MAX,
  MCP_HEADERS_MAX,
  TOOL_TIMEOUT_DEFAULT_MS,
  TOOL_TIMEOUT_MAX_MS,
  TOOL_TIMEOUT_MIN_MS,
  TOOL_URL_CHARS_MAX,
} from '../../domain/limits.ts';
import type { McpServer, McpTest } from '../domain/mcp-server.ts';
import { idOfName } from '../domain/tool.ts';

/** Headers that the connection itself sets. */
const OURS =
  /^(?:host|connection|content-|transfer-encoding|upgrade|te$|trailer|accept$|mcp-|keep-alive|expect)/i;

const headers = z
  .record(
    z
      .string()
      .regex(/^[\w-]{1,128}$/, 'letters, digits, - and _')
      .refine((name) => !OURS.test(name), 'a header that Sluice sets itself'),
    z
      .string()
      .max(MCP_HEADER_CHARS_MAX)
      .regex(/^[\x20-\x7e]+$/, 'printable ASCII'),
  )
  .refine(
    (given) => Object.keys(given).length <= MCP_HEADERS_MAX,
    `at most ${MCP_HEADERS_MAX} headers`,
  );

const fields = {
  url: z.string().min(1).max(TOOL_URL_CHARS_MAX),
  headers,
  timeout_ms: z.int().min(TOOL_TIMEOUT_MIN_MS).max(TOOL_TIMEOUT_MAX_MS),
  requires_approval: z.boolean(),
};

export const createMcpServerBody = z.strictObject({
  name: z.string().regex(/^[\w.-]{1,64}$/, '1 to 64 letters, digits, _ . and -'),
  ...fields,
  headers: headers.default({}),
  timeout_ms: fields.timeout_ms.default(TOOL_TIMEOUT_DEFAULT_MS),
  requires_approval: fields.requires_approval.default(false),
});
export const patchMcpServerBody = z.strictObject(fields).partial();

export const mcpServerOf = (
  body: z.infer<typeof createMcpServerBody>,
  nowMs: number,
): McpServer => ({
  id: idOfName('mcp', body.name),
  name: body.name,
  url: body.url,
  headers: body.headers,
  timeoutMs: body.timeout_ms,
  requiresApproval: body.requires_approval,
  createdAtMs: nowMs,
  updatedAtMs: nowMs,
});

export const patchMcpServer = (
  server: McpServer,
  body: z.infer<typeof patchMcpServerBody>,
  nowMs: number,
): McpServer => ({
  ...server,
  url: body.url ?? server.url,
  headers: body.headers ?? server.headers,
  timeoutMs: body.timeout_ms ?? server.timeoutMs,
  requiresApproval: body.requires_approval ?? server.requiresApproval,
  updatedAtMs: nowMs,
});

/** What a server answered to whoever tried it. */
export const mcpTestView = (
  { id }: McpServer,
  { tools, latencyMs, problem }: McpTest,
): McpServerTestView => ({
  object: 'mcp_server_test',
  server_id: id,
  ok: problem === null,
  latency_ms: latencyMs,
  tools: tools.map(({ name, description, problem: flaw }) => ({
    name,
    description,
    offered: flaw?.isLeftOut !== true,
    note: flaw?.reason ?? null,
  })),
  problem,
});

/** A server on the wire: which headers it is sent, not what they say. */
export const mcpServerView = (server: McpServer): McpServerView => ({
  id: server.id,
  object: 'mcp_server',
  name: server.name,
  url: server.url,
  header_names: Object.keys(server.headers),
  timeout_ms: server.timeoutMs,
  requires_approval: server.requiresApproval,
  created_at: server.createdAtMs,
  updated_at: server.updatedAtMs,
});
