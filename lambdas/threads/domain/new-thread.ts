import type { ThreadPlace } from './thread-ids.ts';
import type { Thread } from './thread.ts';

/** A thread that nothing was said in yet. */
export const newThread = (
  { projectId, endUserId, threadId }: ThreadPlace,
  nowMs: number,
  fields: Partial<Thread> = {},
): Thread => ({
  projectId,
  endUserId,
  threadId,
  title: null,
  metadata: {},
  lastSeq: 0,
  activeRun: null,
  queue: [],
  superseded: [],
  createdAtMs: nowMs,
  lastActiveAtMs: nowMs,
  deletedAtMs: null,
  ...fields,
});
