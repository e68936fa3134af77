import * as z from 'zod';
import { KEY_ANOMALY_KINDS, KEYS_NAMESPACE, type UsageAnomaly } from '../domain/usage-anomaly.ts';

/** What a notice says of an anomaly. */
const usageAnomaly = z.looseObject({
  id: z.string(),
  tenant: z.string(),
  /** Nothing that a service is found at: senders of telemetry may name one as a key. */
  kind: z.enum(KEY_ANOMALY_KINDS),
  source: z.looseObject({
    environment: z.literal(''),
    namespace: z.literal(KEYS_NAMESPACE),
    service: z.string(),
  }),
  openedMs: z.number(),
  band: z.string(),
  why: z.string(),
});

/** The stored text of an anomaly; null: it is not of a key of the gateway. */
export const usageAnomalyOf = (text: string): UsageAnomaly | null =>
  usageAnomaly.safeParse(JSON.parse(text)).data ?? null;
