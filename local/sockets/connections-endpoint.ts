import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { jsonError, startEndpoint, type Answer, type Endpoint } from '../http/http-endpoint.ts';
import { SOCKET_LIMITS, type Sockets } from './sockets.ts';

/** `@connections` on its own wire. https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html */
export const startConnectionsEndpoint = async (
  sockets: Pick<Sockets, 'post' | 'describe' | 'disconnect'>,
): Promise<Endpoint> => await startEndpoint(async (request) => await answerTo(sockets, request));

const PATH = /^\/[^/]+\/(?:@|%40)connections\/([^/?]+)$/;

const answerTo = async (
  sockets: Pick<Sockets, 'post' | 'describe' | 'disconnect'>,
  request: IncomingMessage,
): Promise<Answer> => {
  const encoded = PATH.exec(request.url ?? '')?.[1];
  if (encoded === undefined) return jsonError(403, 'ForbiddenException', 'Forbidden');
  const id = decodeURIComponent(encoded);
  const gone = jsonError(410, 'GoneException', 'Gone');
  switch (request.method) {
    case 'POST': {
      const body = await buffer(request);
      if (body.length > SOCKET_LIMITS.messageBytesMax)
        return jsonError(413, 'PayloadTooLargeException', 'Message too long');
      return (await sockets.post(id, body.toString())) ? { status: 200 } : gone;
    }
    case 'GET': {
      const found = sockets.describe(id);
      if (found === null) return gone;
      const body = JSON.stringify({
        connectedAt: new Date(found.connectedAtMs).toISOString(),
        identity: { sourceIp: found.sourceIp, userAgent: found.userAgent ?? undefined },
        lastActiveAt: new Date(found.lastActiveAtMs).toISOString(),
      });
      return { status: 200, headers: { 'content-type': 'application/json' }, body };
    }
    case 'DELETE':
      return sockets.disconnect(id) ? { status: 204 } : gone;
    default:
      return jsonError(403, 'ForbiddenException', 'Forbidden');
  }
};
