import type { ToolUseBlock, TurnTool } from '../../../inference/turn/turn.ts';
import { AppError } from '../../../shared/app-error.ts';
import { FIND_TOOLS, queryOf } from '../domain/find-tools.ts';
import { refusalWords } from '../../domain/tool-answer.ts';
import { OFFERED_MAX } from '../../domain/limits.ts';
import { isOfServer, type McpServer } from '../domain/mcp-server.ts';
import type { Run } from '../../domain/thread.ts';
import { turnToolOf, type RegisteredTool } from '../domain/tool.ts';
import { toolOutcome } from '../domain/tool-outcome.ts';
import type { ToolBox, ToolOutcome } from '../../ports/tools.ts';
import type { CallWebhook, McpTools } from '../ports/tool-calls.ts';
import type { ProjectList } from '../../ports/projects.ts';
import type { ThreadStore } from '../../ports/store.ts';
import { clientToolBox } from './client-tool-box.ts';

export interface ProjectToolBoxDeps {
  readonly store: Pick<ThreadStore, 'toolAnswer'>;
  readonly tools: ProjectList<RegisteredTool>;
  readonly webhook: CallWebhook;
  readonly mcpServers: ProjectList<McpServer>;
  readonly mcp: McpTools;
}

/** A tool of the project, wherever it runs. */
interface Source {
  /** By which a run may name it. */
  readonly id: string;
  readonly tool: TurnTool;
  readonly requiresApproval: boolean;
  readonly timeoutMs: number;
  readonly call: (run: Run, use: ToolUseBlock, signal: AbortSignal) => Promise<ToolOutcome>;
}

/** The tools of a run: those of the client, and those of the project that its `tools_mode` lets in. */
export const projectToolBox = (deps: ProjectToolBoxDeps): ToolBox => {
  const client = clientToolBox(deps.store);
  return {
    offered: async (run, own) => {
      const clientTools = await client.offered(run, own);
      const sources = await sourcesOf(deps, run, run.settings.toolIds);
      const missing = run.settings.toolIds.find(
        (wanted) => !sources.some((source) => isNamed(source, wanted)),
      );
      if (missing !== undefined)
        throw offerRefused('tool_ids', await whyMissing(deps, run.projectId, missing));
      const tools = sources.map(({ tool }) => tool);
      if (run.settings.toolsMode !== 'dynamic') return checkOffer(clientTools, tools);
      const { toolsFound } = await import('#beside/find-tools');
      return checkOffer(clientTools, [FIND_TOOLS, ...toolsFound(tools.filter(isOffered), own)]);
    },
    call: async (run, use, signal) => {
      if (run.settings.clientTools.some(({ name }) => name === use.name))
        return await client.call(run, use, signal);
      if (run.settings.toolsMode === 'dynamic' && use.name === FIND_TOOLS.name)
        return await searchTools(await sourcesOf(deps, run, []), use);
      const source = await sourceFor(deps, run, use);
      if (source === undefined) return unknownTool(use);
      if (source.requiresApproval) {
        const answer = await deps.store.toolAnswer(run, use.id);
        if (answer === null) return { kind: 'waits', wants: 'approval' };
        // A result that somebody put in place of a yes is none.
        if (answer.kind === 'result')
          return toolOutcome(use, refusalWords(undefined), 'denied', NOT_RUN);
        if (!answer.isApproved)
          return toolOutcome(use, refusalWords(answer.reason), 'denied', NOT_RUN);
      }
      return await source.call(run, use, signal);
    },
    timeMs: async (run, use) => {
      if (run.settings.clientTools.some(({ name }) => name === use.name)) return 0;
      const source = await sourceFor(deps, run, use);
      if (source === undefined) return 0;
      const waits = source.requiresApproval && (await deps.store.toolAnswer(run, use.id)) === null;
      return waits ? 0 : source.timeoutMs;
    },
  };
};

const whyMissing = async (
  deps: ProjectToolBoxDeps,
  projectId: string,
  name: string,
): Promise<string> => {
  const server = (await deps.mcpServers.all(projectId)).find((each) => isOfServer(each, name));
  return server === undefined
    ? `${name} is no tool of this project: GET /v1/tools has those that it registered`
    : `the MCP server ${server.name} did not list ${name}: POST /v1/mcp-servers/${server.id}/test says why`;
};

const sourceFor = async (
  deps: ProjectToolBoxDeps,
  run: Run,
  use: ToolUseBlock,
): Promise<Source | undefined> =>
  (await sourcesOf(deps, run, [use.name])).find(({ tool }) => tool.name === use.name);

/** Tools of the project. When names are given, only servers that could have one of them are asked. */
const sourcesOf = async (
  deps: ProjectToolBoxDeps,
  run: Run,
  names: readonly string[],
): Promise<readonly Source[]> => {
  const { toolsMode, toolIds } = run.settings;
  switch (toolsMode) {
    case 'none':
    case 'client':
      return [];
    case 'tenant':
    case 'dynamic':
      return await everySource(deps, run.projectId, names);
    case 'explicit': {
      const all = await everySource(deps, run.projectId, names);
      return toolIds.flatMap((wanted) => all.find((source) => isNamed(source, wanted)) ?? []);
    }
  }
};

const isNamed = ({ id, tool }: Source, wanted: string): boolean =>
  id === wanted || tool.name === wanted;

const everySource = async (
  deps: ProjectToolBoxDeps,
  projectId: string,
  names: readonly string[],
): Promise<readonly Source[]> => {
  const [registered, servers] = await Promise.all([
    deps.tools.all(projectId),
    deps.mcpServers.all(projectId),
  ]);
  const asked = servers.filter(
    (server) => names.length === 0 || names.some((name) => isOfServer(server, name)),
  );
  const ofServers = await Promise.all(
    asked.map(async (server) =>
      (await deps.mcp.list(projectId, server)).map((tool) => sourceOfServer(deps, server, tool)),
    ),
  );
  const all = [...registered.map((tool) => sourceOfTool(deps, tool)), ...ofServers.flat()];
  // A registered tool goes before a server's of the same name.
  return all.filter(({ tool }, at) => all.findIndex((one) => one.tool.name === tool.name) === at);
};

const sourceOfTool = (deps: ProjectToolBoxDeps, registered: RegisteredTool): Source => ({
  id: registered.id,
  tool: turnToolOf(registered),
  requiresApproval: registered.requiresApproval,
  timeoutMs: registered.timeoutMs,
  call: async (run, use, signal) => await deps.webhook(registered, run, use, signal),
});

const sourceOfServer = (deps: ProjectToolBoxDeps, server: McpServer, tool: TurnTool): Source => ({
  id: tool.name,
  tool,
  requiresApproval: server.requiresApproval,
  timeoutMs: server.timeoutMs,
  call: async (_run, use, signal) => await deps.mcp.call(server, use, signal),
});

/** No two tools of a name, and no more than a model accepts. */
const checkOffer = (
  clientTools: readonly TurnTool[],
  ours: readonly TurnTool[],
): readonly TurnTool[] => {
  const names = new Set(ours.map(({ name }) => name));
  const twice = clientTools.find(({ name }) => names.has(name));
  if (twice !== undefined)
    throw offerRefused('tools', `${twice.name} is the name of a tool of the project too`);
  const all = [...clientTools, ...ours];
  const { length: count } = all.filter(isOffered);
  if (count > OFFERED_MAX)
    throw offerRefused(
      'tools_mode',
      `${count} tools are more than the ${OFFERED_MAX} that a model takes; use explicit or dynamic`,
    );
  return all;
};

const isOffered = ({ problem }: TurnTool): boolean => problem?.isLeftOut !== true;

const searchTools = async (sources: readonly Source[], use: ToolUseBlock): Promise<ToolOutcome> => {
  const query = queryOf(use);
  if (query === null)
    return toolOutcome(use, 'Say in `query` what the tool should do.', 'failed', NO_TIME);
  const { findTools } = await import('#beside/find-tools');
  const found = findTools(sources.map(({ tool }) => tool).filter(isOffered), query);
  const content =
    found.length === 0
      ? 'No tool was found. Try other words.'
      : JSON.stringify(found.map(({ name, description }) => ({ name, description })));
  return toolOutcome(use, content, 'completed', NO_TIME);
};

const NO_TIME = { latencyMs: 0, attempts: 1 };
const NOT_RUN = { latencyMs: 0, attempts: 0 };

const unknownTool = (use: ToolUseBlock): ToolOutcome =>
  toolOutcome(use, `There is no tool of the name ${use.name}.`, 'failed', NOT_RUN);

const offerRefused = (param: string, problem: string): AppError =>
  new AppError({
    code: 'invalid_request',
    publicMessage: `${param}: ${problem}`,
    facts: { param },
  });
