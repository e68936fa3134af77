import * as z from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { patchProjectBody, projectSchema } from '../dialects/native/formats/project-format.ts';
import { answers, json, path } from '../../http/openapi-parts.ts';
import { createMcpServerBody, patchMcpServerBody } from '../tools/formats/mcp-server-format.ts';
import { serverSchema, toolSchema } from '../tools/formats/tool-schemas.ts';
import { createToolBody, listToolsQuery, patchToolBody } from '../tools/formats/tool-format.ts';

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
