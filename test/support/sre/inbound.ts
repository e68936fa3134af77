import { createHmac } from 'node:crypto';
import type { InboundRequest } from '../../../lambdas/sre/tickets/inbound-wire.ts';

/** A request as it comes in. */
export const inboundOf = (
  body: object | string,
  headers: Readonly<Record<string, string>>,
  nowMs: number,
  query: Readonly<Record<string, string>> = {},
): InboundRequest => ({
  headers,
  query,
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  nowMs,
});

export const hex = (algorithm: string, secret: string, text: string): string =>
  createHmac(algorithm, secret).update(text).digest('hex');
