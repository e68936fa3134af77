import type * as z from 'zod';
import type { InboundEvent, InboundWire } from '../../tickets/inbound-wire.ts';
import { jsonOf } from './read-answer.ts';
import {
  hmacHex,
  INBOUND_AGE_MS_MAX,
  isFresh,
  isSigned,
  NOTHING_READ,
  refusedInbound,
} from './signed.ts';

interface SignedWebhook<T> {
  readonly header: string;
  readonly prefix: string;
  readonly algorithm: 'sha1' | 'sha256';
  /** What the secret belongs to, for the refusal. */
  readonly of: 'subscription' | 'webhook';
  readonly schema: z.ZodType<T>;
  readonly atMs: (data: T) => number;
  readonly eventsOf: (data: T) => readonly InboundEvent[];
}

/** A webhook whose header has the HMAC of its body, and whose body says when it was made. */
export const signedWebhook = <T>(
  secret: string | undefined,
  { header, prefix, algorithm, of, schema, atMs, eventsOf }: SignedWebhook<T>,
): InboundWire => ({
  read: ({ headers, body, nowMs }) => {
    if (!isSigned(headers[header], prefix, secret, (key) => hmacHex(algorithm, key, body)))
      return refusedInbound(`the signature is not that of the ${of}`);
    const { data } = schema.safeParse(jsonOf(Buffer.from(body).toString('utf8')));
    if (data === undefined) return NOTHING_READ;
    if (!isFresh(atMs(data), nowMs, INBOUND_AGE_MS_MAX)) return refusedInbound('it is too old');
    return { kind: 'read', events: eventsOf(data) };
  },
});
