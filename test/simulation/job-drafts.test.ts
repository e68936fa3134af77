import { describe, expect, test } from 'vitest';
import { blobTables } from '../../lambdas/threads/adapters/tables/blob-tables.ts';
import { tableJobStore } from '../../lambdas/threads/jobs/adapters/table-job-store.ts';
import { openJobsKey } from '../../lambdas/threads/jobs/adapters/job-keys.ts';
import type { JobCalls } from '../../lambdas/threads/jobs/domain/job.ts';
import { JOB_DRAFT_MS, JOBS_OPEN_MAX } from '../../lambdas/threads/jobs/domain/limits.ts';
import { sweepJobs } from '../../lambdas/threads/jobs/usecases/sweep-jobs.ts';
import { JOB_PLACE, jobOfCalls } from '../support/job-rows.ts';
import { MemoryTables } from '../support/memory-tables.ts';
import { dieAtEach, Mortal, tablesOf, type Step } from './mortal.ts';
import { must } from './scheduler.ts';

const START_MS = Date.UTC(2026, 10, 24);
const callsOf = (bytes: number): JobCalls => ({
  calls: [{ customId: 'a', url: '/v1/chat/completions', body: { text: 'x'.repeat(bytes) } }],
  headers: {},
});
const LARGE = callsOf(400_000);
const JOB = jobOfCalls(START_MS);

class DraftWorld {
  readonly memory = new MemoryTables();
  readonly objects = new Map<string, Uint8Array>();
  nowMs = START_MS;

  store(step: Step) {
    const rows = tablesOf(this.memory, step);
    return tableJobStore({
      rows,
      tables: blobTables(rows, {
        put: async (key, bytes) => await step(async () => void this.objects.set(key, bytes)),
        get: async (key) => this.objects.get(key) ?? new Uint8Array(),
      }),
      removeObjects: async (jobId) =>
        await step(async () => {
          for (const key of this.objects.keys())
            if (key.startsWith(`${jobId}/`)) this.objects.delete(key);
        }),
      timers: { nowMs: () => this.nowMs, sleep: async () => undefined },
      random: () => 0.5,
    });
  }

  async sweep(step: Step): Promise<void> {
    await sweepJobs({
      store: this.store(step),
      starter: { startJob: async () => undefined },
      timers: { nowMs: () => this.nowMs, sleep: async () => undefined },
      metrics: { record: () => undefined },
      report: () => undefined,
    });
  }

  /** A job has its calls, and what is no job has nothing. */
  async check(): Promise<void> {
    const store = this.store(async (asked) => await asked());
    const [job, calls] = [await store.get(JOB_PLACE), await store.calls(JOB_PLACE)];
    must((job === null) === (calls === null), 'a job without calls');
    if (job === null) must(this.objects.size === 0, `${this.objects.size} objects of no job`);
    else must(JSON.stringify(calls) === JSON.stringify(LARGE), 'calls are lost');
  }
}

/** All that one process does, which then is dead for good. */
const alive = async (work: (step: Step) => Promise<unknown>) => await new Mortal(null).run(work);

describe('an object of a job that never came', () => {
  test('is gone an hour after, wherever its maker died, and a job that came keeps its own', async () => {
    let [made, lost] = [0, 0];
    for (let dieAt = 1; ; dieAt++) {
      const world = new DraftWorld();
      const maker = new Mortal(dieAt);
      const outcome = await maker.run(
        async (step) => await world.store(step).create(JOB, LARGE, null),
      );
      await alive(async (step) => await world.sweep(step));
      const isThere = (await world.store(async (asked) => await asked()).get(JOB_PLACE)) !== null;
      // It may come yet: the sweep leaves it alone.
      if (!isThere && world.objects.size > 0) lost += 1;
      if (isThere) made += 1;
      world.nowMs += JOB_DRAFT_MS;
      await alive(async (step) => await world.sweep(step));
      await world.check();
      if (outcome !== 'dead') break;
    }
    expect([made > 0, lost > 0]).toEqual([true, true]);
  });

  test('is gone, wherever a sweep died that removed it', async () => {
    const deaths = await dieAtEach({
      world: async () => {
        const world = new DraftWorld();
        await new Mortal(null).run(async (step) => {
          const { memory } = world;
          memory.place('threads', { ...openJobsKey(JOB), open_jobs: JOBS_OPEN_MAX - 1 });
          // The last place is taken by somebody else between the look and the write.
          const late: Step = async (asked) => {
            if (world.objects.size > 0)
              memory.place('threads', { ...openJobsKey(JOB), open_jobs: JOBS_OPEN_MAX });
            return await step(asked);
          };
          const refused = await world.store(late).create(JOB, LARGE, null);
          must(refused.kind === 'full' && world.objects.size === 1, 'it is not refused');
        });
        world.nowMs += JOB_DRAFT_MS;
        return world;
      },
      work: async (world, step) => await world.sweep(step),
      check: async (world) => {
        await world.check();
        must(world.objects.size === 0, 'an object is left');
        must(
          ![...world.memory.items.threads.values()].some(({ sk }) => sk === 'DRAFT'),
          'a draft is left',
        );
      },
    });
    expect(deaths).toBeGreaterThan(4);
  });

  test('whose maker comes after the sweep is refused, and nothing is left', async () => {
    const world = new DraftWorld();
    let isSwept = false;
    const slow: Step = async (asked) => {
      const answer = await asked();
      if (!isSwept && world.objects.size > 0) {
        isSwept = true;
        world.nowMs += JOB_DRAFT_MS;
        await world.sweep(async (one) => await one());
      }
      return answer;
    };
    const { kind } = await world.store(slow).create(JOB, LARGE, null);
    expect([isSwept, kind]).toEqual([true, 'full']);
    await world.check();
  });

  test('is not written for calls that an item holds', async () => {
    const world = new DraftWorld();
    const store = world.store(async (asked) => await asked());
    expect(await store.create(JOB, callsOf(1_000), null)).toMatchObject({ kind: 'created' });
    expect([...world.memory.items.threads.values()].map(({ sk }) => sk)).not.toContain('DRAFT');
  });
});
