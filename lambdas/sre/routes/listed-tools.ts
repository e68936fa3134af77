import type * as z from 'zod';
import {
  AGENT_INPUTS,
  AGENT_OUTPUTS,
  jsonSchemaOf,
  type AgentToolName,
} from '../formats/agent-schemas.ts';
import { AGENT_TOOLS, type AgentTool } from './agent-tools.ts';

/** The tools as `tools/list` shows them. Their schemas are made once, for the first who asks. */
export const listedTools = () => {
  listed ??= NAMES.map((name) => toolView(name));
  return listed;
};

const NAMES = [
  'list_incidents',
  'get_incident',
  'list_anomalies',
  'explain_anomaly',
  'why_ticket',
  'search_logs',
  'get_trace',
  'list_services',
  'explain_lines',
  'acknowledge_incident',
  'add_note',
  'list_runbooks',
  'get_runbook',
  'propose_step',
  'resolve_incident',
] as const satisfies readonly AgentToolName[];

const toolView = (name: AgentToolName) => ({
  name,
  title: AGENT_TOOLS[name].title,
  description: AGENT_TOOLS[name].description,
  inputSchema: objectSchema(AGENT_INPUTS[name], 'input'),
  outputSchema: objectSchema(AGENT_OUTPUTS[name], 'output'),
  annotations: annotationsOf(AGENT_TOOLS[name]),
});

let listed: ReturnType<typeof toolView>[] | null = null;

const objectSchema = (schema: z.ZodType, io: 'input' | 'output') => ({
  ...jsonSchemaOf(schema, io),
  type: 'object' as const,
});

/** Nothing but what a project sent to Sluice is reached. */
const annotationsOf = ({ title, does, isIdempotent }: AgentTool) => ({
  title,
  readOnlyHint: does === 'read',
  destructiveHint: does === 'end',
  idempotentHint: isIdempotent,
  openWorldHint: false,
});
