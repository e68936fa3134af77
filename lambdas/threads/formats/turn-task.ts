import * as z from 'zod';

/** What `run-turn` is asked to do. */
export const turnTask = z.object({
  projectId: z.string(),
  endUserId: z.string().nullable(),
  threadId: z.string(),
  seq: z.number().int(),
  /** Absent: the run continues. */
  task: z.enum(['title', 'fork']).optional(),
  /** With the task of a fork, whose `seq` is the last one that is copied. */
  fork: z
    .object({
      requestId: z.string(),
      bodyHash: z.string(),
      title: z.string().nullish(),
      metadata: z.record(z.string(), z.string()).optional(),
    })
    .optional(),
});
