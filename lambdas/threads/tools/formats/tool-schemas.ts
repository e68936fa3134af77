import * as z from 'zod';
import type { DeepReadonly } from '../../../shared/deep-readonly.ts';

const time = z.int().describe('epoch ms, UTC');

/** A tool on the wire. */
export const toolSchema = z
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
export type ToolView = DeepReadonly<z.infer<typeof toolSchema>>;

/** An MCP server on the wire. */
export const serverSchema = z
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
export type McpServerView = DeepReadonly<z.infer<typeof serverSchema>>;

/** What an MCP server answered to whoever tried it. */
export const serverTestSchema = z
  .strictObject({
    object: z.literal('mcp_server_test'),
    server_id: z.string(),
    ok: z.boolean().describe('It listed its tools'),
    latency_ms: z.int(),
    tools: z.array(
      z.strictObject({
        name: z.string().describe('<server>/<tool>, as a turn names it'),
        description: z.string(),
        offered: z.boolean(),
        note: z.string().nullable().describe('What was mended, or why it is not offered'),
      }),
    ),
    problem: z.string().nullable().describe('Why it did not list them'),
  })
  .meta({ id: 'McpServerTest' });
export type McpServerTestView = DeepReadonly<z.infer<typeof serverTestSchema>>;
