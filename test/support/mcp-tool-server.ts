import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import * as z from 'zod';
import { listenHere } from '../../local/http/listen-here.ts';

export interface McpToolServer {
  readonly url: string;
  /** Methods of HTTP and of the protocol, as they came. */
  readonly heard: string[];
  /** `authorization` of each request. */
  readonly credentials: (string | undefined)[];
  stop(): void;
}

const toolsOf = (): McpServer => {
  const server = new McpServer({ name: 'house', version: '1' });
  server.registerTool(
    'look',
    { description: 'Looks at a place', inputSchema: { at: z.number() } },
    async ({ at }) => ({ content: [{ type: 'text', text: `door ${at}` }] }),
  );
  server.registerTool('paint', { description: 'Draws the place' }, async () => ({
    content: [
      { type: 'image', data: 'iVBORw0KGgo=', mimeType: 'image/png' },
      { type: 'audio', data: 'AAAA', mimeType: 'audio/wav' },
    ],
  }));
  server.registerTool('broken', { description: 'Never works' }, async () => {
    throw new Error('the wall is wet');
  });
  server.registerTool('huge', { description: 'Says too much' }, async () => ({
    content: [{ type: 'text', text: 'x'.repeat(300_000) }],
  }));
  server.registerTool('silent', { description: 'Says nothing' }, async () => {
    await new Promise(() => undefined);
    return { content: [] };
  });
  return server;
};

/** A real MCP server of the SDK over streamable HTTP, with sessions; it answers by JSON or by events. */
export const startMcpServer = async (isJson: boolean): Promise<McpToolServer> => {
  const heard: string[] = [];
  const credentials: (string | undefined)[] = [];
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  const opened = async (): Promise<StreamableHTTPServerTransport> => {
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      enableJsonResponse: isJson,
      onsessioninitialized: (id) => void sessions.set(id, transport),
    });
    await toolsOf().connect(transport);
    return transport;
  };
  const server = createServer((request, answer) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const text = Buffer.concat(parts).toString('utf8');
      const body: unknown = text === '' ? undefined : JSON.parse(text);
      heard.push(`${request.method ?? ''} ${methodOf(body)}`.trim());
      credentials.push(request.headers.authorization);
      const session = sessions.get(String(request.headers['mcp-session-id']));
      const reply = async (): Promise<void> =>
        await (session ?? (await opened())).handleRequest(request, answer, body);
      void reply();
    });
  });
  const port = await listenHere(server);
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    heard,
    credentials,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};

const methodOf = (body: unknown): string =>
  z.looseObject({ method: z.string() }).safeParse(body).data?.method ?? '';
