import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Readable } from 'node:stream';
import * as z from 'zod';
import { AnswerRefused, OutboundRefused, type SendOutbound } from '../../../platform/outbound.ts';
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
  const cut = Promise.withResolvers<never>();
  // Nobody may ever wait for it.
  cut.promise.catch(() => undefined);
  const transport = new StreamableHTTPClientTransport(new URL(server.url), {
    fetch: guardedFetch(send, signal, (error) =>
      cut.reject(error instanceof AnswerRefused ? error : new AnswerCut()),
    ),
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
    await Promise.race([client.connect(transport, { signal }), cut.promise]);
    return await Promise.race([work(client), cut.promise]);
  } finally {
    // A server that keeps sessions may drop this one; one that does not says so, and that is fine.
    await transport.terminateSession().catch(() => undefined);
    await client.close();
  }
};

/** The server ended its stream of events before it answered: the SDK would wait for the whole time of the tool. */
class AnswerCut extends Error {
  override readonly name = 'AnswerCut';
}

/** The SDK's requests go out by the same guard as webhooks: public addresses only, no redirects, bounded answers. */
const guardedFetch =
  (send: SendOutbound, signal: AbortSignal, onCut: OnCut) =>
  async (url: string | URL, init?: RequestInit): Promise<Response> => {
    const method = init?.method ?? 'GET';
    // Nobody listens to what a server says unasked: this is how a server says that it has no such stream.
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
    const isStream = (answer.headers['content-type'] ?? '').startsWith('text/event-stream');
    const watch = isStream ? answerWatch(body ?? '', onCut) : null;
    return new Response(NO_BODY.has(answer.status) ? null : bounded(answer.body, watch), {
      status: answer.status,
      headers: answer.headers,
    });
  };

/** Called with what ended the stream; null: its server did. */
type OnCut = (error: unknown) => void;

interface Watch {
  readonly see: (chunk: Uint8Array) => void;
  readonly end: (error: unknown) => void;
}

const request = z.looseObject({ id: z.union([z.string(), z.number()]), method: z.string() });
const response = z
  .looseObject({ id: z.union([z.string(), z.number()]) })
  .refine((message) => 'result' in message || 'error' in message);

/** Watches whether a stream of events has the answer to the request that it came for. */
const answerWatch = (body: string, onCut: OnCut): Watch | null => {
  const asked = request.safeParse(jsonOrNull(body)).data;
  if (asked === undefined) return null;
  const decoder = new TextDecoder();
  let text = '';
  return {
    see: (chunk) => void (text += decoder.decode(chunk, { stream: true })),
    end: (error) => {
      const isAnswered = text
        .split(/\r\n\r\n|\n\n|\r\r/)
        .some((event) => response.safeParse(jsonOrNull(dataOf(event))).data?.id === asked.id);
      if (!isAnswered) onCut(error);
    },
  };
};

const dataOf = (event: string): string =>
  event
    .split(/\r\n|\n|\r/)
    .flatMap((line) => (line.startsWith('data:') ? [line.slice('data:'.length)] : []))
    .join('\n');

const jsonOrNull = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

/** Leaving it early closes the connection. */
const bounded = (body: Readable, watch: Watch | null): ReadableStream<Uint8Array> => {
  const parts = body[Symbol.asyncIterator]();
  let bytes = 0;
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      try {
        const { done, value } = await parts.next();
        if (done === true) {
          watch?.end(null);
          return controller.close();
        }
        const chunk = Buffer.from(value);
        watch?.see(chunk);
        bytes += chunk.length;
        if (bytes <= MCP_ANSWER_BYTES_MAX) return controller.enqueue(chunk);
        throw new AnswerRefused(`the answer is larger than ${MCP_ANSWER_BYTES_MAX} bytes`);
      } catch (error) {
        body.destroy();
        watch?.end(error);
        throw error;
      }
    },
    cancel: () => void body.destroy(),
  });
};
