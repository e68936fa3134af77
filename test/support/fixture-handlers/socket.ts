import {
  ApiGatewayManagementApiClient,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import type { APIGatewayProxyWebsocketEventV2 } from 'aws-lambda';

const connections = new ApiGatewayManagementApiClient({
  endpoint: process.env['SOCKET_ENDPOINT'] ?? '',
});

/** Lets everybody in, and posts each message of type `say` back. */
export const handler = async (
  event: APIGatewayProxyWebsocketEventV2,
): Promise<{ readonly statusCode: number }> => {
  const { routeKey, connectionId: ConnectionId } = event.requestContext;
  if (routeKey === 'say')
    await connections.send(
      new PostToConnectionCommand({ ConnectionId, Data: Buffer.from(event.body ?? '') }),
    );
  return { statusCode: 200 };
};
