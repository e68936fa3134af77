import type { Context } from 'hono';
import type { Route } from './routes.ts';

/** The event of a REST proxy integration. https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html */
export const proxyEvent = (
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
