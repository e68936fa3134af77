import * as z from 'zod';
import { countsOf, storedCounts, type Settlement, type TokenUsage } from './usage.ts';

/** Counts as they are stored: a kind that is absent is zero, one that this release does not know is not read. */
export const tokensSchema: z.ZodType<TokenUsage> = z
  .record(z.string(), z.number())
  .transform(countsOf);

/** How a call ends. */
export const ENDINGS = [
  'completed',
  'cancelled',
  'deadline',
  'provider_error',
  'released',
  'expired',
] as const;

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
  status: z.enum(ENDINGS),
  startedAtMs: z.number(),
  settledAtMs: z.number(),
  firstTokenMs: z.number().nullable(),
  totalMs: z.number(),
  feature: z.string().nullable(),
  threadId: z.string().nullable(),
  endUserId: z.string().nullable(),
  route: z.string().exactOptional(),
});

/** The item of a settlement: the fields of `settlementSchema`. */
export const storedSettlement = (settlement: Settlement): Readonly<Record<string, unknown>> => ({
  ...settlement,
  tokens: storedCounts(settlement.tokens),
});
