import {
  DeleteConnectionCommand,
  GoneException,
  PostToConnectionCommand,
  type ApiGatewayManagementApiClient,
} from '@aws-sdk/client-apigatewaymanagementapi';
import type { ConnectionPoster } from '../ports-sockets.ts';

export interface GatewayPosterDeps {
  readonly client: ApiGatewayManagementApiClient;
  readonly report: (message: string, error: unknown) => void;
  /** Told of each post that neither came through nor met a client that left. */
  readonly onFailure: () => void;
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html */
export const gatewayConnectionPoster = (deps: GatewayPosterDeps): ConnectionPoster => ({
  post: async (connectionId, text) => {
    try {
      const Data = Buffer.from(text);
      await deps.client.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data }));
      return 'posted';
    } catch (error) {
      if (error instanceof GoneException) return 'gone';
      deps.report('post failed', error);
      deps.onFailure();
      return 'failed';
    }
  },
  close: async (connectionId) => {
    try {
      await deps.client.send(new DeleteConnectionCommand({ ConnectionId: connectionId }));
    } catch (error) {
      if (!(error instanceof GoneException)) deps.report('socket not closed', error);
    }
  },
});
