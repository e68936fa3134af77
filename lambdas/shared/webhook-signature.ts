import { createHmac } from 'node:crypto';

/** Hex HMAC-SHA256 of `timestamp.body`: a receiver makes it too and compares, and refuses old timestamps. */
export const webhookSignature = (secret: string, timestampMs: number, body: string): string =>
  createHmac('sha256', secret).update(`${timestampMs}.${body}`).digest('hex');
