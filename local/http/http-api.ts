import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { EventTooLarge, type FunctionHost } from '../lambda/function-host.ts';
import type { Resource } from '../template.ts';
import { apiV2Of, read, type ApiV2 } from './api-v2.ts';
import { httpApiEvent } from './http-api-event.ts';
import { headersOf } from './proxy-event.ts';
import type { Answered } from './request-lines.ts';
import { routeMatcher, type Matched, type Route } from './routes.ts';

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const PAYLOAD_BYTES_MAX = 10_485_760;
const INTEGRATION_MS_MAX = 30_000;

/** The template's HTTP API. */
export interface HttpApi {
  readonly id: string;
  readonly stage: string;
  readonly routes: readonly Route[];
  readonly timeoutMs: number;
}

const apiSchema = z.strictObject({
  Name: z.string(),
  Description: z.string().optional(),
  ProtocolType: z.literal('HTTP'),
  IpAddressType: z.string().optional(),
  Tags: z.unknown().optional(),
});
const integrationSchema = z.strictObject({
  ApiId: z.string(),
  IntegrationType: z.literal('AWS_PROXY'),
  IntegrationUri: z.string(),
  PayloadFormatVersion: z.literal('2.0'),
  TimeoutInMillis: z.int().min(50).max(INTEGRATION_MS_MAX).default(INTEGRATION_MS_MAX),
});
const routeSchema = z.strictObject({
  ApiId: z.string(),
  AuthorizationType: z.literal('NONE').default('NONE'),
  RouteKey: z.string().regex(/^(?:ANY|GET|POST|PUT|PATCH|DELETE|OPTIONS|HEAD) \//),
  Target: z.string(),
});
/** A named stage would be a part of each path. */
const stageSchema = z.looseObject({ ApiId: z.string(), StageName: z.literal('$default') });

/** Null when the template has none; what it has that is not known here stops the start. */
export const httpApiOf = (resources: readonly Resource[]): HttpApi | null => {
  const api = apiV2Of(resources, 'HTTP');
  if (api === null) return null;
  read(api.id, apiSchema, api.properties);
  const [stage] = api.parts('Stage', stageSchema);
  if (stage === undefined) throw new Error(`${api.id}: the HTTP API has no stage`);
  const integrations = integrationsOf(api);
  const timeouts = [...integrations.values()].map(({ timeoutMs }) => timeoutMs);
  return {
    id: api.id,
    stage: stage.properties.StageName,
    timeoutMs: Math.min(INTEGRATION_MS_MAX, ...timeouts),
    routes: api.parts('Route', routeSchema).map(({ id, properties }) => {
      const integration = integrations.get(properties.Target.replace('integrations/', ''));
      if (integration === undefined) throw new Error(`${id}: the route has no function`);
      const [method = '', resource = ''] = properties.RouteKey.split(' ');
      return { method, resource, functionId: integration.functionId, isStreamed: false };
    }),
  };
};

const integrationsOf = (api: ApiV2) =>
  new Map(
    api.parts('Integration', integrationSchema).map(({ id, properties }) => {
      const functionId = /function:([^/]+)/.exec(properties.IntegrationUri)?.[1] ?? '';
      return [id, { functionId, timeoutMs: properties.TimeoutInMillis }] as const;
    }),
  );

export interface HttpApiDeps {
  readonly functions: ReadonlyMap<string, FunctionHost>;
  readonly onError: (functionId: string, error: unknown) => void;
  readonly onDone?: (answered: Answered) => void;
}

/** The HTTP API of the template under the same address as its REST API: what is no route of the one is the other's. */
export const httpApiOrElse = (
  api: HttpApi | null,
  deps: HttpApiDeps,
  rest: RequestListener,
): RequestListener => {
  if (api === null) return rest;
  const match = routeMatcher(api.routes);
  return (request, response) => {
    const url = URL.parse(`http://${request.headers.host ?? '127.0.0.1'}${request.url ?? ''}`);
    const matched = url === null ? null : match(request.method ?? '', url.pathname);
    if (url === null || matched === null) return rest(request, response);
    const startedAtMs = Date.now();
    const requestId = randomUUID();
    response.once('close', () =>
      deps.onDone?.({
        requestId: String(response.getHeader('x-request-id') ?? requestId),
        method: request.method ?? '',
        path: url.pathname,
        status: response.statusCode,
        ms: Date.now() - startedAtMs,
        isCall: false,
      }),
    );
    respond(api, deps, { request, response, url, matched, requestId }).catch((error: unknown) => {
      deps.onError(matched.route.functionId, error);
      if (response.headersSent) response.destroy();
      else refuse(response, 500, 'Internal Server Error');
    });
  };
};

interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly matched: Matched;
  readonly requestId: string;
}

const answerSchema = z.object({
  statusCode: z.number(),
  headers: z.record(z.string(), z.string()).default({}),
  body: z.string().default(''),
  isBase64Encoded: z.boolean().default(false),
});

const respond = async (api: HttpApi, deps: HttpApiDeps, call: Call): Promise<void> => {
  const { request, response, url, matched, requestId } = call;
  const { route, params } = matched;
  const host = deps.functions.get(route.functionId);
  if (host === undefined) return refuse(response, 503, 'Service Unavailable');
  const body = await bytesOf(request);
  if (body === null) return refuse(response, 413, 'Request Entity Too Large');
  const event = httpApiEvent({
    method: request.method ?? '',
    url,
    routeKey: `${route.method} ${route.resource}`,
    params,
    headers: headersOf(request),
    body,
    apiId: api.id,
    stage: api.stage,
    requestId,
    nowMs: Date.now(),
  });
  const answered = await inTime(host.invoke(event), api.timeoutMs).catch((error: unknown) => {
    if (error instanceof EventTooLarge) return 'too large' as const;
    throw error;
  });
  if (answered === 'too large') return refuse(response, 413, 'Request Entity Too Large');
  if (answered === 'late') return refuse(response, 503, 'Service Unavailable');
  const answer = answerSchema.parse(answered);
  response.writeHead(answer.statusCode, { 'content-type': 'text/plain', ...answer.headers });
  response.end(Buffer.from(answer.body, answer.isBase64Encoded ? 'base64' : 'utf8'));
};

/** The function runs on when its caller is not waited for any more. */
const inTime = async (running: Promise<unknown>, withinMs: number): Promise<unknown> => {
  const over = new AbortController();
  const late = sleep(withinMs, 'late', { signal: over.signal }).catch(() => 'late');
  try {
    return await Promise.race([running, late]);
  } finally {
    over.abort();
  }
};

const refuse = (response: ServerResponse, status: number, message: string): void => {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ message }));
};

/** A body that passes the limit is read to its end and not kept: null. */
const bytesOf = async (request: IncomingMessage): Promise<Buffer | null> => {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of request) {
    const piece: unknown = part;
    if (!(piece instanceof Uint8Array)) continue;
    bytes += piece.length;
    if (bytes <= PAYLOAD_BYTES_MAX) parts.push(piece);
  }
  return bytes > PAYLOAD_BYTES_MAX ? null : Buffer.concat(parts);
};
