import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import * as z from 'zod';
import type { Json, ToolUseBlock, TurnTool } from '../../../inference/turn/turn.ts';
import { AnswerRefused, OutboundRefused, type SendOutbound } from '../../../platform/outbound.ts';
import {
  MCP_FAILED_TTL_MS,
  MCP_LIST_TIMEOUT_MS,
  MCP_LIST_TTL_MS,
  MCP_LISTS_MAX,
  MCP_PAGES_MAX,
  TOOL_ANSWER_BYTES_MAX,
} from '../../domain/limits.ts';
import { firstCharacters } from '../../../shared/characters.ts';
import { listedTool } from './mcp-tool.ts';
import type { McpServer, McpTest } from '../domain/mcp-server.ts';
import { toolOutcome } from '../domain/tool-outcome.ts';
import type { McpTools } from '../ports/tool-calls.ts';
import { mcpContent } from './mcp-content.ts';
import { mcpSession } from './mcp-session.ts';
import type { Timers } from '../../../shared/deps.ts';

export interface McpToolsDeps {
  readonly send: SendOutbound;
  readonly timers: Timers;
  readonly report: (message: string, error: unknown) => void;
}

interface Listed {
  readonly tools: Promise<readonly TurnTool[]>;
  untilMs: number;
}

/** Tools of MCP servers over streamable HTTP. A list is kept for a minute; each call is a session of its own. */
export const mcpTools = (deps: McpToolsDeps): McpTools => {
  const lists = new Map<string, Listed>();
  return {
    list: async (projectId, server) => {
      const name = JSON.stringify([projectId, server.id, server.updatedAtMs]);
      const nowMs = deps.timers.nowMs();
      const known = lists.get(name);
      if (known !== undefined && known.untilMs > nowMs) return await known.tools;
      const listed: Listed = { tools: asked(), untilMs: nowMs + MCP_LIST_TTL_MS };
      lists.delete(name);
      lists.set(name, listed);
      const [oldest] = lists.keys();
      if (lists.size > MCP_LISTS_MAX && oldest !== undefined) lists.delete(oldest);
      return await listed.tools;

      async function asked(): Promise<readonly TurnTool[]> {
        try {
          return await listTools(deps, server);
        } catch (error) {
          // A server that is away takes nothing but its own tools from a turn.
          deps.report('mcp server did not list its tools', {
            server_id: server.id,
            server_name: server.name,
            ...kindOf(error),
          });
          const entry = lists.get(name);
          if (entry !== undefined) entry.untilMs = deps.timers.nowMs() + MCP_FAILED_TTL_MS;
          return [];
        }
      }
    },
    test: async (server) => {
      const startMs = deps.timers.nowMs();
      const ended = (tools: readonly TurnTool[], problem: string | null): McpTest => ({
        tools,
        latencyMs: deps.timers.nowMs() - startMs,
        problem,
      });
      try {
        return ended(await listTools(deps, server), null);
      } catch (error) {
        return ended([], withoutHeaders(server, listProblem(error)));
      }
    },
    call: async (server, use, signal) => await callTool(deps, server, use, signal),
  };
};

/** For the log: what kind of failure, and none of its words, for they may be the server's. */
const kindOf = (error: unknown): object => ({
  error: error instanceof Error ? error.name : 'unknown',
  ...(error instanceof Error && 'code' in error ? { code: String(error.code) } : {}),
  ...(isRefused(error) ? { refused: error.message } : {}),
});

const isRefused = (error: unknown): error is OutboundRefused | AnswerRefused =>
  error instanceof OutboundRefused || error instanceof AnswerRefused;

const json: z.ZodType<Json> = z.json();
const listSchema = z.looseObject({
  tools: z.array(z.unknown()),
  nextCursor: z.string().nullish().catch(null),
});

const listTools = async (deps: McpToolsDeps, server: McpServer): Promise<readonly TurnTool[]> =>
  await mcpSession(deps.send, server, AbortSignal.timeout(MCP_LIST_TIMEOUT_MS), async (client) => {
    const tools: TurnTool[] = [];
    const cursors = new Set<string>();
    let cursor: string | null = null;
    for (let page = 0; page < MCP_PAGES_MAX; page++) {
      const answer: z.infer<typeof listSchema> = await onePage(client, cursor);
      tools.push(...answer.tools.flatMap((told) => listedTool(server, told)));
      cursor = answer.nextCursor || null;
      // Some servers name one page again and again.
      if (cursor === null || cursors.has(cursor)) break;
      cursors.add(cursor);
    }
    return withoutTwins(tools);
  });

/** A model takes no two tools of one name. One that is told again is the same; another one of its name is left out. */
const withoutTwins = (tools: readonly TurnTool[]): readonly TurnTool[] => {
  const names = new Set<string>();
  const seen = new Set<string>();
  return tools.flatMap((tool) => {
    const told = JSON.stringify(tool);
    if (seen.has(told)) return [];
    seen.add(told);
    if (!names.has(tool.name)) {
      names.add(tool.name);
      return [tool];
    }
    const reason = 'its server lists another tool of this name before it';
    return [{ ...tool, problem: { reason, isLeftOut: true } }];
  });
};

const onePage = async (client: Client, cursor: string | null) =>
  await client.request(
    { method: 'tools/list', params: cursor === null ? {} : { cursor } },
    listSchema,
    { timeout: MCP_LIST_TIMEOUT_MS },
  );

const resultSchema = z.looseObject({
  content: z.array(z.unknown()).nullish().catch(null),
  structuredContent: json.optional().catch(undefined),
  isError: z.boolean().nullish().catch(null),
});

/** One try: an MCP server does not say that asking twice is asking once. */
const callTool = async (
  deps: McpToolsDeps,
  server: McpServer,
  use: ToolUseBlock,
  signal: AbortSignal,
) => {
  const startMs = deps.timers.nowMs();
  const time = AbortSignal.timeout(server.timeoutMs);
  const ended = (
    content: Parameters<typeof toolOutcome>[1],
    status: Parameters<typeof toolOutcome>[2],
  ) =>
    toolOutcome(use, content, status, {
      latencyMs: deps.timers.nowMs() - startMs,
      attempts: 1,
    });
  try {
    const either = AbortSignal.any([signal, time]);
    const result = await mcpSession(
      deps.send,
      server,
      either,
      async (client) =>
        await client.request(
          {
            method: 'tools/call',
            params: {
              name: use.name.slice(`${server.name}/`.length),
              arguments: z.record(z.string(), json).catch({}).parse(use.input),
            },
          },
          resultSchema,
          { signal: either, timeout: server.timeoutMs },
        ),
    );
    const content = mcpContent({ ...result, content: result.content ?? [] });
    if (Buffer.byteLength(JSON.stringify(content)) > TOOL_ANSWER_BYTES_MAX)
      return ended(`The answer is larger than ${TOOL_ANSWER_BYTES_MAX} bytes.`, 'failed');
    return ended(content, result.isError === true ? 'failed' : 'completed');
  } catch (error) {
    if (signal.aborted) return ended('The call was cancelled.', 'cancelled');
    if (time.aborted)
      return ended(`The tool did not answer within ${server.timeoutMs} ms.`, 'timed_out');
    return ended(whyOf(error), 'failed');
  }
};

/** For the project's admin, who knows the server and can cure it. */
const listProblem = (error: unknown): string => {
  if (error instanceof OutboundRefused) return `The request was refused: ${error.message}.`;
  if (error instanceof AnswerRefused) return `The answer was refused: ${error.message}.`;
  if (!(error instanceof Error)) return 'The server could not be reached.';
  if (['AbortError', 'TimeoutError'].includes(error.name))
    return `The server did not list its tools within ${MCP_LIST_TIMEOUT_MS} ms.`;
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return firstCharacters(`${error.message}${cause}`, WHY_CHARS_MAX);
};

/** A server may answer what it was sent; what its headers say is never shown. */
const withoutHeaders = ({ headers }: McpServer, text: string): string =>
  Object.values(headers)
    .flatMap((value) => [value, ...value.split(/\s+/)])
    .filter((word) => word.length >= HEADER_WORD_CHARS_MIN)
    .reduce((shown, word) => shown.replaceAll(word, '***'), text);

const HEADER_WORD_CHARS_MIN = 4;
const WHY_CHARS_MAX = 500;

const whyOf = (error: unknown): string => {
  if (error instanceof OutboundRefused) return `The call was refused: ${error.message}.`;
  if (error instanceof AnswerRefused) return `The answer was refused: ${error.message}.`;
  // What the server itself answered: a wrong argument, an unknown tool.
  if (error instanceof Error && error.name === 'McpError')
    return firstCharacters(error.message, WHY_CHARS_MAX);
  return 'The tool could not be reached.';
};
