import { randomBytes } from 'node:crypto';
import type { E2e } from '../e2e.ts';
import { sendTelemetry } from './send-telemetry.ts';

/** A service of a test's own: others use the same project. */
export const ownService = (): string => `svc-${randomBytes(6).toString('hex')}`;

/** Sends telemetry to the stack of a file, by a key of the file's own that `start` makes. */
export const telemetrySender = (e2e: E2e) => {
  let key = '';
  return {
    start: async (): Promise<void> => {
      key = (await e2e.mint({ scope: 'ingest' })).secret;
    },
    key: (): string => key,
    send: async (
      body: string | Uint8Array<ArrayBuffer>,
      headers?: Record<string, string>,
      path?: string,
      secret = key,
    ): Promise<Response> => await sendTelemetry(e2e.stack, { secret, body, headers, path }),
  };
};
