import * as z from 'zod';
import type { ToolView } from './tool-schemas.ts';
import { queryNumber } from '../../../http/query-number.ts';
import { anyJson } from '../../../inference/turn/any-json.ts';
import {
  TOOL_DESCRIPTION_CHARS_MAX,
  TOOL_NAME_CHARS_MAX,
  TOOL_SCHEMA_BYTES_MAX,
  TOOL_TIMEOUT_DEFAULT_MS,
  TOOL_TIMEOUT_MAX_MS,
  TOOL_TIMEOUT_MIN_MS,
  TOOL_URL_CHARS_MAX,
} from '../../domain/limits.ts';
import { FIND_TOOLS } from '../domain/find-tools.ts';
import { idOfName, type RegisteredTool } from '../domain/tool.ts';

const fields = {
  description: z.string().min(1).max(TOOL_DESCRIPTION_CHARS_MAX),
  input_schema: z
    .record(z.string(), anyJson)
    .refine(({ type }) => type === 'object', 'a JSON Schema whose type is object')
    .refine(
      (schema) => Buffer.byteLength(JSON.stringify(schema)) <= TOOL_SCHEMA_BYTES_MAX,
      `at most ${TOOL_SCHEMA_BYTES_MAX} bytes`,
    ),
  webhook_url: z.string().min(1).max(TOOL_URL_CHARS_MAX),
  timeout_ms: z.int().min(TOOL_TIMEOUT_MIN_MS).max(TOOL_TIMEOUT_MAX_MS),
  requires_approval: z.boolean(),
};

export const createToolBody = z.strictObject({
  name: z
    .string()
    .max(TOOL_NAME_CHARS_MAX)
    .regex(/^[\w.-]+(?:\/[\w.-]+)*$/, 'letters, digits, _ . - and / between two parts')
    .refine((name) => name !== FIND_TOOLS.name, 'a name of Sluice itself'),
  ...fields,
  timeout_ms: fields.timeout_ms.default(TOOL_TIMEOUT_DEFAULT_MS),
  requires_approval: fields.requires_approval.default(false),
});
export const patchToolBody = z.strictObject(fields).partial();
export const listToolsQuery = z.strictObject({
  limit: queryNumber(1, 100).default(50),
  cursor: z.string().max(1_024).optional(),
});

export const toolOf = (
  body: z.infer<typeof createToolBody>,
  secret: string,
  nowMs: number,
): RegisteredTool => ({
  id: idOfName('tool', body.name),
  name: body.name,
  description: body.description,
  inputSchema: body.input_schema,
  webhookUrl: body.webhook_url,
  timeoutMs: body.timeout_ms,
  requiresApproval: body.requires_approval,
  secret,
  createdAtMs: nowMs,
  updatedAtMs: nowMs,
});

export const patchTool = (
  tool: RegisteredTool,
  body: z.infer<typeof patchToolBody>,
  nowMs: number,
): RegisteredTool => ({
  ...tool,
  description: body.description ?? tool.description,
  inputSchema: body.input_schema ?? tool.inputSchema,
  webhookUrl: body.webhook_url ?? tool.webhookUrl,
  timeoutMs: body.timeout_ms ?? tool.timeoutMs,
  requiresApproval: body.requires_approval ?? tool.requiresApproval,
  updatedAtMs: nowMs,
});

/** A tool on the wire, without what signs its calls. */
export const toolView = (tool: RegisteredTool): ToolView => ({
  id: tool.id,
  object: 'tool',
  name: tool.name,
  description: tool.description,
  input_schema: tool.inputSchema,
  webhook_url: tool.webhookUrl,
  timeout_ms: tool.timeoutMs,
  requires_approval: tool.requiresApproval,
  created_at: tool.createdAtMs,
  updated_at: tool.updatedAtMs,
});
