import { deployedStage } from '../deployed-stage.ts';
import type { Stack } from '../stack.ts';

export const JSON_TYPE = { 'content-type': 'application/json' };

/** The local runtime serves both APIs at one address; a deployed stage takes telemetry at one of its own. */
export const ingestUrlOf = (stack: Stack): string => deployedStage?.ingestUrl ?? stack.baseUrl;

export interface SentTelemetry {
  readonly secret: string;
  readonly body: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly path?: string | undefined;
}

/** Sends one body as an exporter does; JSON of logs unless it is said otherwise. */
export const sendTelemetry = async (
  stack: Stack,
  { secret, body, headers = JSON_TYPE, path = '/v1/logs' }: SentTelemetry,
): Promise<Response> =>
  await fetch(`${ingestUrlOf(stack)}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, ...headers },
    body,
  });
