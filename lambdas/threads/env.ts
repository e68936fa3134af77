import * as z from 'zod';

/** Variables of the functions of threads, beside those of the engine room. */
export const threadsEnv = z.object({
  THREADS_TABLE: z.string().min(1),
  CHUNKS_TABLE: z.string().min(1),
  CONNECTIONS_TABLE: z.string().min(1),
  /** Where sockets are posted to: https, with the stage. */
  CONNECTIONS_URL: z.string().min(1),
  /** Where clients connect: wss, with the stage. */
  WEBSOCKET_URL: z.string().min(1),
  /** Rows that are too large for an item. */
  BLOBS_BUCKET: z.string().min(1),
  /** The function that continues a run that has no producer. */
  RUN_TURN_FUNCTION: z.string().min(1),
  CORS_ORIGINS: z.string().min(1),
  /** Set by the local runtime alone: tools may be called at http://localhost. On AWS that would be the function itself. */
  LOCAL_WEBHOOKS: z.literal('allow').optional(),
  /** Who writes titles: a model's name, or `auto` for a cheap one of the thread's family. */
  TITLE_MODEL: z.string().min(1),
  /** The stage's longest call of a model, in seconds, with what ends it. */
  CALL_SECONDS_MAX: z.string().regex(/^\d+$/),
  STREAMING: z.enum(['response', 'buffered']),
});
export type ThreadsEnv = z.infer<typeof threadsEnv>;
/** What a deployed stage sets. */
export type DeployedThreadsEnv = Omit<ThreadsEnv, 'LOCAL_WEBHOOKS'>;
