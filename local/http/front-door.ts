import { Hono, type Context } from 'hono';
import { randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import * as z from 'zod';
import { EventTooLarge, type FunctionHost } from '../lambda/function-host.ts';
import { headersOf, proxyEvent } from './proxy-event.ts';
import { matchRoute, type Route } from './routes.ts';
import type { Resource } from '../template.ts';
import type { StreamHead } from '../lambda/worker-thread.ts';

const answerSchema = z.object({
  statusCode: z.number(),
  headers: z.record(z.string(), z.string()).optional(),
  body: z.string().optional(),
});

export interface FrontDoorDeps {
  readonly routes: readonly Route[];
  readonly functions: ReadonlyMap<string, FunctionHost>;
  /** The gateway responses of the template by type. */
  readonly errors: ReadonlyMap<string, Resource>;
  readonly onError: (functionId: string, error: unknown) => void;
  readonly onAnswer?: (status: number) => void;
}

/** The REST API on a laptop. A client that leaves is not told to the function: AWS does not tell it either. */
export const frontDoor = (deps: FrontDoorDeps, app = new Hono()): Hono => {
  app.all('*', async (context) => {
    const answer = await respond(deps, context);
    deps.onAnswer?.(answer.status);
    return answer;
  });
  return app;
};

const respond = async (deps: FrontDoorDeps, context: Context): Promise<Response> => {
  const url = new URL(context.req.url);
  const requestId = randomUUID();
  const matched = matchRoute(deps.routes, context.req.method, url.pathname);
  if (matched === null) return gatewayError(deps, 'MISSING_AUTHENTICATION_TOKEN', 403, requestId);
  const host = deps.functions.get(matched.route.functionId);
  // Starting: whoever comes back will find it.
  if (host === undefined) return gatewayError(deps, 'DEFAULT_5XX', 503, requestId);
  const body = await context.req.text();
  const event = proxyEvent({
    method: context.req.method,
    url,
    ...matched,
    headers: headersOf(context),
    body,
    requestId,
    nowMs: Date.now(),
  });
  try {
    if (matched.route.isStreamed) return await streamed(host, event);
    const answer = answerSchema.parse(await host.invoke(event));
    return new Response(answer.statusCode === 204 ? null : (answer.body ?? ''), {
      status: answer.statusCode,
      headers: answer.headers ?? {},
    });
  } catch (error) {
    if (error instanceof EventTooLarge)
      return gatewayError(deps, 'REQUEST_TOO_LARGE', 413, requestId);
    deps.onError(matched.route.functionId, error);
    return gatewayError(deps, 'DEFAULT_5XX', 502, requestId);
  }
};

const streamed = async (host: FunctionHost, event: unknown): Promise<Response> => {
  const head = await new Promise<StreamHead>((resolve, reject) => {
    host
      .invokeStreamed(event, resolve)
      .then(() => reject(new Error('ended without an answer')), reject);
  });
  return new Response(webStream(head.body), { status: head.status, headers: { ...head.headers } });
};

/** The function writes into `source` to its end: a reader that left only stops taking from it. */
const webStream = (source: Readable): ReadableStream<Uint8Array> => {
  let isGone = false;
  return new ReadableStream({
    start: (controller) => {
      source.on('data', (bytes: Uint8Array) => {
        if (!isGone) controller.enqueue(bytes);
      });
      source.on('end', () => {
        if (!isGone) controller.close();
      });
      source.on('error', (error) => controller.error(error));
    },
    cancel: () => {
      isGone = true;
    },
  });
};

const gatewayError = (
  deps: FrontDoorDeps,
  type: string,
  status: number,
  requestId: string,
): Response => {
  const resource = deps.errors.get(type);
  const { 'application/json': template = '{}' } = z
    .record(z.string(), z.string())
    .catch({})
    .parse(resource?.properties['ResponseTemplates']);
  return new Response(template.replaceAll('$context.requestId', requestId), {
    status: Number(resource?.properties['StatusCode'] ?? status),
    headers: { 'content-type': 'application/json', ...gatewayHeaders(resource, requestId) },
  });
};

/** What the template maps: words in quotes as they are, and the request's id. */
const gatewayHeaders = (
  resource: Resource | undefined,
  requestId: string,
): Record<string, string> => {
  const mapped = z
    .record(z.string(), z.string())
    .catch({})
    .parse(resource?.properties['ResponseParameters']);
  return Object.fromEntries(
    Object.entries(mapped).map(([name, value]) => [
      name.replace(/^gatewayresponse\.header\./, ''),
      value === 'context.requestId' ? requestId : value.replace(/^'(.*)'$/, '$1'),
    ]),
  );
};
