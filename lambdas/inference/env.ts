import * as z from 'zod';
import { ledgerEnv } from '../ledger/env.ts';

/** Variables of the engine room; every function that uses it has all of these. */
export const inferenceEnv = ledgerEnv.extend({
  /** Secret with a JSON object: provider name -> { api_key?, base_url?, dialect?, simulated? }. */
  PROVIDER_SECRET_ID: z.string().min(1),
  /** Share of the calls whose content is logged, 0 to 1. */
  CONTENT_SAMPLE_SHARE: z.string().regex(/^[01]?\.?\d*$/),
  /** What capped keys may use though it has no price here: `<provider>/<name>`, separated by commas; or `none`. */
  ALLOWED_FEATURES: z.string().min(1),
  /** Set by a laptop alone: files may be read from this machine. */
  LOCAL_WEBHOOKS: z.literal('allow').optional(),
});
export type InferenceEnv = z.infer<typeof inferenceEnv>;
export type DeployedInferenceEnv = Omit<InferenceEnv, 'LOCAL_WEBHOOKS'>;
