import { setTimeout as wait } from 'node:timers/promises';
import type { Timers } from '../../lambdas/shared/deps.ts';
import { blobTables } from '../../lambdas/threads/adapters/tables/blob-tables.ts';
import { tableChunkLog } from '../../lambdas/threads/adapters/table-chunk-log.ts';
import { tableJobStore } from '../../lambdas/threads/jobs/adapters/table-job-store.ts';
import type { Job, JobCall } from '../../lambdas/threads/jobs/domain/job.ts';
import {
  routeCaller,
  type RouteCallerDeps,
} from '../../lambdas/threads/jobs/routes/route-caller.ts';
import type { JobWorkDeps } from '../../lambdas/threads/jobs/usecases/job-types.ts';
import { runJob } from '../../lambdas/threads/jobs/usecases/run-job.ts';
import { engineRoom } from './engine-room.ts';
import { JOB_PLACE, jobOfCalls } from './job-rows.ts';

/** The clock of a day on which every wait is over at once. */
const hastyTimers = (): Timers & { readonly pass: (ms: number) => void } => {
  let skippedMs = 0;
  return {
    pass: (ms) => void (skippedMs += ms),
    nowMs: () => Date.now() + skippedMs,
    sleep: async (ms, signal) => {
      // A watch looks at the real pace: its waits are not what a test waits for.
      if (ms === 2_000) await wait(200, undefined, { signal }).catch(() => undefined);
      else skippedMs += ms;
      await wait(1);
    },
  };
};

/** Jobs on tables in memory, their calls by the real engine room and a provider over HTTP. */
export const jobRoom = async (
  upstreamUrl: string,
  weaken: (deps: RouteCallerDeps['inference']) => RouteCallerDeps['inference'] = (deps) => deps,
  minted?: ReturnType<typeof engineRoom>,
) => {
  const room = minted ?? engineRoom(upstreamUrl);
  if (minted === undefined) await room.mint();
  const objects = new Map<string, Uint8Array>();
  const rows = room.tables;
  const tables = blobTables(rows, {
    put: async (key, bytes) => void objects.set(key, bytes),
    get: async (key) => objects.get(key) ?? new Uint8Array(),
  });
  const timers = hastyTimers();
  const store = tableJobStore({
    tables,
    rows,
    removeObjects: async (jobId) => {
      for (const key of objects.keys()) if (key.startsWith(`${jobId}/`)) objects.delete(key);
    },
    timers,
    random: () => 0.5,
  });
  const inference = weaken(room.deps);
  /** What each call takes, however fast the machine is. */
  let callMs = 0;
  const deps: JobWorkDeps = {
    store,
    chunks: tableChunkLog({ tables, timers }),
    starter: { startJob: async () => undefined },
    caller: {
      ask: async (asked) => {
        timers.pass(callMs);
        return await routeCaller({
          inference,
          // No test of this room makes a response: its runs have rooms of their own.
          get responses(): never {
            throw new Error('no responses here');
          },
          get context(): never {
            throw new Error('no invocation here');
          },
        }).ask(asked);
      },
    },
    notify: async () => ({ isDelivered: true, words: 'status 200' }),
    noticeOf: () => '{}',
    ledger: room.deps.ledger,
    timers,
    random: () => 0.5,
    metrics: room.deps.metrics,
    report: () => undefined,
  };
  return {
    room,
    store,
    objects,
    deps,
    timers,
    callsTake: (ms: number): void => void (callMs = ms),
    make: async (calls: readonly JobCall[], fields: Partial<Job> = {}): Promise<Job> => {
      const job = { ...jobOfCalls(timers.nowMs(), { count: calls.length }), ...fields };
      await store.create(job, { calls, headers: {} }, null);
      return job;
    },
    work: async (ms = 900_000): Promise<Job> => {
      const deadlineMs = timers.nowMs() + ms;
      await runJob(deps, { place: JOB_PLACE, nonce: `worker${Math.random()}`, deadlineMs });
      const job = await store.get(JOB_PLACE);
      if (job === null) throw new Error('the job is gone');
      return job;
    },
  };
};

export const chatCall = (customId: string, content: string, more: object = {}): JobCall => ({
  customId,
  url: '/v1/chat/completions',
  body: {
    model: 'gpt-4o-mini',
    max_tokens: 20,
    messages: [{ role: 'user', content }],
    ...more,
  },
});
