import * as z from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { answers, chapter, json } from '../../http/openapi-parts.ts';

const agents = chapter('Agents');

const messageSchema = z
  .looseObject({
    jsonrpc: z.literal('2.0'),
    id: z.union([z.string(), z.int()]).optional(),
    method: z.string(),
    params: z.record(z.string(), z.unknown()).optional(),
  })
  .meta({ id: 'McpMessage' });

const answerSchema = z
  .looseObject({
    jsonrpc: z.literal('2.0'),
    id: z.union([z.string(), z.int()]),
    result: z.record(z.string(), z.unknown()).optional(),
    error: z.looseObject({ code: z.int(), message: z.string() }).optional(),
  })
  .meta({ id: 'McpAnswer' });

export const MCP_PATHS: ZodOpenApiPathsObject = {
  '/v1/mcp': {
    post: {
      ...agents('askAsAgent', 'Speak the Model Context Protocol'),
      requestBody: json(messageSchema, {
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name: 'list_incidents', arguments: { state: 'live' } },
      }),
      ...answers(
        '200',
        'What was asked for; a tool that failed says so in its result. A message that asks nothing gets 202',
        json(answerSchema, {
          jsonrpc: '2.0',
          id: 1,
          result: { content: [{ type: 'text', text: '...' }], structuredContent: {} },
        }),
      ),
    },
  },
};
