import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { listenHere } from './listen-here.ts';
import { isLoopback } from './loopback.ts';
import { createServer } from './node-http.ts';

export interface Endpoint {
  readonly url: string;
  stop(): void;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** One AWS service on a free port of this machine, with the request's path and bytes as they were sent. */
export const startEndpoint = async (
  answer: (request: IncomingMessage) => Promise<Answer>,
): Promise<Endpoint> => {
  const server = createServer((request, response) => {
    void respond(answer, request, response);
  });
  const port = await listenHere(server);
  return {
    url: `http://127.0.0.1:${port}`,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};

const respond = async (
  answer: (request: IncomingMessage) => Promise<Answer>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const requestId = { 'x-amz-request-id': randomUUID() };
  try {
    const { status, headers, body } = isSdk(request) ? await answer(request) : FORBIDDEN;
    response.writeHead(status, { ...requestId, ...headers });
    response.end(request.method === 'HEAD' ? undefined : body);
  } catch (error) {
    console.error(`${request.method} ${request.url}:`, error);
    response.writeHead(500, requestId);
    response.end();
  }
};

const FORBIDDEN: Answer = { status: 403 };

/**
 * Signatures are not checked, but that there is one is: no page of the web can send it here unasked, so what the
 * functions may do is not open to every page that this machine's browser shows.
 */
const isSdk = ({ headers, url }: IncomingMessage): boolean =>
  isLoopback(headers.host) &&
  (headers.authorization?.startsWith('AWS4-') === true ||
    url?.includes('X-Amz-Signature=') === true);

/** An error of the services that speak JSON over REST. */
export const jsonError = (status: number, type: string, message: string): Answer => ({
  status,
  headers: { 'content-type': 'application/json', 'x-amzn-errortype': type },
  body: JSON.stringify({ message }),
});
