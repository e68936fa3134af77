import * as z from 'zod';

/** A month of traffic. */
export const trafficSchema = z.object({
  calls: z.coerce.number().min(0),
  inputTokens: z.coerce.number().min(0),
  outputTokens: z.coerce.number().min(0),
  streamSeconds: z.coerce.number().min(0).max(900),
  keys: z.coerce.number().min(1),
  /** Busiest second over the mean. */
  peak: z.coerce.number().min(1),
});
export type Traffic = z.infer<typeof trafficSchema>;

export const DEFAULT_TRAFFIC: Traffic = {
  calls: 1_000_000,
  inputTokens: 1_000,
  outputTokens: 500,
  streamSeconds: 10,
  keys: 1_000,
  peak: 10,
};
