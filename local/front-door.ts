import { Hono, type Context } from 'hono';
import { randomUUID } from 'node:crypto';
import { PassThrough, Readable } from 'node:stream';
import * as z from 'zod';
import { EVENT_BYTES_MAX, type FunctionHost, type StreamHead } from './function-host.ts';
import type { Resource } from './template.ts';

export interface Route {
  readonly method: string;
  /** As API Gateway writes it: `/v1/keys/{key_id}`, `/{proxy+}`. */
  readonly resource: string;
  readonly functionId: string;
  readonly isStreamed: boolean;
}

const methodSchema = z.object({
  HttpMethod: z.string(),
  ResourceId: z.string(),
  Integration: z.object({
    Type: z.literal('AWS_PROXY'),
    Uri: z.string(),
    ResponseTransferMode: z.enum(['STREAM', 'BUFFERED']).optional(),
  }),
});

/** Methods of the REST API with the whole path of their resource. */
export const routesOf = (resources: readonly Resource[]): readonly Route[] => {
  const parts = new Map(
    resources
      .filter(({ type }) => type === 'AWS::ApiGateway::Resource')
      .map(({ id, properties }) => [
        id,
        z.object({ PathPart: z.string(), ParentId: z.string() }).parse(properties),
      ]),
  );
  const pathOf = (id: string): string => {
    const part = parts.get(id);
    return part === undefined ? '' : `${pathOf(part.ParentId)}/${part.PathPart}`;
  };
  return resources
    .filter(({ type }) => type === 'AWS::ApiGateway::Method')
    .map(({ properties }) => {
      const method = methodSchema.parse(properties);
      const functionId = /function:([^/]+)\//.exec(method.Integration.Uri)?.[1] ?? '';
      return {
        method: method.HttpMethod,
        resource: pathOf(method.ResourceId) === '' ? '/' : pathOf(method.ResourceId),
        functionId,
        isStreamed: method.Integration.ResponseTransferMode === 'STREAM',
      };
    });
};

/** The most specific route for a request, with its path parameters: exact parts win over `{id}`, those over `{id+}`. */
export const matchRoute = (
  routes: readonly Route[],
  method: string,
  path: string,
): { readonly route: Route; readonly params: Readonly<Record<string, string>> } | null => {
  const parts = path.split('/').filter((part) => part !== '');
  const found = routes
    .filter((route) => route.method === method || route.method === 'ANY')
    .flatMap((route) => {
      const matched = matchParts(
        route.resource.split('/').filter((part) => part !== ''),
        parts,
      );
      return matched === null ? [] : [{ route, ...matched }];
    })
    .toSorted((left, right) => left.rank.localeCompare(right.rank));
  return found[0] ?? null;
};

const matchParts = (
  pattern: readonly string[],
  parts: readonly string[],
): { readonly params: Record<string, string>; readonly rank: string } | null => {
  const params: Record<string, string> = {};
  let rank = '';
  for (const [index, word] of pattern.entries()) {
    const part = parts[index];
    const greedy = /^\{(.+)\+\}$/.exec(word)?.[1];
    if (greedy !== undefined)
      return part === undefined
        ? null
        : {
            params: { ...params, [greedy]: decodePart(parts.slice(index).join('/')) },
            rank: `${rank}2`,
          };
    if (part === undefined) return null;
    const name = /^\{(.+)\}$/.exec(word)?.[1];
    if (name !== undefined) params[name] = decodePart(part);
    else if (word !== part) return null;
    rank += name === undefined ? '0' : '1';
  }
  return pattern.length === parts.length ? { params, rank } : null;
};

const decodePart = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
};

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
}

/** The REST API on a laptop. A client that leaves is not told to the function: AWS does not tell it either. */
export const frontDoor = (deps: FrontDoorDeps): Hono => {
  const app = new Hono();
  app.all('*', async (context) => await respond(deps, context));
  return app;
};

const respond = async (deps: FrontDoorDeps, context: Context): Promise<Response> => {
  const url = new URL(context.req.url);
  const requestId = randomUUID();
  const matched = matchRoute(deps.routes, context.req.method, url.pathname);
  const host = matched === null ? undefined : deps.functions.get(matched.route.functionId);
  if (matched === null || host === undefined)
    return gatewayError(deps, 'MISSING_AUTHENTICATION_TOKEN', 403, requestId);
  const body = await context.req.text();
  const event = proxyEvent(context, url, matched.route, matched.params, body, requestId);
  if (Buffer.byteLength(JSON.stringify(event)) > EVENT_BYTES_MAX)
    return gatewayError(deps, 'REQUEST_TOO_LARGE', 413, requestId);
  try {
    if (matched.route.isStreamed) return await streamed(host, event);
    const answer = answerSchema.parse(await host.invoke(event));
    return new Response(answer.statusCode === 204 ? null : (answer.body ?? ''), {
      status: answer.statusCode,
      headers: answer.headers ?? {},
    });
  } catch (error) {
    console.error(
      `${matched.route.functionId}: ${error instanceof Error ? error.message : 'failed'}`,
    );
    return gatewayError(deps, 'DEFAULT_5XX', 502, requestId);
  }
};

const streamed = async (host: FunctionHost, event: unknown): Promise<Response> => {
  const head = await new Promise<StreamHead>((resolve, reject) => {
    host.invokeStreamed(event, resolve).catch(reject);
  });
  // The function writes into `head.body` to its end; a reader that left only stops reading the copy.
  const copy = new PassThrough();
  head.body.on('data', (bytes: Uint8Array) => {
    if (!copy.destroyed) copy.write(bytes);
  });
  head.body.on('end', () => copy.end());
  head.body.on('error', (error) => copy.destroy(error));
  copy.on('error', () => undefined);
  return new Response(webStream(copy), { status: head.status, headers: { ...head.headers } });
};

const webStream = (source: Readable): ReadableStream<Uint8Array> =>
  new ReadableStream({
    start: (controller) => {
      source.on('data', (bytes: Uint8Array) => controller.enqueue(new Uint8Array(bytes)));
      source.on('end', () => controller.close());
      source.on('error', (error) => controller.error(error));
    },
    cancel: () => void source.destroy(),
  });

const proxyEvent = (
  context: Context,
  url: URL,
  route: Route,
  params: Readonly<Record<string, string>>,
  body: string,
  requestId: string,
): object => {
  const headers = Object.fromEntries(context.req.raw.headers);
  const query = Object.fromEntries(url.searchParams);
  const many = (values: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, [value]]));
  return {
    resource: route.resource,
    path: url.pathname,
    httpMethod: context.req.method,
    headers,
    multiValueHeaders: many(headers),
    queryStringParameters: Object.keys(query).length === 0 ? null : query,
    multiValueQueryStringParameters:
      Object.keys(query).length === 0
        ? null
        : Object.fromEntries(
            Object.keys(query).map((name) => [name, url.searchParams.getAll(name)]),
          ),
    pathParameters: Object.keys(params).length === 0 ? null : params,
    stageVariables: null,
    requestContext: {
      requestId,
      stage: 'local',
      path: url.pathname,
      resourcePath: route.resource,
      httpMethod: context.req.method,
      protocol: 'HTTP/1.1',
      requestTimeEpoch: Date.now(),
      identity: { sourceIp: '127.0.0.1', userAgent: headers['user-agent'] ?? null },
    },
    body: body === '' ? null : body,
    isBase64Encoded: false,
  };
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
    headers: {
      'content-type': 'application/json',
      'access-control-allow-origin': '*',
      'x-request-id': requestId,
    },
  });
};
