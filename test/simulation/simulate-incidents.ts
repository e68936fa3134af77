import {
  anomalyItemOf,
  anomalyKey,
  anomalyWrite,
} from '../../lambdas/sre/adapters/anomaly-items.ts';
import { tableAnomalyBook } from '../../lambdas/sre/adapters/table-anomaly-book.ts';
import { tableDueList } from '../../lambdas/sre/adapters/table-due-list.ts';
import { tableIncidentStore } from '../../lambdas/sre/adapters/table-incident-store.ts';
import type { Write } from '../../lambdas/platform/tables/tables.ts';
import { AppError } from '../../lambdas/shared/app-error.ts';
import { NO_DIAGNOSES } from '../../lambdas/sre/diagnose/plan-diagnosis.ts';
import { sreChange } from '../../lambdas/sre/formats/sre-change.ts';
import type { IncidentChanged } from '../../lambdas/sre/incidents/incident.ts';
import type { LookRequest } from '../../lambdas/sre/incidents/look.ts';
import type { IncidentCommit, IncidentStore } from '../../lambdas/sre/ports/incidents.ts';
import { announce } from '../../lambdas/sre/usecases/announce.ts';
import { changeIncident } from '../../lambdas/sre/usecases/change-incident.ts';
import { correlateIncidents } from '../../lambdas/sre/usecases/correlate-incidents.ts';
import { START_MS } from '../support/sre/entries.ts';
import { checkIncidents } from './check-incidents.ts';
import { actorOf, IncidentCloud } from './incident-cloud.ts';
import { MINUTE_MS, planOf, type Plan, type Written } from './incident-faults.ts';
import { weakened, windowsOf, type IncidentMutation } from './incident-mutations.ts';
import { must } from './scheduler.ts';
import { seeded, type Seeded } from './seeded.ts';
import { VirtualTime, type Actor } from './virtual-time.ts';

const CALM_MS = 50 * MINUTE_MS;
/** Longer than it is, so that a run is short. */
const TICK_MS = 3 * MINUTE_MS;

/**
 * One seeded run: services of two tenants break along their calls, once or again; four correlators race, die at any
 * await and are given the same messages again; the stream is read anew from its start; people acknowledge. Throws when a
 * fault is not exactly one incident, noise is one, or what was told is not what was written. Answers what it went through.
 */
export const simulateIncidents = async (
  seed: number,
  mutation: IncidentMutation | null = null,
): Promise<ReadonlySet<string>> => {
  const world = new World(seed, mutation);
  const { time, plan } = world;
  world.begin();
  await time.run(plan.endMs + MINUTE_MS);
  world.isCalm = true;
  await time.run(plan.endMs + CALM_MS);
  if (world.failures.length > 0) throw world.failures[0];
  checkIncidents(world.cloud.memory, plan, world.told, world.seen);
  return world.seen;
};

class World {
  readonly seen = new Set<string>();
  readonly random: Seeded;
  readonly time: VirtualTime;
  readonly plan: Plan;
  readonly cloud: IncidentCloud;
  readonly failures: unknown[] = [];
  readonly told: IncidentChanged[] = [];
  /** Revisions that somebody knows to have written. */
  private readonly committed = new Set<string>();
  isCalm = false;
  private readonly mutation: IncidentMutation | null;
  private cursor = 0;
  private isReading = false;

  constructor(seed: number, mutation: IncidentMutation | null) {
    this.mutation = mutation;
    this.random = seeded(seed);
    this.time = new VirtualTime(this.random, START_MS);
    this.plan = planOf(this.random, this.seen);
    this.cloud = new IncidentCloud({
      time: this.time,
      random: this.random,
      seen: this.seen,
      failures: this.failures,
      isCalm: () => this.isCalm,
      weaken: (write) => weakened(write, mutation),
      onStream: () => this.onStream(),
      onMessage: async (look, actor) => await this.correlate(look, actor),
    });
  }

  begin(): void {
    for (const work of [this.write(), this.tick()])
      work.catch((error: unknown) => this.failures.push(error));
  }

  private async write(): Promise<void> {
    const actor = actorOf('evaluate');
    for (const written of this.plan.written) {
      const late = this.random.chance(0.1) ? this.random.below(2 * MINUTE_MS) : 0;
      if (late > 0) this.seen.add('late anomaly');
      await this.time.sleep(actor, written.atMs - this.time.nowMs);
      void this.time.sleep(actor, late).then(() => this.put(written));
    }
  }

  private put({ anomaly }: Written): void {
    const { tenant, id, endedMs } = anomaly;
    const key = anomalyKey(tenant, id);
    const found: Write = { kind: 'put', table: 'sre', key, item: anomalyItemOf(anomaly) };
    // An end that overtakes what it ends is written by the same hand, behind it.
    const isThere = this.cloud.memory.items.sre.has(`${key.pk}|${key.sk}`);
    if (endedMs === null || !isThere) this.cloud.apply([found]);
    if (endedMs !== null) this.cloud.apply([anomalyWrite(tenant, { kind: 'ended', id, endedMs })]);
  }

  private onStream(): void {
    if (this.isReading) return;
    this.isReading = true;
    this.read()
      .catch((error: unknown) => this.failures.push(error))
      .finally(() => {
        this.isReading = false;
      });
  }

  /** The function behind the stream: batch by batch, and the same batch again when it died. */
  private async read(): Promise<void> {
    const stream = actorOf('stream');
    while (this.cursor < this.cloud.stream.length) {
      await this.time.sleep(stream, 200 + this.random.below(1_500));
      if (!this.isCalm && this.random.chance(0.01)) {
        this.seen.add('stream read from its start');
        this.cursor = 0;
      }
      const batch = this.cloud.stream.slice(this.cursor, this.cursor + 40);
      if (await this.isTold(batch)) this.cursor += batch.length;
    }
  }

  private async isTold(batch: IncidentCloud['stream']): Promise<boolean> {
    const told = this.announce(actorOf('announce'), batch).then(
      () => true,
      (error: unknown) => {
        if (!(error instanceof AppError)) this.failures.push(error);
        return false;
      },
    );
    const isDead = this.time.sleep(actorOf('stream'), 30_000).then(() => false);
    return await Promise.race([told, isDead]);
  }

  private async announce(actor: Actor, batch: IncidentCloud['stream']): Promise<void> {
    const changes = batch
      .map((dynamodb) => sreChange({ dynamodb }))
      .filter((change) => change !== null);
    await announce(
      {
        looks: { ask: async (looks) => await this.send(actor, looks) },
        diagnoses: { send: async () => await Promise.resolve() },
        settings: { get: async () => await Promise.resolve(NO_DIAGNOSES) },
        remediations: { send: async () => await Promise.resolve() },
        tellUsage: async () => await Promise.resolve(),
        news: {
          changed: async (told) =>
            await this.cloud.call(actor, 'message', async () => {
              if (this.mutation !== 'told by the writer') this.told.push(...told);
            }),
        },
      },
      changes,
    );
  }

  private async send(actor: Actor, looks: readonly LookRequest[]): Promise<void> {
    await this.cloud.call(actor, 'message', async () => this.cloud.send(looks));
  }

  private async tick(): Promise<void> {
    const clock = actorOf('clock');
    for (;;) {
      await this.time.sleep(clock, TICK_MS);
      const due = await tableDueList({ tables: this.cloud.memory }).due(this.time.nowMs);
      const isTwice = !this.isCalm && this.random.chance(0.1);
      for (const { tenant, anomalyIds } of [...due, ...(isTwice ? due : [])])
        this.cloud.send([{ tenant, anomalyIds, incidentId: null, isSweep: true, delaySeconds: 0 }]);
      if (due.length > 0 && this.random.chance(0.3)) await this.acknowledge(due[0]?.tenant ?? '');
    }
  }

  private async acknowledge(tenant: string): Promise<void> {
    const tables = this.cloud.tablesOf(actorOf('route'));
    const store = tableIncidentStore({ tables });
    const incidents: IncidentStore = {
      ...store,
      commit: async (commit) => await this.commit(store, commit),
    };
    const { live } = await tableIncidentStore({ tables: this.cloud.memory }).load(
      tenant,
      [],
      this.time.nowMs,
    );
    const [first] = live;
    if (first === undefined) return;
    this.seen.add('acknowledged');
    const timers = { nowMs: () => this.time.nowMs, sleep: async () => undefined };
    changeIncident(
      { incidents, timers },
      { tenant, id: first.id, act: { kind: 'acknowledge' }, by: 'ada' },
    ).catch((error: unknown) => {
      if (!(error instanceof AppError)) this.failures.push(error);
    });
  }

  private async correlate(look: LookRequest, actor: Actor): Promise<void> {
    const { time, plan, mutation } = this;
    const tables = this.cloud.tablesOf(actor);
    const incidents = tableIncidentStore({ tables });
    await correlateIncidents(
      {
        anomalies: tableAnomalyBook({ tables }),
        incidents: {
          ...incidents,
          commit: async (commit) => await this.commit(incidents, commit),
        },
        silences: {
          list: async (tenant) =>
            mutation === 'silences not read'
              ? []
              : plan.silences.filter((silence) => silence.tenant === tenant),
        },
        graph: {
          edges: async () => (mutation === 'each member an incident' ? [] : plan.edges),
        },
        windows: { load: async (tenant) => windowsOf(plan, tenant, time.nowMs, mutation) },
        due: tableDueList({ tables }),
        looks: { ask: async (looks) => await this.send(actor, looks) },
        causeOf: null,
        metrics: { record: () => undefined },
        timers: {
          nowMs: () => time.nowMs + actor.skewMs,
          sleep: async (ms) => await time.sleep(actor, ms),
        },
      },
      look,
    );
  }

  private async commit(incidents: IncidentStore, commit: IncidentCommit): Promise<boolean> {
    const { mutation } = this;
    if (mutation === 'no merge' && commit.changes.some(({ after }) => after.mergedInto !== null))
      return true;
    const marks = mutation === 'no marks' ? [] : commit.marks;
    const isWritten = await incidents.commit({ ...commit, marks });
    for (const { after } of isWritten ? commit.changes : []) {
      const written = `${after.id} ${after.revision}`;
      must(!this.committed.has(written), `two wrote revision ${after.revision}`);
      this.committed.add(written);
      if (mutation === 'told by the writer')
        this.told.push({
          tenant: after.tenant,
          incidentId: after.id,
          revision: after.newsRevision,
        });
    }
    return isWritten;
  }
}
