import * as z from 'zod';

/** Variables of the engine room; every function that uses it has all of these. */
export const inferenceEnv = z.object({
  KEYS_TABLE: z.string().min(1),
  USAGE_TABLE: z.string().min(1),
  EVENT_BUS_NAME: z.string().min(1),
  /** Secret with a JSON object: provider name -> { api_key?, base_url?, dialect?, simulated? }. */
  PROVIDER_SECRET_ID: z.string().min(1),
  /** Share of the calls whose content is logged, 0 to 1. */
  CONTENT_SAMPLE_SHARE: z.string().regex(/^[01]?\.?\d*$/),
});
export type InferenceEnv = z.infer<typeof inferenceEnv>;
