import { SummaryReader, tableSummaryLog } from '../../lambdas/sre/adapters/table-summary-log.ts';
import { tableWindowStore } from '../../lambdas/sre/adapters/table-window-store.ts';
import type { Tables, Write } from '../../lambdas/platform/tables/tables.ts';
import { anomalyWrite } from '../../lambdas/sre/adapters/anomaly-items.ts';
import { AppError } from '../../lambdas/shared/app-error.ts';
import { OVERLAP_MS, type Part } from '../../lambdas/sre/domain/part.ts';
import type { StampedSummary } from '../../lambdas/sre/domain/summary.ts';
import type { SummaryLog, WindowStore } from '../../lambdas/sre/ports/windows.ts';
import { evaluate } from '../../lambdas/sre/usecases/evaluate.ts';
import { usualSettings } from '../support/sre/entries.ts';
import { checkWindows } from './check-windows.ts';
import { SimulatedSenders, TENANT } from './simulated-senders.ts';
import { seeded } from './seeded.ts';
import type { Actor } from './virtual-time.ts';

/** Weakenings that the invariants must catch. */
export type WindowMutation =
  | 'no version clause'
  | 'no overlap'
  | 'nothing seen'
  | 'anomalies after the state'
  | 'anomalies before the state'
  | 'hot blocks counted again'
  | 'late records dropped'
  | 'no ids of episodes'
  | 'hours after the state';

const BUSY_MS = 180_000;
const CALM_MS = 14_000;
const TICK_MS = 10_000;
const CRASH_SHARE = 0.01;
const LOST_ANSWER_SHARE = 0.05;
const OUTAGE_SHARE = 0.01;
const TRAVEL_MS_MAX = 400;

/**
 * One seeded run: services send through functions with clocks of their own into a log whose index lags; ticks come,
 * come twice, late or never; up to three evaluators race and die at any await. Throws when a window is not the straight
 * count of what was stored, or an anomaly is not there exactly once. Answers what it went through.
 */
export const simulateWindows = async (
  seed: number,
  mutation: WindowMutation | null = null,
): Promise<ReadonlySet<string>> => {
  const world = new World(seed, mutation);
  world.senders.begin(BUSY_MS);
  world.spawn(ticks(world));
  await world.senders.time.run(world.senders.startMs + BUSY_MS);
  world.isCalm = true;
  for (let round = 0; round < 2; round++) {
    await world.senders.time.run(world.senders.time.nowMs + CALM_MS / 2);
    world.spawn(evaluator(world, []));
    await world.senders.time.run(world.senders.time.nowMs + CALM_MS / 2);
  }
  if (world.failures.length > 0) throw world.failures[0];
  await checkWindows(world.senders, world.seen);
  return world.seen;
};

class World {
  readonly seen = new Set<string>();
  readonly senders: SimulatedSenders;
  readonly mutation: WindowMutation | null;
  readonly failures: unknown[] = [];
  /** Summaries never change: all evaluators share what was read of them. */
  readonly reader = new SummaryReader();
  isCalm = false;

  constructor(seed: number, mutation: WindowMutation | null) {
    this.mutation = mutation;
    this.senders = new SimulatedSenders(seeded(seed), this.seen, (blocks) => this.onHot(blocks));
  }

  spawn(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      // What storage refused is tried again by the queue.
      if (!(error instanceof AppError)) this.failures.push(error);
    });
  }

  /** The stream delivers a hot batch, and at times again minutes later. */
  private onHot(blocks: readonly StampedSummary[]): void {
    this.spawn(this.deliver(blocks));
  }

  private async deliver(blocks: readonly StampedSummary[]): Promise<void> {
    const { time, random } = this.senders;
    const stream = actorOf('stream', 0);
    await time.sleep(stream, random.below(1_500));
    this.spawn(evaluator(this, blocks));
    if (!random.chance(0.4)) return;
    await time.sleep(stream, random.below(90_000));
    if (this.isCalm) return;
    this.seen.add('stream delivered again');
    this.spawn(evaluator(this, blocks));
  }
}

const actorOf = (name: string, skewMs: number): Actor => ({
  name,
  skewMs,
  isDead: false,
  wasPaused: false,
  frozenUntilMs: 0,
});

const ticks = async (world: World): Promise<void> => {
  const { time, random } = world.senders;
  const clock = actorOf('clock', 0);
  while (!world.isCalm) {
    await time.sleep(clock, TICK_MS);
    if (random.chance(0.1)) {
      world.seen.add('tick missing');
      continue;
    }
    const racers = random.pick([1, 1, 1, 2, 3]);
    if (racers === 3) world.seen.add('three evaluators');
    for (let racer = 0; racer < racers; racer++) world.spawn(lateTick(world));
  }
};

const lateTick = async (world: World): Promise<void> => {
  const { time, random } = world.senders;
  const isLate = random.chance(0.1);
  if (isLate) world.seen.add('tick late');
  await time.sleep(actorOf('queue', 0), random.below(isLate ? 40_000 : 800));
  if (!world.isCalm) await evaluator(world, []);
};

/** One evaluation, in a process of its own; the queue delivers it again when it died. */
const evaluator = async (world: World, hot: readonly StampedSummary[]): Promise<void> => {
  const { time, random } = world.senders;
  const actor = actorOf('evaluate', random.below(6_000) - 3_000);
  const tables = unreliable(world, actor);
  const log = tableSummaryLog({ tables, reader: world.reader });
  const windows = tableWindowStore({ tables });
  await evaluate(
    {
      log: weakenLog(world, log),
      windows: weakenStore(world, windows),
      clock: { nowMs: () => time.nowMs + actor.skewMs },
      settings: async () => usualSettings,
      templates: async () => () => null,
    },
    {
      tenant: TENANT,
      hot: world.mutation === 'hot blocks counted again' ? restamp(hot, time.nowMs) : hot,
    },
  );
};

/** The tables over a network: each call takes time, may fail, and may be the last thing that an evaluator does. */
const unreliable = (world: World, actor: Actor): Tables => {
  const { time, random, memory, visible } = world.senders;
  const pass = async (kind: string): Promise<void> => {
    await time.sleep(actor, random.below(TRAVEL_MS_MAX));
    if (world.isCalm) return;
    if (random.chance(CRASH_SHARE)) {
      world.seen.add(`killed at: ${kind}`);
      actor.isDead = true;
      // Nobody who is dead goes on.
      await new Promise<never>(() => undefined);
    }
    if (!random.chance(OUTAGE_SHARE)) return;
    world.seen.add('storage down');
    throw new AppError({ code: 'storage_unavailable', publicMessage: 'down' });
  };
  const through = async <T>(kind: string, step: () => Promise<T>): Promise<T> => {
    await pass(kind);
    const answer = await step();
    await pass(kind);
    return answer;
  };
  return {
    get: async (...args) => await through('read', async () => await memory.get(...args)),
    getMany: async (...args) => await through('read', async () => await memory.getMany(...args)),
    query: async (query) => await through('read', async () => visible(await memory.query(query))),
    update: async () => await Promise.reject(new Error('windows write without an answer')),
    write: async (write) =>
      await through('write', async () => {
        const outcome = await memory.write(guarded(world, write));
        if (outcome.kind === 'refused') world.seen.add('lost a race');
        if (world.isCalm || !random.chance(LOST_ANSWER_SHARE)) return outcome;
        world.seen.add('answer lost: write');
        // The client sends it again, and meets itself: the next round reads what it wrote.
        return await memory.write(guarded(world, write));
      }),
    transact: async (writes) =>
      await through('transact', async () => {
        const outcome = await memory.transact(writes.map((write) => guarded(world, write)));
        if (outcome.kind === 'refused') world.seen.add('lost a race with anomalies');
        return outcome;
      }),
  };
};

const guarded = ({ mutation }: World, write: Write): Write =>
  mutation === 'no version clause' && write.kind === 'put'
    ? { kind: 'put', table: write.table, key: write.key, item: write.item }
    : write;

const restamp = (blocks: readonly StampedSummary[], stampMs: number): readonly StampedSummary[] =>
  blocks.map((block) => ({ ...block, stampMs }));

const weakenLog = ({ mutation }: World, log: SummaryLog): SummaryLog => ({
  read: async (range) => {
    const fromMs = mutation === 'no overlap' ? range.fromMs + OVERLAP_MS : range.fromMs;
    const page = await log.read({ ...range, fromMs });
    if (mutation !== 'late records dropped') return page;
    const isFresh =
      (block: StampedSummary) =>
      (entry: { readonly bucket: number }): boolean =>
        entry.bucket * 10_000 > block.stampMs - 30_000;
    const blocks = page.blocks.map((block) => ({
      ...block,
      summary: block.summary.filter(isFresh(block)),
    }));
    return { ...page, blocks };
  },
});

const weakenStore = (world: World, store: WindowStore): WindowStore => ({
  drifts: async (...args) => await store.drifts(...args),
  load: async (tenant) => {
    const parts = await store.load(tenant);
    if (world.mutation === 'nothing seen')
      return new Map(
        [...parts].map(([index, { version, part }]) => [
          index,
          { version, part: { ...part, seen: new Map() } },
        ]),
      );
    if (world.mutation === 'no ids of episodes')
      return new Map(
        [...parts].map(([index, { version, part }]) => [
          index,
          { version, part: withoutEpisodes(part) },
        ]),
      );
    return parts;
  },
  commit: async (commit) => {
    if (world.mutation === 'hours after the state' && (commit.drifts ?? []).length > 0) {
      if (!(await store.commit({ ...commit, drifts: [] }))) return false;
      return await store.commit({ ...commit, changes: [], version: commit.version + 1 });
    }
    if (commit.changes.length === 0) return await store.commit(commit);
    if (world.mutation === 'anomalies before the state') {
      for (const write of commit.changes.map((change) => anomalyWrite(TENANT, change)))
        await world.senders.memory.write(write);
      return await store.commit({ ...commit, changes: [] });
    }
    if (world.mutation !== 'anomalies after the state') return await store.commit(commit);
    if (!(await store.commit({ ...commit, changes: [] }))) return false;
    return await store.commit({ ...commit, version: commit.version + 1 });
  },
});

const withoutEpisodes = (part: Part): Part => ({
  ...part,
  windows: new Map([...part.windows].map(([name, window]) => [name, { ...window, open: [] }])),
});
