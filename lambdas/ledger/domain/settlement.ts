import * as z from 'zod';
import type { Settlement } from './usage.ts';

/** A count of tokens as it is stored. */
export const tokensSchema = z.object({
  input: z.number(),
  cacheRead: z.number(),
  cacheWrite5m: z.number(),
  cacheWrite1h: z.number(),
  output: z.number(),
  reasoning: z.number(),
  audioInput: z.number(),
  audioOutput: z.number(),
});

/** A settlement as it is stored: in a key's `last`, and in the usage event made from it. */
export const settlementSchema: z.ZodType<Settlement> = z.object({
  holdId: z.string(),
  requestId: z.string(),
  keyId: z.string(),
  projectId: z.string(),
  model: z.string(),
  provider: z.string(),
  tokens: tokensSchema,
  costNanoUsd: z.number(),
  estimated: z.boolean(),
  status: z.enum(['completed', 'cancelled', 'deadline', 'provider_error', 'released', 'expired']),
  startedAtMs: z.number(),
  settledAtMs: z.number(),
  firstTokenMs: z.number().nullable(),
  totalMs: z.number(),
  feature: z.string().nullable(),
  threadId: z.string().nullable(),
  endUserId: z.string().nullable(),
});
