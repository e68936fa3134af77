import type { ToolUseBlock, TurnTool } from '../../../inference/turn/turn.ts';
import type { Run } from '../../domain/thread.ts';
import type { ToolOutcome } from '../../ports/tools.ts';
import type { McpServer, McpTest } from '../domain/mcp-server.ts';
import type { RegisteredTool } from '../domain/tool.ts';

/** Calls a tool by its webhook, signed. Never throws for what the tool does; an abort ends it as cancelled. */
export type CallWebhook = (
  tool: RegisteredTool,
  run: Run,
  use: ToolUseBlock,
  signal: AbortSignal,
) => Promise<ToolOutcome>;

/** Tools of MCP servers. */
export interface McpTools {
  /** Named `<server>/<tool>`; as they were at most a minute ago. None, when the server does not answer. */
  list(projectId: string, server: McpServer): Promise<readonly TurnTool[]>;
  /** Asks it now, and says why it does not answer. */
  test(server: McpServer): Promise<McpTest>;
  /** Never throws for what the tool does; an abort ends it as cancelled. */
  call(server: McpServer, use: ToolUseBlock, signal: AbortSignal): Promise<ToolOutcome>;
}
