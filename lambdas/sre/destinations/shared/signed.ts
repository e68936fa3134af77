import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { InboundWires } from '../../ports/destinations.ts';
import type { InboundReading } from '../../tickets/inbound-wire.ts';

/**
 * A signed body that says when it was made is not taken after this. Vendors repeat a delivery that failed for hours, so
 * it is no few minutes: the ids of events keep a repetition inside of it from counting twice.
 */
export const INBOUND_AGE_MS_MAX = 24 * 3_600_000;
/** A clock that is ahead of ours. */
const INBOUND_AHEAD_MS_MAX = 300_000;

/** Equal or not, in a time that says nothing of where two secrets differ. */
export const isSameSecret = (one: string, other: string): boolean =>
  timingSafeEqual(digestOf(one), digestOf(other));

export const hmacHex = (
  algorithm: 'sha1' | 'sha256',
  secret: string,
  ...parts: readonly (string | Uint8Array)[]
): string => {
  const hmac = createHmac(algorithm, secret);
  for (const part of parts) hmac.update(part);
  return hmac.digest('hex');
};

/** Whether one of the signatures in a header is that of the body; an empty secret signs nothing. */
export const isSigned = (
  header: string | undefined,
  prefix: string,
  secret: string | undefined,
  hexOf: (secret: string) => string,
): boolean => {
  if (secret === undefined || secret === '' || header === undefined) return false;
  const wanted = `${prefix}${hexOf(secret)}`;
  let isFound = false;
  for (const given of header.split(',').slice(0, SIGNATURES_MAX))
    if (isSameSecret(given.trim(), wanted)) isFound = true;
  return isFound;
};

/** Secrets that are being exchanged sign twice; nobody needs more than a few. */
const SIGNATURES_MAX = 10;

/** A request that can be signed at all has this header. */
export const hasHeader =
  (name: string): InboundWires['hasSignature'] =>
  ({ headers }) =>
    (headers[name] ?? '') !== '';

export const isFresh = (atMs: number, nowMs: number, ageMsMax: number): boolean =>
  Number.isFinite(atMs) && nowMs - atMs <= ageMsMax && atMs - nowMs <= INBOUND_AHEAD_MS_MAX;

export const refusedInbound = (reason: string): InboundReading => ({ kind: 'refused', reason });

export const NOTHING_READ: InboundReading = { kind: 'read', events: [] };

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();
