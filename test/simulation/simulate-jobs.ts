import { dynamoCancelFlags } from '../../lambdas/ledger/adapters/dynamo-cancel-flags.ts';
import { dynamoKeyRegister } from '../../lambdas/ledger/adapters/dynamo-key-register.ts';
import { dynamoHoldPricer } from '../../lambdas/ledger/adapters/reprice-hold.ts';
import { dynamoSpendLedger } from '../../lambdas/ledger/adapters/dynamo-spend-ledger.ts';
import { keyItem, keyStateOf } from '../../lambdas/ledger/adapters/key-item.ts';
import { stateKey } from '../../lambdas/ledger/adapters/ledger-expressions.ts';
import { threadWitnesses } from '../../lambdas/ledger/adapters/thread-witnesses.ts';
import { expireHolds } from '../../lambdas/ledger/usecases/expire-holds.ts';
import { AppError } from '../../lambdas/shared/app-error.ts';
import type { Tables } from '../../lambdas/platform/tables/tables.ts';
import { tableChunkLog } from '../../lambdas/threads/adapters/table-chunk-log.ts';
import { tableJobStore } from '../../lambdas/threads/jobs/adapters/table-job-store.ts';
import type { Job, JobPlace } from '../../lambdas/threads/jobs/domain/job.ts';
import type { JobWorkDeps } from '../../lambdas/threads/jobs/usecases/job-types.ts';
import { runJob } from '../../lambdas/threads/jobs/usecases/run-job.ts';
import { sweepJobs } from '../../lambdas/threads/jobs/usecases/sweep-jobs.ts';
import { KEY_ID, newKey } from '../support/key-items.ts';
import { jobOfCalls } from '../support/job-rows.ts';
import { MemoryTables } from '../support/memory-tables.ts';
import { checkJob } from './check-job.ts';
import { JobProvider, type JobMutation } from './job-provider.ts';
import { tablesOf, type Step } from './mortal.ts';
import { must } from './scheduler.ts';
import { seeded, type Seeded } from './seeded.ts';
import { newActor, VirtualTime, type Actor } from './virtual-time.ts';

const START_MS = Date.UTC(2026, 10, 24);
const BUSY_MS = 900_000;
/** Longer than the longest pause of a webhook, and than any hold. */
const CALM_MS = 6 * 3_600_000;
const FUNCTION_MS = 120_000;
const MINUTE_MS = 60_000;
const DEATH_SHARE = 0.012;
const STORAGE_SHARE = 0.002;
/** In some worlds workers stand still beyond their leases, and others come for their work. */
const RESTLESS_SHARE = 0.35;
const PAUSE_SHARE = 0.012;
const PAUSE_MS_MAX = 240_000;
const LOST_SHARE = 0.15;

/**
 * One seeded run of a job: workers die at any await, stand still beyond their leases, are never started or are twice; the
 * key has little money, few calls a minute, or is revoked; somebody cancels. Throws when a call is paid for that its
 * provider was not asked for, or again after its answer was stored, when money stays held, or the job never ends.
 */
export const simulateJobs = async (
  seed: number,
  mutation: JobMutation | null = null,
): Promise<ReadonlySet<string>> => {
  const world = new World(seed, mutation);
  await world.open();
  await world.time.run(START_MS + BUSY_MS);
  world.isCalm = true;
  await world.time.run(START_MS + BUSY_MS + CALM_MS);
  if (world.failures.length > 0) throw world.failures[0];
  await world.check();
  return world.seen;
};

class World {
  readonly seen = new Set<string>();
  readonly failures: unknown[] = [];
  readonly time: VirtualTime;
  isCalm = false;
  private readonly random: Seeded;
  private readonly memory = new MemoryTables();
  private readonly provider: JobProvider;
  private readonly job: Job;
  private readonly place: JobPlace;
  private readonly mutation: JobMutation | null;
  private readonly isRestless: boolean;
  private readonly notices: string[] = [];
  private actors = 0;
  private wasPaused = false;

  constructor(seed: number, mutation: JobMutation | null) {
    this.random = seeded(seed);
    this.mutation = mutation;
    this.time = new VirtualTime(this.random, START_MS);
    this.isRestless = this.random.chance(RESTLESS_SHARE);
    const isStream = this.random.chance(0.25);
    this.job = jobOfCalls(START_MS, {
      count: isStream ? 1 : 1 + this.random.below(20),
      isStream,
      onInterrupt: this.random.chance(0.7) ? 'retry' : 'fail',
      hasWebhook: this.random.chance(0.5),
    });
    const { projectId, endUserId, jobId } = this.job;
    this.place = { projectId, endUserId, jobId };
    this.provider = new JobProvider(this.random, this.seen, mutation);
  }

  async open(): Promise<void> {
    const { random, memory } = this;
    const keys = dynamoKeyRegister({ tables: memory });
    const isPoor = random.chance(0.25);
    await keys.create(
      newKey({
        capNanoUsd: isPoor ? 60 : 1_000_000,
        rpm: random.chance(0.2) ? 2 : 1_000,
        maxConcurrency: random.chance(0.3) ? 2 : 50,
        nowMs: START_MS,
      }),
    );
    const store = this.storeOf(memory, this.actor('post'));
    const calls = Array.from({ length: this.job.total }, (_, index) => ({
      customId: `c${index}`,
      url: '/v1/chat/completions' as const,
      body: { stream: this.job.isStream },
    }));
    const made = await store.create(this.job, { calls, headers: {} }, null);
    must(made.kind === 'created', 'the job is made');
    this.start();
    this.spawn(this.sweeper());
    if (this.isRestless) this.spawn(this.starter());
    if (random.chance(0.2)) this.spawn(this.canceller());
    if (random.chance(0.15)) this.spawn(this.revoker());
  }

  async check(): Promise<void> {
    const { memory, provider, notices } = this;
    const key = keyItem.parse(await memory.get('keys', stateKey(KEY_ID)));
    const store = this.storeOf(memory, this.actor('reader'));
    const chunks = tableChunkLog({ tables: memory, timers: { nowMs: () => this.time.nowMs } });
    await checkJob({
      store,
      chunks,
      place: this.place,
      key: keyStateOf(key),
      memory,
      provider,
      notices,
      wasPaused: this.wasPaused,
      seen: this.seen,
    });
  }

  /** What Lambda does with an event: once at least, again when it failed, and now and then never. */
  private start(): void {
    if (!this.isCalm && this.random.chance(LOST_SHARE)) {
      this.seen.add('start lost');
      return;
    }
    if (!this.isCalm && this.random.chance(0.1)) this.spawn(this.worker());
    this.spawn(this.worker());
  }

  private async worker(tries = 3): Promise<void> {
    const actor = this.actor('worker');
    await this.time.sleep(actor, this.random.below(500));
    const deadlineMs = this.time.nowMs + FUNCTION_MS;
    try {
      const deps = this.depsOf(actor);
      await runJob(deps, { place: this.place, nonce: actor.name, deadlineMs });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      this.seen.add('worker failed');
      await this.time.sleep(this.actor('lambda'), MINUTE_MS);
      if (tries > 1) await this.worker(tries - 1);
    }
  }

  private async sweeper(): Promise<void> {
    for (;;) {
      const actor = this.actor('sweep');
      await this.time.sleep(actor, MINUTE_MS);
      if (this.time.nowMs > START_MS + BUSY_MS + CALM_MS - MINUTE_MS) return;
      const deps = this.depsOf(actor);
      await sweepJobs(deps).catch(() => this.seen.add('sweep failed'));
      await expireHolds({
        ledger: dynamoSpendLedger({
          tables: this.memory,
          witnesses: threadWitnesses(this.memory),
        }),
        clock: { nowMs: () => this.time.nowMs },
        metrics: { record: () => this.seen.add('holds expired') },
      });
    }
  }

  /** Lambda delivers an event late and again, and people press a button. */
  private async starter(): Promise<void> {
    const actor = this.actor('starter');
    while (!this.isCalm) {
      await this.time.sleep(actor, this.random.below(MINUTE_MS));
      this.start();
    }
  }

  private async canceller(): Promise<void> {
    const actor = this.actor('canceller');
    await this.time.sleep(actor, this.random.below(120_000));
    const store = this.storeOf(this.memory, actor);
    if ((await store.askCancel(this.place, this.time.nowMs))?.endedAtMs === null)
      this.seen.add('cancelled');
    this.start();
  }

  private async revoker(): Promise<void> {
    await this.time.sleep(this.actor('admin'), this.random.below(60_000));
    const keys = dynamoKeyRegister({ tables: this.memory });
    await keys.revoke(this.job.projectId, KEY_ID, this.time.nowMs);
    this.seen.add('key revoked');
  }

  private depsOf(actor: Actor): JobWorkDeps {
    const tables = this.tablesOf(actor);
    const timers = this.timersOf(actor);
    const ledger = dynamoSpendLedger({ tables });
    return {
      store: this.storeOf(tables, actor),
      chunks: tableChunkLog({ tables, timers }),
      starter: { startJob: async () => await Promise.resolve(this.start()) },
      caller: this.provider.callerOf(
        {
          ledger,
          repriceHold: async (hold, request) =>
            await dynamoHoldPricer({ tables, ledger }).reprice(hold, request, null),
          cancelFlags: dynamoCancelFlags({ tables: this.memory }),
        },
        timers,
      ),
      notify: async (_webhook, id) => {
        await this.pass(actor);
        this.notices.push(id);
        await this.pass(actor);
        const isDelivered = this.random.chance(0.7);
        if (!isDelivered) this.seen.add('webhook refused');
        return { isDelivered, words: '' };
      },
      noticeOf: () => '{}',
      ledger,
      timers,
      random: () => this.random.below(1_000) / 1_000,
      metrics: { record: () => undefined },
      report: () => undefined,
    };
  }

  private storeOf(tables: Tables, actor: Actor) {
    return tableJobStore({
      tables: this.mutation === null ? tables : this.provider.weakened(tables),
      rows: tables,
      removeObjects: async () => undefined,
      timers: this.timersOf(actor),
      random: () => this.random.below(1_000) / 1_000,
    });
  }

  private timersOf(actor: Actor) {
    return {
      nowMs: () => this.time.nowMs,
      sleep: async (ms: number, signal?: AbortSignal) => await this.time.sleep(actor, ms, signal),
    };
  }

  /** Each way there and back may be the last one. */
  private async pass(actor: Actor): Promise<void> {
    if (!this.isCalm && actor.name.startsWith('worker')) {
      if (this.random.chance(DEATH_SHARE)) {
        actor.isDead = true;
        this.seen.add('worker died');
      } else if (this.isRestless && this.random.chance(PAUSE_SHARE)) {
        actor.frozenUntilMs = this.time.nowMs + this.random.below(PAUSE_MS_MAX);
        this.wasPaused = true;
        this.seen.add('worker stood still');
      }
    }
    await this.time.sleep(actor, 1 + this.random.below(10));
  }

  private tablesOf(actor: Actor): Tables {
    const { memory } = this;
    const step: Step = async (ask) => {
      await this.pass(actor);
      if (!this.isCalm && this.random.chance(STORAGE_SHARE)) {
        this.seen.add('storage down');
        throw new AppError({ code: 'storage_unavailable', publicMessage: 'x' });
      }
      const answer = await ask();
      await this.pass(actor);
      return answer;
    };
    return tablesOf(memory, step);
  }

  private actor(name: string): Actor {
    this.actors += 1;
    return newActor(`${name}${this.actors}`);
  }

  private spawn(work: Promise<void>): void {
    void work.catch((error: unknown) => this.failures.push(error));
  }
}
