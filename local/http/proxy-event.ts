import type { APIGatewayProxyEvent } from 'aws-lambda';
import type { IncomingMessage } from 'node:http';
import type { EventBody } from './media.ts';
import type { Route } from './routes.ts';

export interface ProxyInput {
  readonly method: string;
  readonly url: URL;
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
  /** As the client wrote them, repeated ones one by one. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: EventBody;
  readonly requestId: string;
  readonly nowMs: number;
}

/** The event of a REST proxy integration. https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html */
export const proxyEvent = (input: ProxyInput): APIGatewayProxyEvent => {
  const { url, route, params, headers } = input;
  const query = [...url.searchParams];
  const userAgent = headers.findLast(([name]) => name.toLowerCase() === 'user-agent')?.[1];
  return {
    resource: route.resource,
    path: url.pathname,
    httpMethod: input.method,
    headers: Object.fromEntries(headers),
    multiValueHeaders: groupedPairs(headers),
    queryStringParameters: query.length === 0 ? null : Object.fromEntries(query),
    multiValueQueryStringParameters: query.length === 0 ? null : groupedPairs(query),
    pathParameters: Object.keys(params).length === 0 ? null : { ...params },
    stageVariables: null,
    requestContext: requestContext(input, userAgent ?? null),
    ...input.body,
  };
};

/** Header names keep the client's case, as API Gateway keeps it. */
export const headersOf = ({
  rawHeaders,
}: Pick<IncomingMessage, 'rawHeaders'>): readonly (readonly [string, string])[] =>
  rawHeaders.flatMap((name, index) =>
    index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? ''] as const] : [],
  );

const requestContext = (
  { method, url, route, requestId, nowMs }: ProxyInput,
  userAgent: string | null,
): APIGatewayProxyEvent['requestContext'] => ({
  accountId: '000000000000',
  apiId: 'local',
  authorizer: null,
  domainName: url.hostname,
  domainPrefix: 'local',
  extendedRequestId: requestId,
  httpMethod: method,
  identity: {
    accessKey: null,
    accountId: null,
    apiKey: null,
    apiKeyId: null,
    caller: null,
    clientCert: null,
    cognitoAuthenticationProvider: null,
    cognitoAuthenticationType: null,
    cognitoIdentityId: null,
    cognitoIdentityPoolId: null,
    principalOrgId: null,
    sourceIp: '127.0.0.1',
    user: null,
    userAgent,
    userArn: null,
  },
  path: url.pathname,
  protocol: 'HTTP/1.1',
  requestId,
  requestTime: logTime(nowMs),
  requestTimeEpoch: nowMs,
  resourceId: 'local',
  resourcePath: route.resource,
  stage: 'local',
});

export const groupedPairs = (
  pairs: readonly (readonly [string, string])[],
): Record<string, string[]> => {
  const lists = new Map<string, string[]>();
  for (const [name, value] of pairs) lists.set(name, [...(lists.get(name) ?? []), value]);
  return Object.fromEntries(lists);
};

/** As API Gateway writes times: `24/Nov/2026:12:00:00 +0000` */
export const logTime = (ms: number): string => {
  const [, day, month, year, time] = new Date(ms).toUTCString().split(' ');
  return `${day}/${month}/${year}:${time} +0000`;
};
