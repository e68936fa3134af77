import type { Context } from 'aws-lambda';
import { jsonBody } from '../../http/body.ts';
import type { Handler } from '../../http/door.ts';
import { isOriginKnown } from '../../http/origin.ts';
import type { HttpRequest } from '../../http/request.ts';
import { RESPONDER_SCOPES } from '../../ledger/domain/key.ts';
import { authenticateReader } from '../../ledger/door.ts';
import type { KeyRegister } from '../../ledger/ports.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Clock } from '../../shared/deps.ts';
import type { AskRoute } from './agent-tools.ts';
import { mcpServer, type McpParts } from './mcp-server.ts';

export interface McpRouteDeps {
  readonly keys: KeyRegister;
  readonly corsOrigins: string;
  readonly version: string;
  /** The routes that tools ask, as they are answered at the base URL. */
  readonly routes: Readonly<Record<string, Handler>>;
  readonly clock: Clock;
  readonly loadParts: () => Promise<McpParts>;
}

/** Clients of 2025-03-26 may send several messages at once; each may read as much as a search. */
const MESSAGES_MAX = 10;

/**
 * A server of the Model Context Protocol over streamable HTTP, without sessions: each POST is answered by JSON, and a
 * GET, which would open a stream for what a server says unasked, by 405.
 * https://modelcontextprotocol.io/specification/2025-11-25/basic/transports
 */
export const mcpRoutes = (deps: McpRouteDeps): Readonly<Record<string, Handler>> => ({
  'POST /v1/mcp': async (request, context) => {
    if (!isOriginKnown(deps.corsOrigins, request.headers['origin']))
      return { status: 403, body: refusal('Pages of this origin may not ask.') };
    const { scope } = await authenticateReader(deps.keys, request);
    const message = jsonBody(request);
    if (Array.isArray(message) && (message.length === 0 || message.length > MESSAGES_MAX))
      throw new AppError({
        code: 'invalid_request',
        publicMessage: `One to ${MESSAGES_MAX} messages at once.`,
      });
    const parts = await deps.loadParts();
    const server = mcpServer(parts, {
      version: deps.version,
      mayAct: RESPONDER_SCOPES.has(scope),
      functionName: context.functionName,
      ask: askAs(deps.routes, request, context),
      nowMs: () => deps.clock.nowMs(),
    });
    // No generator of ids: no sessions.
    const transport = new parts.WebStandardStreamableHTTPServerTransport({
      enableJsonResponse: true,
    });
    await server.connect(transport);
    try {
      const answer = await transport.handleRequest(transportRequest(request), {
        parsedBody: message,
      });
      return {
        status: answer.status,
        headers: { 'content-type': answer.headers.get('content-type') ?? 'application/json' },
        body: await answer.text(),
      };
    } finally {
      await server.close();
    }
  },
});

const refusal = (message: string) => ({
  jsonrpc: '2.0' as const,
  error: { code: -32_000, message },
  id: null,
});

/** What the transport looks at. Who takes JSON is answered by it, whatever else it takes: there is no stream to ask for. */
const transportRequest = ({ headers }: HttpRequest): Request => {
  const version = headers['mcp-protocol-version'];
  return new Request('https://sluice.invalid/v1/mcp', {
    method: 'POST',
    headers: {
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      ...(version === undefined ? {} : { 'mcp-protocol-version': version }),
    },
  });
};

/** Routes as the caller of this request asks them: with its key, by its name. */
const askAs =
  (routes: Readonly<Record<string, Handler>>, request: HttpRequest, context: Context): AskRoute =>
  async (route, { params = {}, query = {}, body }) => {
    const handler = routes[route];
    if (handler === undefined) throw new Error(`no route ${route}`);
    const { 'content-encoding': _, ...headers } = request.headers;
    const answer = await handler(
      {
        ...request,
        route,
        params,
        query: Object.fromEntries(
          Object.entries(query).flatMap(([name, value]) =>
            value === undefined ? [] : [[name, String(value)]],
          ),
        ),
        headers,
        body: Buffer.from(body === undefined ? '' : JSON.stringify(body)),
      },
      context,
    );
    return Object(answer.body);
  };
