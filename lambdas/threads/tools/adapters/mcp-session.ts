import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { IncomingMessage } from 'node:http';
import { OutboundRefused, type SendOutbound } from '../../../platform/outbound.ts';
import { MCP_ANSWER_BYTES_MAX } from '../../domain/limits.ts';
import type { McpServer } from '../domain/mcp-server.ts';

const NO_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/** One session with a server, for one piece of work. The client is loaded with the first one: most projects have no server. */
export const mcpSession = async <T>(
  send: SendOutbound,
  server: McpServer,
  signal: AbortSignal,
  work: (client: Client) => Promise<T>,
): Promise<T> => {
  const { Client, StreamableHTTPClientTransport } = await import('#beside/mcp-client');
  const transport = new StreamableHTTPClientTransport(new URL(server.url), {
    fetch: guardedFetch(send, signal),
    requestInit: { headers: { ...server.headers } },
    reconnectionOptions: {
      maxRetries: 0,
      initialReconnectionDelay: 1_000,
      maxReconnectionDelay: 1_000,
      reconnectionDelayGrowFactor: 1,
    },
  });
  const client = new Client({ name: 'sluice', version: '1' });
  try {
    await client.connect(transport, { signal });
    return await work(client);
  } finally {
    // A server that keeps sessions may drop this one; one that does not says so, and that is fine.
    await transport.terminateSession().catch(() => undefined);
    await client.close();
  }
};

/** The SDK's requests go out by the same guard as webhooks: public addresses only, no redirects, bounded answers. */
const guardedFetch =
  (send: SendOutbound, signal: AbortSignal) =>
  async (url: string | URL, init?: RequestInit): Promise<Response> => {
    const method = init?.method ?? 'GET';
    // Nobody listens to what a server says unasked: this is how a server tells that it has no such stream.
    if (method === 'GET') return new Response(null, { status: 405 });
    const body = init?.body;
    if (body !== undefined && body !== null && typeof body !== 'string')
      throw new OutboundRefused('the request is no text');
    const answer = await send(
      {
        url: String(url),
        method,
        headers: Object.fromEntries(new Headers(init?.headers)),
        body: body ?? null,
      },
      AbortSignal.any([signal, ...(init?.signal ? [init.signal] : [])]),
    );
    if (answer.status >= 300 && answer.status <= 399) {
      answer.body.destroy();
      throw new OutboundRefused('redirects are not followed');
    }
    if (NO_BODY.has(answer.status)) answer.body.destroy();
    return new Response(NO_BODY.has(answer.status) ? null : bounded(answer.body), {
      status: answer.status,
      headers: answer.headers,
    });
  };

/** Leaving it early closes the connection. */
const bounded = (body: IncomingMessage): ReadableStream<Uint8Array> => {
  const parts = body[Symbol.asyncIterator]();
  let bytes = 0;
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const { done, value } = await parts.next();
      if (done === true) return controller.close();
      const chunk = Buffer.from(value);
      bytes += chunk.length;
      if (bytes <= MCP_ANSWER_BYTES_MAX) return controller.enqueue(chunk);
      body.destroy();
      throw new OutboundRefused(`the answer is larger than ${MCP_ANSWER_BYTES_MAX} bytes`);
    },
    cancel: () => void body.destroy(),
  });
};
