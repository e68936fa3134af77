import { createHmac, randomBytes } from 'node:crypto';

const SECRET_BYTES = 32;

/** What a webhook is signed with from now on. */
export const newWebhookSecret = (): string =>
  `whsec_${randomBytes(SECRET_BYTES).toString('base64url')}`;

/** Hex HMAC-SHA256 of `timestamp.body`: a receiver makes it too and compares, and refuses old timestamps. */
export const webhookSignature = (secret: string, timestampMs: number, body: string): string =>
  createHmac('sha256', secret).update(`${timestampMs}.${body}`).digest('hex');

/** A POST of JSON that its receiver can check. */
export const signedHeaders = (secret: string, timestampMs: number, body: string) => ({
  'content-type': 'application/json',
  'x-sluice-timestamp': String(timestampMs),
  'x-sluice-signature': webhookSignature(secret, timestampMs, body),
});
