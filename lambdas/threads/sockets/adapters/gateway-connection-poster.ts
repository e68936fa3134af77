import { NodeHttpHandler } from '@smithy/node-http-handler';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { once } from '../../../shared/once.ts';
import type { ConnectionPoster } from '../ports/sockets.ts';

const SOCKETS_MAX = 256;
/** A viewer is never waited for: what takes longer counts as failed, and is posted again. */
const CONNECT_TIMEOUT_MS = 1_000;
const REQUEST_TIMEOUT_MS = 2_000;
const ATTEMPTS_MAX = 2;

export interface GatewayPosterDeps {
  /** Address of the WebSocket API's stage, https. */
  readonly url: string;
  readonly report: (message: string, error: unknown) => void;
  /** Told of each post that neither came through nor met a client that left. */
  readonly onFailure: () => void;
}

/**
 * The client is loaded with the first post: most runs have no viewer.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
 */
export const gatewayConnectionPoster = (deps: GatewayPosterDeps): ConnectionPoster => {
  const sdk = once(async () => {
    const { ApiGatewayManagementApiClient, ...commands } = await import('#beside/connections');
    const client = new ApiGatewayManagementApiClient({
      endpoint: deps.url,
      maxAttempts: ATTEMPTS_MAX,
      requestHandler: requestHandler(),
    });
    return { ...commands, client };
  });
  return {
    post: async (connectionId, text) => {
      const { client, GoneException, PostToConnectionCommand } = await sdk();
      try {
        const Data = Buffer.from(text);
        await client.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data }));
        return 'posted';
      } catch (error) {
        if (error instanceof GoneException) return 'gone';
        deps.report('post failed', error);
        deps.onFailure();
        return 'failed';
      }
    },
    close: async (connectionId) => {
      const { client, GoneException, DeleteConnectionCommand } = await sdk();
      try {
        await client.send(new DeleteConnectionCommand({ ConnectionId: connectionId }));
      } catch (error) {
        if (!(error instanceof GoneException)) deps.report('socket not closed', error);
      }
    },
  };
};

const requestHandler = (): NodeHttpHandler =>
  new NodeHttpHandler({
    connectionTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    throwOnRequestTimeout: true,
    httpAgent: new HttpAgent({ keepAlive: true, maxSockets: SOCKETS_MAX }),
    httpsAgent: new HttpsAgent({ keepAlive: true, maxSockets: SOCKETS_MAX }),
  });
