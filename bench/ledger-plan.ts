import * as z from 'zod';

export const ledgerPlan = z.object({
  keysTable: z.string(),
  /** Keys to add first. */
  mint: z.int().min(0).max(10_000),
  /** Secrets of keys that are there already. */
  keys: z.array(z.string()),
  warmUps: z.int().min(0).max(10_000),
  calls: z.int().min(0).max(10_000),
  /** Asks DynamoDB what each write consumed. */
  isCapacityAsked: z.boolean(),
});
export type LedgerPlan = z.infer<typeof ledgerPlan>;

export const ledgerResult = z.object({
  /** Secrets of the keys that were added. */
  keys: z.array(z.string()),
  holdMs: z.array(z.number()),
  settleMs: z.array(z.number()),
  /** Capacity units of each write, where the engine tells them. */
  units: z.array(z.number()),
});
export type LedgerResult = z.infer<typeof ledgerResult>;
