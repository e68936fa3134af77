import * as z from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { patchProjectBody, projectSchema } from '../dialects/native/formats/project-format.ts';
import { answers, json, path } from '../../http/openapi-parts.ts';
import { createMcpServerBody, patchMcpServerBody } from '../tools/formats/mcp-server-format.ts';
import { createToolBody, listToolsQuery, patchToolBody } from '../tools/formats/tool-format.ts';

const time = z.int().describe('epoch ms, UTC');

const toolSchema = z
  .strictObject({
    id: z.string(),
    object: z.literal('tool'),
    name: z.string(),
    description: z.string(),
    input_schema: z.record(z.string(), z.unknown()),
    webhook_url: z.string(),
    timeout_ms: z.int(),
    requires_approval: z.boolean(),
    created_at: time,
    updated_at: time,
    secret: z
      .string()
      .optional()
      .describe('In the answer of the creation alone; signs the calls of the webhook'),
  })
  .meta({ id: 'Tool' });

const serverSchema = z
  .strictObject({
    id: z.string(),
    object: z.literal('mcp_server'),
    name: z.string(),
    url: z.string(),
    header_names: z.array(z.string()).describe('What they say is never shown'),
    timeout_ms: z.int(),
    requires_approval: z.boolean(),
    created_at: time,
    updated_at: time,
  })
  .meta({ id: 'McpServer' });

const page = <T extends z.ZodType>(item: T) =>
  z.strictObject({
    object: z.literal('list'),
    data: z.array(item),
    has_more: z.boolean(),
    next_cursor: z.string().nullable(),
  });

const gone = z.strictObject({ id: z.string(), object: z.string(), deleted: z.literal(true) });

/** Routes of a project's tools; an admin key's. */
export const toolPaths: ZodOpenApiPathsObject = {
  '/v1/tools': {
    post: {
      requestBody: json(createToolBody),
      ...answers('201', 'The tool with its secret, which is shown this once', json(toolSchema)),
    },
    get: {
      requestParams: { query: listToolsQuery },
      ...answers('200', 'Tools of the project', json(page(toolSchema))),
    },
  },
  '/v1/tools/{tool_id}': {
    get: { requestParams: path('tool_id'), ...answers('200', 'The tool', json(toolSchema)) },
    patch: {
      requestParams: path('tool_id'),
      requestBody: json(patchToolBody),
      ...answers('200', 'The tool', json(toolSchema)),
    },
    delete: { requestParams: path('tool_id'), ...answers('200', 'Gone at once', json(gone)) },
  },
  '/v1/project': {
    get: answers('200', 'The settings of the project', json(projectSchema)),
    patch: {
      requestBody: json(patchProjectBody),
      ...answers(
        '200',
        'The settings; running functions see them within 30 seconds',
        json(projectSchema),
      ),
    },
  },
  '/v1/mcp-servers': {
    post: {
      requestBody: json(createMcpServerBody),
      ...answers('201', 'The server; its tools are named <server>/<tool>', json(serverSchema)),
    },
    get: {
      requestParams: { query: listToolsQuery },
      ...answers('200', 'MCP servers of the project', json(page(serverSchema))),
    },
  },
  '/v1/mcp-servers/{server_id}': {
    get: { requestParams: path('server_id'), ...answers('200', 'The server', json(serverSchema)) },
    patch: {
      requestParams: path('server_id'),
      requestBody: json(patchMcpServerBody),
      ...answers('200', 'The server', json(serverSchema)),
    },
    delete: { requestParams: path('server_id'), ...answers('200', 'Gone at once', json(gone)) },
  },
};
