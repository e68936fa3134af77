import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import * as z from 'zod';
import { EVENT_BYTES_MAX, EventTooLarge, type FunctionHost } from '../lambda/function-host.ts';
import type { Resource } from '../template.ts';
import { gatewayError } from './gateway-errors.ts';
import { answerBody, decodedBody, eventBody, UnsupportedCoding } from './media.ts';
import { headersOf, proxyEvent } from './proxy-event.ts';
import type { Answered } from './request-lines.ts';
import { routeMatcher, type Matched, type Route } from './routes.ts';

const answerSchema = z.object({
  statusCode: z.number(),
  headers: z.record(z.string(), z.string()).default({}),
  body: z.string().default(''),
  isBase64Encoded: z.boolean().default(false),
});

export interface FrontDoorDeps {
  readonly routes: readonly Route[];
  readonly functions: ReadonlyMap<string, FunctionHost>;
  /** What the template's API treats as bytes that are no text. */
  readonly binaryMediaTypes: readonly string[];
  /** The gateway responses of the template by type. */
  readonly errors: ReadonlyMap<string, Resource>;
  readonly onError: (functionId: string, error: unknown) => void;
  readonly onAnswer?: (status: number) => void;
  /** An answer was sent to its end, or its client left. */
  readonly onDone?: (answered: Answered) => void;
}

/**
 * The REST API on a laptop: Node's own server without a framework, because each call and each chunk passes here. A
 * client that leaves is not reported to the function: AWS does not report it either.
 */
export const frontDoor = (deps: FrontDoorDeps): RequestListener => {
  const match = routeMatcher(deps.routes);
  return (request, response) => {
    const requestId = randomUUID();
    const startedAtMs = Date.now();
    let shownId: string = requestId;
    const begin: Begin = (status, headers) => {
      response.writeHead(status, headers);
      shownId = headers['x-request-id'] ?? requestId;
      deps.onAnswer?.(status);
    };
    const refuse = (type: string, status: number): void => {
      const error = gatewayError(deps.errors.get(type), status, requestId);
      begin(error.status, error.headers);
      response.end(error.body);
    };
    const url = urlOf(request);
    const matched = url === null ? null : match(request.method ?? '', url.pathname);
    if (url === null || matched === null) return refuse('MISSING_AUTHENTICATION_TOKEN', 403);
    const { functionId, isStreamed } = matched.route;
    response.once('close', () =>
      deps.onDone?.({
        requestId: shownId,
        method: request.method ?? '',
        path: url.pathname,
        status: response.statusCode,
        ms: Date.now() - startedAtMs,
        isCall: isStreamed && request.method === 'POST',
      }),
    );
    const host = deps.functions.get(functionId);
    // Starting: whoever comes back will find it.
    if (host === undefined) return refuse('DEFAULT_5XX', 503);
    const { binaryMediaTypes } = deps;
    const call = { request, response, requestId, url, matched, host, binaryMediaTypes, begin };
    respond(call).catch((error: unknown) => {
      if (error instanceof ClientLeft) return;
      if (error instanceof EventTooLarge) return refuse('REQUEST_TOO_LARGE', 413);
      if (error instanceof UnsupportedCoding) return refuse('UNSUPPORTED_MEDIA_TYPE', 415);
      deps.onError(functionId, error);
      if (response.headersSent) response.destroy();
      else if (response.destroyed) deps.onAnswer?.(502);
      else refuse('DEFAULT_5XX', 502);
    });
  };
};

type Begin = (status: number, headers: Readonly<Record<string, string>>) => void;

interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly url: URL;
  readonly matched: Matched;
  readonly host: FunctionHost;
  readonly binaryMediaTypes: readonly string[];
  /** Writes the head of the answer. */
  readonly begin: Begin;
}

const urlOf = ({ url, headers: { host } }: IncomingMessage): URL | null =>
  URL.parse(`http://${host ?? '127.0.0.1'}${url ?? ''}`);

const respond = async (call: Call): Promise<void> => {
  const { request, response, requestId, url, matched, host, binaryMediaTypes, begin } = call;
  const { headers: sent } = request;
  const body = await decodedBody(await bytesOf(request), sent['content-encoding']);
  const event = proxyEvent({
    method: request.method ?? '',
    url,
    ...matched,
    headers: headersOf(request),
    body: eventBody(body, sent['content-type'], binaryMediaTypes),
    requestId,
    nowMs: Date.now(),
  });
  if (!matched.route.isStreamed) {
    const answer = answerSchema.parse(await host.invoke(event));
    begin(answer.statusCode, answer.headers);
    response.end(answerBody(answer, sent.accept, binaryMediaTypes));
    return;
  }
  // The body is taken at once: what fails right after its head must find somebody who listens.
  await host.invokeStreamed(event, (head) => {
    begin(head.status, head.headers);
    pass(head.body, response);
  });
  if (!response.headersSent) throw new Error('ended without an answer');
};

/** Before its function was asked. */
class ClientLeft extends Error {
  override readonly name = 'ClientLeft';
}

/** A body that passes the limit of an event is read to its end and not kept. */
const bytesOf = async (request: IncomingMessage): Promise<Buffer> => {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  request.on('data', (part: Uint8Array) => {
    bytes += part.length;
    if (bytes <= EVENT_BYTES_MAX) parts.push(part);
  });
  await new Promise<void>((resolve, reject) => {
    request.once('end', resolve);
    request.once('error', (cause) => reject(new ClientLeft('while it sent its body', { cause })));
  });
  if (bytes > EVENT_BYTES_MAX) throw new EventTooLarge('the body passes 6 MB');
  return Buffer.concat(parts);
};

/** The function writes to its end: a reader that left only stops taking from it. */
const pass = (body: Readable, response: ServerResponse): void => {
  // The head goes with the first bytes when both are there, else alone.
  const early = setImmediate(() => response.flushHeaders());
  body.on('data', (bytes: Uint8Array) => {
    clearImmediate(early);
    if (!response.destroyed) response.write(bytes);
  });
  body.on('end', () => {
    clearImmediate(early);
    response.end();
  });
  // The client must not mistake what it has for the whole.
  body.on('error', () => {
    clearImmediate(early);
    response.destroy();
  });
};
