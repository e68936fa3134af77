import * as z from 'zod';
import { runIdOf } from '../domain/thread-ids.ts';

const jobTask = z.object({
  projectId: z.string(),
  endUserId: z.string().nullable(),
  jobId: z.string(),
  task: z.literal('job'),
});

const runTask = z.object({
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

/** What `run-turn` is asked to do. */
export const turnTask = z.union([jobTask, runTask]);

/** What each log line of such a task carries. */
export const factsOfTask = (task: z.output<typeof turnTask>) => ({
  project_id: task.projectId,
  ...('jobId' in task ? { job_id: task.jobId } : { run_id: runIdOf(task.threadId, task.seq) }),
});
