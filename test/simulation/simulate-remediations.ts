import { tableIncidentStore } from '../../lambdas/sre/adapters/table-incident-store.ts';
import { tableRemediationStore } from '../../lambdas/sre/adapters/table-remediation-store.ts';
import { AppError } from '../../lambdas/shared/app-error.ts';
import {
  isEnded,
  remediationAsOf,
  type Outcome,
  type RemediationTask,
} from '../../lambdas/sre/runbooks/remediation.ts';
import { decideRemediation } from '../../lambdas/sre/usecases/decide-remediation.ts';
import { proposeRemediation } from '../../lambdas/sre/usecases/propose-remediation.ts';
import { runRemediation } from '../../lambdas/sre/usecases/run-remediation.ts';
import type { Tables } from '../../lambdas/platform/tables/tables.ts';
import { MemoryTables } from '../support/memory-tables.ts';
import { TENANT } from '../support/sre/delivered.ts';
import { INCIDENT_ID, liveIncident, runbookOf } from '../support/sre/runbooks.ts';
import { checkRemediation, type Done } from './check-remediation.ts';
import { must } from './scheduler.ts';
import { seeded, type Seeded } from './seeded.ts';
import { newActor, VirtualTime, type Actor } from './virtual-time.ts';
import { DOWN, laterEnd, seenOf } from './done-elsewhere.ts';
import {
  weakIncidents,
  weakLooks,
  weakRemediations,
  type RemediationMutation,
} from './weak-remediations.ts';

const START_MS = 1_790_000_000_000;
const BUSY_MS = 1_200_000;
const CALM_MS = 8 * 3_600_000;
const WORKER_MS = 80_000;
const VISIBLE_AGAIN_MS = 360_000;
const TRAVEL_MS_MAX = 200;
const PAUSE_MS_MAX = 200_000;

/**
 * One seeded run: people and an agent propose a step at the same time, approve it at the same time, reject it, change
 * the runbook meanwhile; messages come late and twice; workers die at any await, while they act too, and stand still
 * beyond their leases; what was handed over ends later, or never. Throws when a step is done twice, or without a person's
 * word, or is told twice or not at all.
 */
export const simulateRemediations = async (
  seed: number,
  mutation: RemediationMutation | null = null,
): Promise<ReadonlySet<string>> => {
  const world = new World(seed, mutation);
  await world.open();
  world.people();
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
  private readonly mutation: RemediationMutation | null;
  private readonly memory = new MemoryTables();
  private readonly done: Done[] = [];
  private runbook = runbookOf();
  private attempts = 0;
  private proposing = 0;
  private approving = 0;

  constructor(seed: number, mutation: RemediationMutation | null) {
    this.random = seeded(seed);
    this.time = new VirtualTime(this.random, START_MS);
    this.mutation = mutation;
  }

  async open(): Promise<void> {
    const after = liveIncident({ openedMs: START_MS });
    const step = { revision: 1, atMs: START_MS, by: 'sluice', kind: 'opened', text: 'x' } as const;
    const changes = [{ before: null, after, step }];
    const commit = { tenant: TENANT, version: null, changes, marks: [] };
    must(await tableIncidentStore({ tables: this.memory }).commit(commit), 'it is opened');
    const settings = { isEnabled: true, waitMs: 3_600_000 };
    await tableRemediationStore({ tables: this.memory }).setSettings(TENANT, settings);
  }

  people(): void {
    for (const by of ['ada', 'bob', 'eve']) this.spawn(this.person(by));
    if (this.random.chance(0.3)) this.spawn(this.editor());
  }

  private async person(by: string): Promise<void> {
    for (let times = 0; times < 3; times++) {
      const actor = newActor(by);
      await this.time.sleep(actor, this.random.below(times === 0 ? 2_000 : BUSY_MS / 4));
      await this.try(this.propose(actor, by));
      await this.try(this.decide(actor, by));
    }
  }

  private async propose(actor: Actor, by: string): Promise<void> {
    this.proposing++;
    if (this.proposing > 1) this.seen.add('proposed by two at once');
    const deps = { ...this.depsOf(actor), runbooks: { get: async () => this.runbook } };
    await proposeRemediation(deps, {
      tenant: TENANT,
      incidentId: INCIDENT_ID,
      runbookId: this.runbook.id,
      stepId: 'restart',
      by,
      isAgent: by === 'eve',
      isDryRun: false,
    }).finally(() => this.proposing--);
  }

  /** Whoever opens the ticket sees what waits, and says yes or no to it. */
  private async decide(actor: Actor, by: string): Promise<void> {
    const all = await tableRemediationStore({ tables: this.memory }).list(TENANT, INCIDENT_ID);
    const open = all.filter((one) => !isEnded(remediationAsOf(one, this.time.nowMs)));
    for (const { id, planHash } of open) {
      const isYes = this.random.chance(0.85);
      this.approving++;
      if (this.approving > 1 && isYes) this.seen.add('approved by two at once');
      const deps = { ...this.depsOf(actor), runbooks: { get: async () => this.runbook } };
      const made = await decideRemediation(deps, {
        tenant: TENANT,
        id,
        by,
        decision: isYes ? { kind: 'approve', planHash } : { kind: 'reject' },
      }).finally(() => this.approving--);
      if (made.kind === 'made' && !isYes) this.seen.add('rejected');
      must(
        made.kind !== 'made' || !isYes || by !== 'eve' || !made.remediation.isProposedByAgent,
        'an agent approved what it proposed',
      );
    }
  }

  private async editor(): Promise<void> {
    await this.time.sleep(newActor('editor'), this.random.below(BUSY_MS / 3));
    this.runbook = runbookOf({ revision: this.runbook.revision + 1 });
    this.seen.add('runbook changed meanwhile');
  }

  /** A message: until its worker ends well it comes again. */
  private async message(task: RemediationTask, afterMs: number): Promise<void> {
    await this.time.sleep(newActor('queue'), afterMs);
    for (let receives = 1; receives <= 40; receives++) {
      const actor = newActor('worker');
      let isWell = false;
      const handled = async (): Promise<void> => {
        await this.work(actor, task);
        isWell = true;
      };
      this.spawn(handled());
      await this.time.sleep(newActor('queue'), VISIBLE_AGAIN_MS);
      if (isWell) return;
      // A function is over before its message comes again.
      actor.isDead = true;
      this.seen.add('message delivered again');
    }
  }

  private async work(actor: Actor, task: RemediationTask): Promise<void> {
    const deps = this.depsOf(actor);
    await runRemediation(
      {
        ...deps,
        runbooks: { get: async () => this.runbook },
        secrets: { read: async () => ({}) },
        ...weakLooks(deps.remediations, this.mutation, {
          enqueue: (tasks, afterMs) => this.enqueue(tasks, afterMs),
          pass: async () => await this.pass(actor),
        }),
        act: async () => await this.act(actor, task.remediationId),
        look: async (_plan, { id }) => await this.look(actor, id),
        newAttemptId: () => `attempt-${++this.attempts}`,
        metrics: { record: () => undefined },
        report: (_message, error) => this.failures.push(error),
      },
      { task, untilMs: this.time.nowMs + WORKER_MS },
    );
  }

  private async act(actor: Actor, id: string): Promise<Outcome> {
    if (this.dies(0.05)) await this.die(actor, 'killed before it acts');
    const stored = await tableRemediationStore({ tables: this.memory }).get(TENANT, id);
    must(stored !== null && stored.decidedBy !== null, `${id} is done and nobody allowed it`);
    const state = this.random.pick(['succeeded', 'failed', 'unknown', 'handed_over'] as const);
    const later = laterEnd(state, this.random, this.time.nowMs);
    this.done.push({ id, planHash: stored?.planHash ?? '', outcome: state, later });
    await this.time.sleep(actor, this.random.below(30_000));
    if (this.dies(0.08)) await this.die(actor, 'killed while it acts');
    if (this.dies(0.1)) {
      this.seen.add('slower than its lease');
      await this.time.sleep(actor, 100_000 + this.random.below(400_000));
    }
    return { state, result: 'done', url: null, ...(later === null ? {} : { follow: id }) };
  }

  private async look(actor: Actor, id: string): Promise<ReturnType<typeof seenOf>> {
    if (this.dies(0.1)) await this.die(actor, 'killed while it asks');
    const done = this.done.find((one) => one.id === id);
    return this.dies(0.1) ? DOWN : seenOf(done, this.time.nowMs);
  }

  private enqueue(tasks: readonly RemediationTask[], afterMs: number): void {
    for (const task of tasks) {
      const times = this.random.chance(0.2) ? 2 : 1;
      if (times === 2) this.seen.add('message delivered twice');
      for (let time = 0; time < times; time++)
        this.spawn(this.message(task, afterMs + this.random.below(2_000)));
    }
  }

  private depsOf(actor: Actor) {
    const tables = this.unreliable(actor);
    return {
      incidents: weakIncidents(tableIncidentStore({ tables }), this.mutation),
      remediations: weakRemediations(tableRemediationStore({ tables }), this.mutation, this.time),
      timers: {
        nowMs: () => this.time.nowMs,
        sleep: async (ms: number) => await this.time.sleep(actor, ms),
      },
    };
  }

  /** Each call takes time, may fail, may hold its process up, and may be its last. What is approved is told by the stream. */
  private unreliable(actor: Actor): Tables {
    const { memory } = this;
    const through = async <T>(step: () => Promise<T>): Promise<T> => {
      await this.pass(actor);
      const answer = await step();
      await this.pass(actor);
      return answer;
    };
    return {
      get: async (...args) => await through(async () => await memory.get(...args)),
      getMany: async (...args) => await through(async () => await memory.getMany(...args)),
      query: async (query) => await through(async () => await memory.query(query)),
      update: async (update) => await through(async () => await memory.update(update)),
      transact: async (writes) => await through(async () => await memory.transact(writes)),
      write: async (write) =>
        await through(async () => {
          const outcome = await memory.write(write);
          const isApproved = write.kind === 'put' && write.item['approved'] !== undefined;
          if (outcome.kind === 'written' && isApproved)
            this.enqueue([{ tenant: TENANT, remediationId: write.key.sk }], 0);
          return outcome;
        }),
    };
  }

  private async pass(actor: Actor): Promise<void> {
    await this.time.sleep(actor, this.random.below(TRAVEL_MS_MAX));
    if (this.dies(0.01)) await this.die(actor, 'killed');
    if (this.dies(0.01)) {
      actor.frozenUntilMs = this.time.nowMs + this.random.below(PAUSE_MS_MAX);
      await this.time.sleep(actor, 0);
    }
    if (!this.dies(0.01)) return;
    this.seen.add('storage down');
    throw new AppError({ code: 'storage_unavailable', publicMessage: 'down' });
  }

  private dies(share: number): boolean {
    return !this.isCalm && this.random.chance(share);
  }

  private async die(actor: Actor, how: string): Promise<never> {
    this.seen.add(how);
    actor.isDead = true;
    return await new Promise<never>(() => undefined);
  }

  private spawn(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      // What storage refused is delivered again by the queue.
      if (!(error instanceof AppError)) this.failures.push(error);
    });
  }

  private async try(work: Promise<unknown>): Promise<void> {
    await work.catch((error: unknown) => {
      if (!(error instanceof AppError)) throw error;
    });
  }

  async check(): Promise<void> {
    const all = await tableRemediationStore({ tables: this.memory }).list(TENANT, INCIDENT_ID);
    const steps = await tableIncidentStore({ tables: this.memory }).steps(TENANT, INCIDENT_ID);
    const told = steps.flatMap(({ reference }) => (reference === undefined ? [] : [reference]));
    must(new Set(told).size === told.length, 'something is told twice');
    const { done, seen } = this;
    for (const one of all) checkRemediation(one, { done, seen, told: new Set(told) });
    const open = all.filter((one) => one.state !== 'waiting' && !isEnded(one));
    must(open.length === 0, 'what was allowed has no end');
  }
}
