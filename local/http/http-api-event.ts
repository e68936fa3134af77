import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { logTime } from './proxy-event.ts';

export interface HttpApiInput {
  readonly method: string;
  readonly url: URL;
  readonly routeKey: string;
  readonly params: Readonly<Record<string, string>>;
  /** As the client wrote them, repeated ones one by one. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer;
  readonly apiId: string;
  readonly stage: string;
  readonly requestId: string;
  readonly nowMs: number;
}

/**
 * The event of an HTTP API's function in payload format 2.0: names of headers in lower case, repeated ones in one by
 * commas, cookies by themselves, and nothing where there is nothing.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export const httpApiEvent = (input: HttpApiInput): APIGatewayProxyEventV2 => {
  const { method, url, routeKey, params, requestId, nowMs, stage } = input;
  const { cookie, ...headers } = joined(
    input.headers.map(([name, value]) => [name.toLowerCase(), value]),
  );
  const query = joined([...url.searchParams]);
  return {
    version: '2.0',
    routeKey,
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    ...(cookie === undefined ? {} : { cookies: cookie.split(/;\s*/) }),
    headers,
    ...(Object.keys(query).length === 0 ? {} : { queryStringParameters: query }),
    requestContext: {
      accountId: '000000000000',
      apiId: input.apiId,
      domainName: url.hostname,
      domainPrefix: input.apiId,
      http: {
        method,
        path: url.pathname,
        protocol: 'HTTP/1.1',
        sourceIp: '127.0.0.1',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId,
      routeKey,
      stage,
      time: logTime(nowMs),
      timeEpoch: nowMs,
    },
    ...bodyOf(input.body, headers),
    ...(Object.keys(params).length === 0 ? {} : { pathParameters: { ...params } }),
  };
};

const joined = (pairs: readonly (readonly [string, string])[]): Record<string, string> => {
  const values = new Map<string, string>();
  for (const [name, value] of pairs) {
    const before = values.get(name);
    values.set(name, before === undefined ? value : `${before},${value}`);
  }
  return Object.fromEntries(values);
};

const TEXT = /^(?:text\/|application\/(?:json|javascript|xml|vnd\.api\+json)\b)/i;

/** Nothing is decoded on the way: a body that has a coding, and any type that is no text, comes as base64. */
const bodyOf = (
  body: Buffer,
  headers: Readonly<Record<string, string>>,
): Pick<APIGatewayProxyEventV2, 'body' | 'isBase64Encoded'> => {
  if (body.length === 0) return { isBase64Encoded: false };
  const coding = (headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  const isText = coding === 'identity' && TEXT.test(headers['content-type'] ?? 'text/plain');
  return { body: body.toString(isText ? 'utf8' : 'base64'), isBase64Encoded: !isText };
};
