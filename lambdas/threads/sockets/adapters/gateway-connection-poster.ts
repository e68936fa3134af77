import { awsClient } from '../../../platform/aws/aws-client.ts';
import { awsIdentity } from '../../../platform/aws/aws-environment.ts';
import { AwsError } from '../../../platform/aws/aws-error.ts';
import { systemClock } from '../../../platform/clock.ts';
import type { ConnectionPoster } from '../ports/sockets.ts';

/** A viewer is never waited for: what takes longer counts as failed, and is posted again. */
const LIMITS = {
  signingName: 'execute-api',
  limits: { socketsMax: 256, connectTimeoutMs: 1_000, requestTimeoutMs: 2_000 },
  attemptsMax: 2,
  retryBaseMs: 50,
  nowMs: systemClock.nowMs,
};

export interface GatewayPosterDeps {
  /** Address of the WebSocket API's stage, https. */
  readonly url: string;
  readonly report: (message: string, error: unknown) => void;
  /** Called with each post that neither came through nor met a client that left. */
  readonly onFailure: () => void;
}

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html */
export const gatewayConnectionPoster = (deps: GatewayPosterDeps): ConnectionPoster => {
  const send = awsClient({ place: { endpoint: deps.url, ...awsIdentity() }, ...LIMITS });
  const ask = async (method: string, connectionId: string, body: string): Promise<void> => {
    await send({
      method,
      path: `/@connections/${encodeURIComponent(connectionId)}`,
      headers: { 'content-type': 'application/octet-stream' },
      body,
    });
  };
  return {
    post: async (connectionId, text) => {
      try {
        await ask('POST', connectionId, text);
        return 'posted';
      } catch (error) {
        if (isGone(error)) return 'gone';
        deps.report('post failed', error);
        deps.onFailure();
        return 'failed';
      }
    },
    close: async (connectionId) => {
      try {
        await ask('DELETE', connectionId, '');
      } catch (error) {
        if (!isGone(error)) deps.report('socket not closed', error);
      }
    },
  };
};

const isGone = (error: unknown): boolean =>
  error instanceof AwsError && error.name === 'GoneException';
