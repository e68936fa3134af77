import * as z from 'zod';

export const loadPlan = z.object({
  url: z.string(),
  headers: z.record(z.string(), z.string()),
  /** Authorization headers, used in turn. */
  keys: z.array(z.string()).min(1),
  body: z.string(),
  concurrency: z.int().min(1).max(1_000),
  warmUps: z.int().min(0).max(100_000),
  calls: z.int().min(1).max(100_000),
});
export type LoadPlan = z.infer<typeof loadPlan>;

export const loadResult = z.object({
  firstByteMs: z.array(z.number()),
  totalMs: z.array(z.number()),
  seconds: z.number(),
});
export type LoadResult = z.infer<typeof loadResult>;
