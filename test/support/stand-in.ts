import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { text } from 'node:stream/consumers';
import { listenHere } from '../../local/http/listen-here.ts';

/** A request as a stand-in reads it. */
export interface StandInRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface StandInAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON, a text as a page. */
  readonly body?: object | string;
}

/** What goes wrong with a request: in place of being handled, or after it was. */
export interface Mishap {
  readonly when: 'instead' | 'after';
  /** `cut`: the connection ends without a byte. */
  readonly answer: StandInAnswer | 'cut';
  /** Only of a request whose `METHOD /path` fits. */
  readonly of?: RegExp;
}

export interface StandIn {
  readonly url: string;
  readonly seen: readonly StandInRequest[];
  /** The next requests that fit go wrong, each mishap once. */
  fails(...mishaps: readonly Mishap[]): void;
  stop(): void;
}

/** For clients that speak TLS alone. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** A server on a port of this machine that behaves as a vendor's does, and goes wrong when it is told to. */
export const startStandIn = async (
  handle: (request: StandInRequest) => StandInAnswer,
  certificate: Certificate | null = null,
): Promise<StandIn> => {
  const seen: StandInRequest[] = [];
  let mishaps: readonly Mishap[] = [];
  const answerTo = async (incoming: IncomingMessage): Promise<StandInAnswer | 'cut'> => {
    const url = new URL(incoming.url ?? '/', 'http://stand-in');
    const request: StandInRequest = {
      method: incoming.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      headers: incoming.headers,
      body: await text(incoming),
    };
    seen.push(request);
    const mishap = mishaps.find(
      ({ of }) => of === undefined || of.test(`${request.method} ${request.path}`),
    );
    mishaps = mishaps.filter((one) => one !== mishap);
    if (mishap?.when === 'instead') return mishap.answer;
    const handled = handle(request);
    return mishap?.answer ?? handled;
  };
  const respond = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const answer = await answerTo(incoming);
    if (answer === 'cut') {
      response.socket?.resetAndDestroy();
      return;
    }
    const isText = typeof answer.body === 'string';
    response.writeHead(answer.status, {
      'content-type': isText ? 'text/html' : 'application/json',
      ...answer.headers,
    });
    response.end(answer.body === undefined || isText ? answer.body : JSON.stringify(answer.body));
  };
  const listener = (incoming: IncomingMessage, response: ServerResponse): void => {
    respond(incoming, response).catch(() => response.destroy());
  };
  const server =
    certificate === null ? createServer(listener) : createTlsServer(certificate, listener);
  const port = await listenHere(server);
  return {
    url: `${certificate === null ? 'http' : 'https'}://127.0.0.1:${port}`,
    seen,
    fails: (...next) => {
      mishaps = next;
    },
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};

/** An object of JSON; null: it is none. */
export const objectOf = (body: string): Record<string, unknown> | null => {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
};

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
