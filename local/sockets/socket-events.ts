import type { APIGatewayProxyWebsocketEventV2 } from 'aws-lambda';
import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { groupedPairs, headersOf, logTime } from '../http/proxy-event.ts';

/** What the events of one connection have in common. */
export interface SocketPeer {
  readonly connectionId: string;
  readonly connectedAtMs: number;
  readonly apiId: string;
  readonly stage: string;
  readonly host: string;
  readonly sourceIp: string;
  readonly userAgent: string | null;
}

export const newPeer = (
  request: IncomingMessage,
  api: { readonly id: string; readonly stage: string },
): SocketPeer => ({
  // As API Gateway makes them: base64, so they must be encoded where they stand in an address.
  connectionId: randomBytes(11).toString('base64'),
  connectedAtMs: Date.now(),
  apiId: api.id,
  stage: api.stage,
  host: request.headers.host ?? '',
  sourceIp: request.socket.remoteAddress ?? '',
  userAgent: request.headers['user-agent'] ?? null,
});

type EventType = APIGatewayProxyWebsocketEventV2['requestContext']['eventType'];

const requestContext = (peer: SocketPeer, routeKey: string, eventType: EventType): object => {
  const nowMs = Date.now();
  const requestId = randomUUID();
  return {
    routeKey,
    eventType,
    ...(eventType === 'MESSAGE' ? { messageId: randomBytes(11).toString('base64') } : {}),
    extendedRequestId: requestId,
    requestTime: logTime(nowMs),
    messageDirection: 'IN',
    stage: peer.stage,
    connectedAt: peer.connectedAtMs,
    requestTimeEpoch: nowMs,
    identity: {
      sourceIp: peer.sourceIp,
      ...(peer.userAgent === null ? {} : { userAgent: peer.userAgent }),
    },
    requestId,
    domainName: peer.host.replace(/:\d+$/, ''),
    connectionId: peer.connectionId,
    apiId: peer.apiId,
  };
};

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-integration-requests.html */
export const connectEvent = (peer: SocketPeer, request: IncomingMessage): object => {
  const headers = headersOf(request);
  const query = [...new URLSearchParams(request.url?.split('?', 2)[1] ?? '')];
  return {
    headers: Object.fromEntries(headers),
    multiValueHeaders: groupedPairs(headers),
    ...(query.length === 0
      ? {}
      : {
          queryStringParameters: Object.fromEntries(query),
          multiValueQueryStringParameters: groupedPairs(query),
        }),
    requestContext: requestContext(peer, '$connect', 'CONNECT'),
    isBase64Encoded: false,
  };
};

export const messageEvent = (peer: SocketPeer, routeKey: string, body: string): object => ({
  requestContext: requestContext(peer, routeKey, 'MESSAGE'),
  body,
  isBase64Encoded: false,
});

export const disconnectEvent = (peer: SocketPeer, code: number, reason: string): object => ({
  headers: { Host: peer.host, 'x-api-key': '', 'X-Forwarded-For': '', 'x-restapi': '' },
  multiValueHeaders: {
    Host: [peer.host],
    'x-api-key': [''],
    'X-Forwarded-For': [''],
    'x-restapi': [''],
  },
  requestContext: {
    ...requestContext(peer, '$disconnect', 'DISCONNECT'),
    disconnectStatusCode: code,
    disconnectReason: reason,
  },
  isBase64Encoded: false,
});
