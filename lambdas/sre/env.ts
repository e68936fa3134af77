import * as z from 'zod';

const tables = { LOGS_TABLE: z.string().min(1), SRE_TABLE: z.string().min(1) };

/** Variables of what takes telemetry in. */
export const ingestEnv = z.object({
  ...tables,
  KEYS_TABLE: z.string().min(1),
  BLOCKS_BUCKET: z.string().min(1),
  CORS_ORIGINS: z.string().min(1),
  /** How long blocks are kept. */
  TELEMETRY_DAYS: z.string().regex(/^\d+$/),
});
export type IngestEnv = z.infer<typeof ingestEnv>;

/** Of what asks for evaluations. */
export const askingEnv = z.object({
  SRE_TABLE: z.string().min(1),
  EVALUATE_QUEUE_URL: z.string().min(1),
});
export type AskingEnv = z.infer<typeof askingEnv>;

/** Of what evaluates. */
export const evaluateEnv = z.object({ ...tables });
export type EvaluateEnv = z.infer<typeof evaluateEnv>;

/** Of what looks after the usage of keys. */
export const watchUsageEnv = z.object({
  KEYS_TABLE: z.string().min(1),
  USAGE_TABLE: z.string().min(1),
  SRE_TABLE: z.string().min(1),
});
export type WatchUsageEnv = z.infer<typeof watchUsageEnv>;

/** Of what people read. */
export const sreEnv = z.object({
  ...tables,
  KEYS_TABLE: z.string().min(1),
  BLOCKS_BUCKET: z.string().min(1),
  CORS_ORIGINS: z.string().min(1),
});
export type SreEnv = z.infer<typeof sreEnv>;
