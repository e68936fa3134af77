import * as z from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { patchProjectBody, projectSchema } from '../dialects/native/formats/project-format.ts';
import { answers, chapter, json, pageOf, path } from '../../http/openapi-parts.ts';
import { createMcpServerBody, patchMcpServerBody } from '../tools/formats/mcp-server-format.ts';
import { serverSchema, serverTestSchema, toolSchema } from '../tools/formats/tool-schemas.ts';
import { createToolBody, listToolsQuery, patchToolBody } from '../tools/formats/tool-format.ts';

import {
  CREATE_MCP_SERVER,
  CREATE_TOOL,
  goneOf,
  MCP_SERVER,
  MCP_SERVER_TEST,
  PROJECT,
  TOOL,
} from './openapi-examples.ts';

const tools = chapter('Tools');
const project = chapter('Project');

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
      ...tools('createTool', 'Register a webhook as a tool'),
      requestBody: json(createToolBody, CREATE_TOOL),
      ...answers(
        '201',
        'The tool with its secret, which is shown this once',
        json(toolSchema, { ...TOOL, secret: 'whsec_shown-this-once' }),
      ),
    },
    get: {
      ...tools('listTools', 'List the tools of the project'),
      requestParams: { query: listToolsQuery },
      ...answers('200', 'Tools of the project', json(page(toolSchema), pageOf(TOOL))),
    },
  },
  '/v1/tools/{tool_id}': {
    get: {
      ...tools('getTool', 'Get a tool'),
      requestParams: path('tool_id'),
      ...answers('200', 'The tool', json(toolSchema, TOOL)),
    },
    patch: {
      ...tools('updateTool', 'Change a tool'),
      requestParams: path('tool_id'),
      requestBody: json(patchToolBody, { requires_approval: true }),
      ...answers('200', 'The tool', json(toolSchema, TOOL)),
    },
    delete: {
      ...tools('deleteTool', 'Delete a tool'),
      requestParams: path('tool_id'),
      ...answers('200', 'Gone at once', json(gone, goneOf(TOOL))),
    },
  },
  '/v1/mcp-servers': {
    post: {
      ...tools('createMcpServer', 'Register an MCP server'),
      requestBody: json(createMcpServerBody, CREATE_MCP_SERVER),
      ...answers(
        '201',
        'The server; its tools are named <server>/<tool>',
        json(serverSchema, MCP_SERVER),
      ),
    },
    get: {
      ...tools('listMcpServers', 'List the MCP servers of the project'),
      requestParams: { query: listToolsQuery },
      ...answers('200', 'MCP servers of the project', json(page(serverSchema), pageOf(MCP_SERVER))),
    },
  },
  '/v1/mcp-servers/{server_id}': {
    get: {
      ...tools('getMcpServer', 'Get an MCP server'),
      requestParams: path('server_id'),
      ...answers('200', 'The server', json(serverSchema, MCP_SERVER)),
    },
    patch: {
      ...tools('updateMcpServer', 'Change an MCP server'),
      requestParams: path('server_id'),
      requestBody: json(patchMcpServerBody, { timeout_ms: 20_000 }),
      ...answers('200', 'The server', json(serverSchema, MCP_SERVER)),
    },
    delete: {
      ...tools('deleteMcpServer', 'Delete an MCP server'),
      requestParams: path('server_id'),
      ...answers('200', 'Gone at once', json(gone, goneOf(MCP_SERVER))),
    },
  },
  '/v1/mcp-servers/{server_id}/test': {
    post: {
      ...tools('testMcpServer', 'Try an MCP server, and list its tools'),
      requestParams: path('server_id'),
      ...answers(
        '200',
        'What it answered now; a server that does not answer is `ok: false`, with the reason',
        json(serverTestSchema, MCP_SERVER_TEST),
      ),
    },
  },
};

/** The settings of a project; an admin key's. */
export const projectPaths: ZodOpenApiPathsObject = {
  '/v1/project': {
    get: {
      ...project('getProject', 'Get the settings of the project'),
      ...answers('200', 'The settings of the project', json(projectSchema, PROJECT)),
    },
    patch: {
      ...project('updateProject', 'Change the settings of the project'),
      requestBody: json(patchProjectBody, { dialects: [] }),
      ...answers(
        '200',
        'The settings; running functions see them within 30 seconds',
        json(projectSchema, PROJECT),
      ),
    },
  },
};
