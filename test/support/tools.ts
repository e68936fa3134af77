import { idOfName, type RegisteredTool } from '../../lambdas/threads/tools/domain/tool.ts';

/** A tool of a project. */
export const registered = (fields: Partial<RegisteredTool> = {}): RegisteredTool => ({
  id: idOfName('tool', fields.name ?? 'look'),
  name: 'look',
  description: 'Looks at a place',
  inputSchema: { type: 'object' },
  webhookUrl: 'https://tool.example/',
  timeoutMs: 5_000,
  requiresApproval: false,
  secret: 'whsec_test',
  createdAtMs: 0,
  updatedAtMs: 0,
  ...fields,
});
