import * as z from 'zod';

/** Variables of the gateway's functions, beside those of the engine room. */
export const gatewayEnv = z.object({
  STAGE: z.string().min(1),
  /** Comma-separated origins, or `*`. */
  CORS_ORIGINS: z.string().min(1),
  /** Whether the front door of this stage can stream an answer. */
  STREAMING: z.enum(['response', 'buffered']),
});
export type GatewayEnv = z.infer<typeof gatewayEnv>;

/** Variables of `discovery`. */
export const discoveryEnv = z.object({
  ...gatewayEnv.shape,
  /** Of the release: the package's. */
  VERSION: z.string().min(1),
});
export type DiscoveryEnv = z.infer<typeof discoveryEnv>;

/** Variables of `create-admin-key`. */
export const adminKeyEnv = z.object({
  KEYS_TABLE: z.string().min(1),
  ADMIN_SECRET_ID: z.string().min(1),
  STAGE: z.string().min(1),
});
export type AdminKeyEnv = z.infer<typeof adminKeyEnv>;
