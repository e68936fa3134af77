import type { TurnTool } from '../../../inference/turn/turn.ts';

/** An MCP server of a project; its tools are named `<server>/<tool>`. */
export interface McpServer {
  readonly id: string;
  /** Unique in the project; never changes. */
  readonly name: string;
  /** Its streamable HTTP endpoint. */
  readonly url: string;
  /** Sent with each request; the values are secrets. */
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** A person says yes before any of its tools is called. */
  readonly requiresApproval: boolean;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** What a server answered to whoever tries it. */
export interface McpTest {
  readonly tools: readonly TurnTool[];
  readonly latencyMs: number;
  /** null: it listed its tools. */
  readonly problem: string | null;
}

/** Whether a tool's name, or what stands for it, is one of this server. */
export const isOfServer = ({ name }: McpServer, toolName: string): boolean =>
  toolName.startsWith(`${name}/`);
