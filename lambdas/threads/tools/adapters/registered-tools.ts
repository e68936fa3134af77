import * as z from 'zod';
import { TOOLS_MAX } from '../../domain/limits.ts';
import type { RegisteredTool } from '../domain/tool.ts';
import type { ProjectList } from '../../ports/projects.ts';
import { tableProjectList } from '../../adapters/table-project-list.ts';
import type { Tables } from '../../../platform/tables/tables.ts';

const schema: z.ZodType<RegisteredTool> = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  inputSchema: z.record(z.string(), z.json()),
  webhookUrl: z.string(),
  timeoutMs: z.number(),
  requiresApproval: z.boolean(),
  secret: z.string(),
  createdAtMs: z.number(),
  updatedAtMs: z.number(),
});

/** The tools of a project that answer by webhook. */
export const registeredTools = (tables: Tables): ProjectList<RegisteredTool> =>
  tableProjectList({ tables, prefix: 'TOOL', schema, entriesMax: TOOLS_MAX });
